/* Writes as many bytes as its first argument says; byte i is (i * 131 + 7) mod 256. */
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  static unsigned char piece[65536]; /* a multiple of 256, so every piece is the same */
  long long left = argc > 1 ? atoll(argv[1]) : 0;
  for (unsigned i = 0; i < sizeof piece; i++) piece[i] = (unsigned char)(i * 131 + 7);
  while (left > 0) {
    size_t size = left < (long long)sizeof piece ? (size_t)left : sizeof piece;
    for (size_t at = 0; at < size;) {
      ssize_t written = write(1, piece + at, size - at);
      if (written < 0) return 1;
      at += (size_t)written;
    }
    left -= (long long)size;
  }
  return 0;
}
