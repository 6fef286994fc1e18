/* Writes each variable of the environment, sorted, followed by one NUL byte. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static int ordered(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(void) {
  size_t count = 0;
  while (environ && environ[count]) count++;
  qsort(environ, count, sizeof *environ, ordered);
  for (size_t i = 0; i < count; i++) fwrite(environ[i], 1, strlen(environ[i]) + 1, stdout);
  return fflush(stdout) != 0;
}
