/* Writes each argument but the program's own name, followed by one NUL byte. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) fwrite(argv[i], 1, strlen(argv[i]) + 1, stdout);
  return fflush(stdout) != 0;
}
