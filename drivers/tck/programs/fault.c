/* Writes a line, then breaks. */
#include <stdio.h>

int main(void) {
  puts("before");
  fflush(stdout);
  __builtin_trap();
}
