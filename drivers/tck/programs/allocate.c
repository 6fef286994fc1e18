/* Takes as many bytes of memory as its first argument says, in pieces of 64 KiB, and touches each page. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  enum { PIECE = 65536, PAGE = 4096 };
  long long left = argc > 1 ? atoll(argv[1]) : 0;
  while (left > 0) {
    volatile char *piece = malloc(PIECE);
    if (!piece) return 1;
    for (int at = 0; at < PIECE; at += PAGE) piece[at] = 1;
    left -= PIECE;
  }
  puts("ok");
  return fflush(stdout) != 0;
}
