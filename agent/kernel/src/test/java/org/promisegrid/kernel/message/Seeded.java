package org.promisegrid.kernel.message;

import java.util.Random;

/// Runs a check many times on random values, from a seed that is printed: run again with
/// `-Dfuzz.seed=…`.
final class Seeded {

  private static final long SEED = Long.getLong("fuzz.seed", System.nanoTime());

  static {
    System.out.println("Seeded: -Dfuzz.seed=" + SEED);
  }

  private Seeded() {}

  /// One round of a check.
  interface Round {
    void run(Random random) throws Exception;
  }

  static void times(int rounds, Round check) {
    for (int round = 0; round < rounds; round++) {
      try {
        check.run(new Random(SEED * 1_000_003 + round));
      } catch (Exception | AssertionError | StackOverflowError e) {
        throw new AssertionError("round " + round + ", -Dfuzz.seed=" + SEED, e);
      }
    }
  }
}
