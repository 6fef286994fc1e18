/* SHA-256 (FIPS 180-4), in one piece. */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint32_t state[8];
  uint64_t length;
  unsigned char block[64];
} sha256;

static const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t sha256_turn(uint32_t value, int bits) {
  return value >> bits | value << (32 - bits);
}

static void sha256_blocks(sha256 *h, const unsigned char *at, size_t blocks) {
  for (; blocks > 0; blocks--, at += 64) {
    uint32_t w[64];
    for (int i = 0; i < 16; i++) {
      w[i] = (uint32_t)at[i * 4] << 24 | (uint32_t)at[i * 4 + 1] << 16 |
             (uint32_t)at[i * 4 + 2] << 8 | at[i * 4 + 3];
    }
    for (int i = 16; i < 64; i++) {
      uint32_t x = w[i - 15], y = w[i - 2];
      w[i] = w[i - 16] + (sha256_turn(x, 7) ^ sha256_turn(x, 18) ^ x >> 3) + w[i - 7] +
             (sha256_turn(y, 17) ^ sha256_turn(y, 19) ^ y >> 10);
    }
    uint32_t a = h->state[0], b = h->state[1], c = h->state[2], d = h->state[3];
    uint32_t e = h->state[4], f = h->state[5], g = h->state[6], k = h->state[7];
    for (int i = 0; i < 64; i++) {
      uint32_t one = k + (sha256_turn(e, 6) ^ sha256_turn(e, 11) ^ sha256_turn(e, 25)) +
                     ((e & f) ^ (~e & g)) + sha256_constants[i] + w[i];
      uint32_t two = (sha256_turn(a, 2) ^ sha256_turn(a, 13) ^ sha256_turn(a, 22)) +
                     ((a & b) ^ (a & c) ^ (b & c));
      k = g, g = f, f = e, e = d + one, d = c, c = b, b = a, a = one + two;
    }
    h->state[0] += a, h->state[1] += b, h->state[2] += c, h->state[3] += d;
    h->state[4] += e, h->state[5] += f, h->state[6] += g, h->state[7] += k;
  }
}

static void sha256_begin(sha256 *h) {
  static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  for (int i = 0; i < 8; i++) h->state[i] = initial[i];
  h->length = 0;
}

static void sha256_add(sha256 *h, const unsigned char *bytes, size_t size) {
  size_t held = h->length % 64;
  h->length += size;
  if (held > 0) {
    for (; held < 64 && size > 0; size--) h->block[held++] = *bytes++;
    if (held < 64) return;
    sha256_blocks(h, h->block, 1);
  }
  sha256_blocks(h, bytes, size / 64);
  bytes += size / 64 * 64;
  for (size_t i = 0; i < size % 64; i++) h->block[i] = bytes[i];
}

/* Writes the digest as 64 hexadecimal digits and a newline. */
static void sha256_end(sha256 *h, char text[65]) {
  uint64_t bits = h->length * 8;
  static unsigned char padding[72] = {0x80};
  size_t zeros = (119 - h->length % 64) % 64 + 1; /* so that eight bytes remain in the block */
  for (int i = 0; i < 8; i++) padding[zeros + i] = (unsigned char)(bits >> (56 - i * 8));
  sha256_add(h, padding, zeros + 8);
  for (int i = 0; i < 8; i++) padding[zeros + i] = 0; /* for the next one */
  for (int i = 0; i < 64; i++) {
    text[i] = "0123456789abcdef"[h->state[i / 8] >> (28 - i % 8 * 4) & 15];
  }
  text[64] = '\n';
}

#endif
