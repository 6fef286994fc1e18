/* Prints the lines of standard input that hold a text: a small grep, written for no grid at all.
 *
 *   match [-c] [-i] [-n] [-v] [-q] TEXT
 *
 * -c counts, -i ignores case, -n numbers, -v inverts, -q is quiet. Exits 0 if a line was found, 1 if
 * none, 2 if used wrongly. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool at(const char *line, const char *text, bool fold) {
  for (; *text; line++, text++) {
    unsigned char a = (unsigned char)*line, b = (unsigned char)*text;
    if (fold ? tolower(a) != tolower(b) : a != b) return false;
  }
  return true;
}

static bool found(const char *line, size_t length, const char *text, bool fold) {
  size_t wanted = strlen(text);
  for (size_t i = 0; i + wanted <= length; i++) {
    if (at(line + i, text, fold)) return true;
  }
  return false;
}

int main(int argc, char **argv) {
  bool count = false, fold = false, number = false, invert = false, quiet = false;
  int option;
  while ((option = getopt(argc, argv, "cinqv")) != -1) {
    switch (option) {
      case 'c': count = true; break;
      case 'i': fold = true; break;
      case 'n': number = true; break;
      case 'q': quiet = true; break;
      case 'v': invert = true; break;
      default: fputs("usage: match [-cinqv] TEXT\n", stderr); return 2;
    }
  }
  if (optind != argc - 1) {
    fputs("match: one TEXT is wanted\n", stderr);
    return 2;
  }
  char *line = NULL;
  size_t room = 0;
  ssize_t length;
  unsigned long lines = 0, matches = 0;
  while ((length = getline(&line, &room, stdin)) != -1) {
    lines++;
    bool ends = length > 0 && line[length - 1] == '\n';
    if (found(line, (size_t)length - ends, argv[optind], fold) == invert) continue;
    matches++;
    if (quiet) break;
    if (count) continue;
    if (number) printf("%lu:", lines);
    fwrite(line, 1, (size_t)length, stdout);
    if (!ends) putchar('\n');
  }
  if (count && !quiet) printf("%lu\n", matches);
  if (ferror(stdin) || fflush(stdout) != 0) {
    perror("match");
    return 2;
  }
  return matches == 0;
}
