/* Loops for ever, touching nothing. */
int main(void) {
  volatile unsigned turns = 0;
  for (;;) turns++;
}
