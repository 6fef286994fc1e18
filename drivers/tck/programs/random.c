/* Writes as many bytes of the system's randomness as its first argument says. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  long left = argc > 1 ? atol(argv[1]) : 0;
  while (left > 0) {
    char piece[256]; /* the most that getentropy gives at once */
    size_t size = left < (long)sizeof piece ? (size_t)left : sizeof piece;
    if (getentropy(piece, size) != 0) return 1;
    if (fwrite(piece, 1, size, stdout) != size) return 2;
    left -= (long)size;
  }
  return fflush(stdout) != 0;
}
