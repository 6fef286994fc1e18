/* HMAC-SHA-256 (RFC 2104) of standard input, as 64 hexadecimal digits. The key is the secret that fills the slot `key`. */
#include "sha256.h"

#include <stdio.h>
#include <string.h>

#define BLOCK 64

static void hex(const char text[64], unsigned char bytes[32]) {
  for (int i = 0; i < 64; i++) {
    int digit = text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10;
    bytes[i / 2] = (unsigned char)(i % 2 ? bytes[i / 2] | digit : digit << 4);
  }
}

static void begin(sha256 *hash, const unsigned char key[BLOCK], unsigned char mask) {
  unsigned char pad[BLOCK];
  for (int i = 0; i < BLOCK; i++) pad[i] = key[i] ^ mask;
  sha256_begin(hash);
  sha256_add(hash, pad, BLOCK);
}

int main(void) {
  static unsigned char piece[65536];
  unsigned char key[BLOCK] = {0}, digest[32];
  char text[65];
  sha256 hash;
  size_t got;

  FILE *file = fopen("/run/secrets/key", "rb");
  if (!file) {
    fputs("sign: /run/secrets/key can't be read\n", stderr);
    return 1;
  }
  got = fread(piece, 1, sizeof piece, file);
  fclose(file);
  if (got <= BLOCK) {
    memcpy(key, piece, got);
  } else {
    sha256_begin(&hash);
    sha256_add(&hash, piece, got);
    sha256_end(&hash, text);
    hex(text, key);
  }

  begin(&hash, key, 0x36);
  while ((got = fread(piece, 1, sizeof piece, stdin)) > 0) sha256_add(&hash, piece, got);
  sha256_end(&hash, text);
  hex(text, digest);
  begin(&hash, key, 0x5c);
  sha256_add(&hash, digest, sizeof digest);
  sha256_end(&hash, text);
  return fwrite(text, 1, sizeof text, stdout) != sizeof text || fflush(stdout);
}
