/* Writes its first argument and a newline to standard error as often as its second says, then `done`. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  for (long n = atol(argv[2]); n > 0; n--) fprintf(stderr, "%s\n", argv[1]);
  puts("done");
  return fflush(stdout) != 0;
}
