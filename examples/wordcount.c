/* Statistics of a text on standard input: lines, words, bytes, and the most frequent words.
 *
 *   --top=N   how many words to show (default 10)
 *
 * A word is a run of ASCII letters, digits and apostrophes or of bytes beyond ASCII; capitals and
 * small letters are the same. Equally frequent words stand in the order of their bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  char *text;
  size_t length;
  unsigned hash;
  unsigned long long count;
} word;

static word *table;
static size_t room = 1 << 12, held;

static unsigned long long lines, words, bytes;

static void *checked(void *memory) {
  if (!memory) {
    fputs("wordcount: out of memory\n", stderr);
    exit(1);
  }
  return memory;
}

static word *place(word *in, size_t size, const char *text, size_t length, unsigned hash) {
  size_t at = hash & (size - 1);
  while (in[at].text && (in[at].hash != hash || in[at].length != length ||
                         memcmp(in[at].text, text, length) != 0)) {
    at = (at + 1) & (size - 1);
  }
  return &in[at];
}

static void grow(void) {
  word *larger = checked(calloc(room * 2, sizeof *larger));
  for (size_t i = 0; i < room; i++) {
    if (table[i].text) {
      *place(larger, room * 2, table[i].text, table[i].length, table[i].hash) = table[i];
    }
  }
  free(table);
  table = larger;
  room *= 2;
}

static void count(const char *text, size_t length) {
  unsigned hash = 2166136261u; /* FNV-1a */
  for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * 16777619u;
  word *found = place(table, room, text, length, hash);
  if (!found->text) {
    if (held * 2 >= room) {
      grow();
      found = place(table, room, text, length, hash);
    }
    found->text = checked(malloc(length));
    memcpy(found->text, text, length);
    found->length = length;
    found->hash = hash;
    held++;
  }
  found->count++;
  words++;
}

static int by_frequency(const void *a, const void *b) {
  const word *x = a, *y = b;
  if (x->count != y->count) return x->count < y->count ? 1 : -1;
  size_t shorter = x->length < y->length ? x->length : y->length;
  int order = memcmp(x->text, y->text, shorter);
  return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

int main(int argc, char **argv) {
  long top = 10;
  for (int i = 1; i < argc; i++) {
    char *end;
    if (strncmp(argv[i], "--top=", 6) != 0 || (top = strtol(argv[i] + 6, &end, 10)) < 0 || *end) {
      fprintf(stderr, "wordcount: unknown argument %s (try --top=N)\n", argv[i]);
      return 2;
    }
  }
  table = checked(calloc(room, sizeof *table));

  static unsigned char piece[65536];
  char *current = checked(malloc(64));
  size_t length = 0, space = 64;
  for (;;) {
    ssize_t got = read(0, piece, sizeof piece);
    if (got < 0) return 1;
    if (got == 0) break;
    bytes += (unsigned long long)got;
    for (ssize_t i = 0; i < got; i++) {
      unsigned char c = piece[i];
      if (c == '\n') lines++;
      if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'' || c >= 0x80) {
        if (length == space) current = checked(realloc(current, space *= 2));
        current[length++] = (char)c;
      } else if (length > 0) {
        count(current, length);
        length = 0;
      }
    }
  }
  if (length > 0) count(current, length);

  printf("%10llu lines\n%10llu words\n%10zu different\n%10llu bytes\n", lines, words, held, bytes);
  size_t filled = 0;
  for (size_t i = 0; i < room; i++) {
    if (table[i].text) table[filled++] = table[i];
  }
  qsort(table, filled, sizeof *table, by_frequency);
  if (top > 0 && filled > 0) putchar('\n');
  for (size_t i = 0; i < filled && i < (size_t)top; i++) {
    printf("%10llu  %.*s\n", table[i].count, (int)table[i].length, table[i].text);
  }
  return fflush(stdout) != 0;
}
