/* A runaway: loops for ever, to be ended by the time limit. */
int main(void) {
  volatile unsigned long long turns = 0;
  for (;;) turns++;
}
