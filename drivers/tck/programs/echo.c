/* Copies standard input to standard output. */
#include <unistd.h>

int main(void) {
  static char piece[65536];
  for (;;) {
    ssize_t held = read(0, piece, sizeof piece);
    if (held < 0) return 1;
    if (held == 0) return 0;
    for (ssize_t at = 0; at < held;) {
      ssize_t written = write(1, piece + at, (size_t)(held - at));
      if (written < 0) return 2;
      at += written;
    }
  }
}
