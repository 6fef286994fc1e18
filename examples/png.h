/* Writes an RGB image as PNG: rows filtered with "up" or "sub", deflated with the fixed codes. */
#ifndef PNG_H
#define PNG_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  unsigned char *bytes;
  size_t size, room;
  uint32_t bits;
  int held;
} png_buffer;

static void png_byte(png_buffer *to, unsigned value) {
  if (to->size == to->room) {
    to->room = to->room ? to->room * 2 : 1 << 16;
    to->bytes = realloc(to->bytes, to->room);
    if (!to->bytes) exit(1);
  }
  to->bytes[to->size++] = (unsigned char)value;
}

/* Deflate's bits go lowest first. */
static void png_bits(png_buffer *to, uint32_t value, int count) {
  to->bits |= value << to->held;
  to->held += count;
  for (; to->held >= 8; to->held -= 8, to->bits >>= 8) png_byte(to, to->bits & 255);
}

/* Huffman codes go highest bit first. */
static void png_code(png_buffer *to, uint32_t code, int count) {
  uint32_t turned = 0;
  for (int i = 0; i < count; i++) turned |= (code >> i & 1) << (count - 1 - i);
  png_bits(to, turned, count);
}

static void png_symbol(png_buffer *to, int symbol) {
  if (symbol < 144) png_code(to, 0x30 + (uint32_t)symbol, 8);
  else if (symbol < 256) png_code(to, 0x190 + (uint32_t)symbol - 144, 9);
  else if (symbol < 280) png_code(to, (uint32_t)symbol - 256, 7);
  else png_code(to, 0xc0 + (uint32_t)symbol - 280, 8);
}

static void png_match(png_buffer *to, int length, int distance) {
  static const int lengths[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23,  27,
                                31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258, 259};
  static const int distances[] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,   33,
                                  49,   65,   97,   129,  193,  257,  385,  513,   769,   1025, 1537,
                                  2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577, 32769};
  int i = 0, j = 0;
  while (lengths[i + 1] <= length) i++;
  png_symbol(to, 257 + i);
  png_bits(to, (uint32_t)(length - lengths[i]), i < 8 || i == 28 ? 0 : i / 4 - 1);
  while (distances[j + 1] <= distance) j++;
  png_code(to, (uint32_t)j, 5);
  png_bits(to, (uint32_t)(distance - distances[j]), j < 4 ? 0 : j / 2 - 1);
}

/* zlib: the last place where three bytes stood is looked at, and no other. */
static void png_deflate(png_buffer *to, const unsigned char *from, size_t size) {
  static int32_t last[1 << 15];
  memset(last, -1, sizeof last);
  png_byte(to, 0x78);
  png_byte(to, 0x9c);
  png_bits(to, 3, 3); /* the last block, with fixed codes */
  for (size_t at = 0; at < size;) {
    int length = 0;
    size_t distance = 0;
    if (at + 3 <= size) {
      uint32_t three = (uint32_t)from[at] | (uint32_t)from[at + 1] << 8 | (uint32_t)from[at + 2] << 16;
      uint32_t slot = (three * 2654435761u) >> 17;
      if (last[slot] >= 0 && at - (size_t)last[slot] <= 32768) {
        const unsigned char *before = from + last[slot];
        distance = at - (size_t)last[slot];
        while (length < 258 && at + (size_t)length < size && before[length] == from[at + (size_t)length]) {
          length++;
        }
      }
      last[slot] = (int32_t)at;
    }
    if (length >= 4) {
      png_match(to, length, (int)distance);
      at += (size_t)length;
    } else {
      png_symbol(to, from[at++]);
    }
  }
  png_symbol(to, 256);
  if (to->held > 0) png_bits(to, 0, 8 - to->held);
  uint32_t a = 1, b = 0;
  for (size_t i = 0; i < size; i++) {
    a = (a + from[i]) % 65521;
    b = (b + a) % 65521;
  }
  for (int shift = 24; shift >= 0; shift -= 8) png_byte(to, (b << 16 | a) >> shift & 255);
}

static void png_number(png_buffer *to, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) png_byte(to, value >> shift & 255);
}

static void png_chunk(png_buffer *to, const char *type, const unsigned char *data, size_t size) {
  png_number(to, (uint32_t)size);
  size_t from = to->size;
  for (int i = 0; i < 4; i++) png_byte(to, (unsigned char)type[i]);
  for (size_t i = 0; i < size; i++) png_byte(to, data[i]);
  uint32_t crc = 0xffffffff;
  for (size_t i = from; i < to->size; i++) {
    crc ^= to->bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  png_number(to, ~crc);
}

/* The image's file; `rgb` has three bytes a pixel, row by row. */
static png_buffer png_file(const unsigned char *rgb, unsigned width, unsigned height) {
  size_t row = (size_t)width * 3;
  unsigned char *filtered = malloc((row + 1) * height);
  if (!filtered) exit(1);
  for (size_t y = 0; y < height; y++) {
    const unsigned char *now = rgb + y * row;
    unsigned long up = 0, sub = 0;
    for (size_t x = 0; x < row; x++) {
      signed char u = (signed char)(now[x] - (y ? now[x - row] : 0));
      signed char s = (signed char)(now[x] - (x >= 3 ? now[x - 3] : 0));
      up += (unsigned long)(u < 0 ? -u : u);
      sub += (unsigned long)(s < 0 ? -s : s);
    }
    unsigned char *to = filtered + y * (row + 1);
    *to++ = up < sub ? 2 : 1;
    for (size_t x = 0; x < row; x++) {
      unsigned char before = up < sub ? (y ? now[x - row] : 0) : (x >= 3 ? now[x - 3] : 0);
      to[x] = (unsigned char)(now[x] - before);
    }
  }
  png_buffer data = {0}, file = {0}, head = {0};
  png_deflate(&data, filtered, (row + 1) * height);
  static const unsigned char signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  for (size_t i = 0; i < sizeof signature; i++) png_byte(&file, signature[i]);
  png_number(&head, width);
  png_number(&head, height);
  static const unsigned char kind[] = {8, 2, 0, 0, 0}; /* eight bits, RGB */
  for (size_t i = 0; i < sizeof kind; i++) png_byte(&head, kind[i]);
  png_chunk(&file, "IHDR", head.bytes, head.size);
  png_chunk(&file, "IDAT", data.bytes, data.size);
  png_chunk(&file, "IEND", NULL, 0);
  free(filtered);
  return file;
}

#endif
