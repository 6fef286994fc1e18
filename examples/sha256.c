/* SHA-256 of standard input, as 64 hexadecimal digits. */
#include "sha256.h"

#include <unistd.h>

int main(void) {
  static unsigned char piece[65536];
  sha256 hash;
  sha256_begin(&hash);
  for (;;) {
    ssize_t got = read(0, piece, sizeof piece);
    if (got < 0) return 1;
    if (got == 0) break;
    sha256_add(&hash, piece, (size_t)got);
  }
  char text[65];
  sha256_end(&hash, text);
  return write(1, text, sizeof text) != sizeof text;
}
