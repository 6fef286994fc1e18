/* Copies the file that its first argument names to its output; exits 1 if it can't be read. */
#include <stdio.h>

int main(int argc, char **argv) {
  char piece[4096];
  size_t got;
  FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
  if (!file) return 1;
  while ((got = fread(piece, 1, sizeof piece, file)) > 0)
    if (fwrite(piece, 1, got, stdout) < got) return 2;
  return ferror(file) || fflush(stdout);
}
