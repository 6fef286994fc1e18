/* Tries to reach files that nobody gave it; writes one line for each thing that succeeded. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void list(const char *path) {
  DIR *directory = opendir(path);
  if (!directory) return;
  printf("listed %s\n", path);
  closedir(directory);
}

static void reach(const char *what, const char *path, int flags) {
  int file = open(path, flags, 0600);
  if (file < 0) return;
  printf("%s %s\n", what, path);
  close(file);
}

int main(void) {
  list("/");
  list(".");
  reach("opened", "/etc/passwd", O_RDONLY);
  reach("created", "/grid-was-here", O_WRONLY | O_CREAT);
  reach("created", "./grid-was-here", O_WRONLY | O_CREAT);
  return fflush(stdout) != 0;
}
