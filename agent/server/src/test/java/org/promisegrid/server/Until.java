package org.promisegrid.server;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/// Waits for something that nobody announces.
public final class Until {

  private static final Duration LONGEST = Duration.ofMinutes(5);
  private static final Duration BETWEEN = Duration.ofMillis(5);

  private Until() {}

  /// Returns as soon as `condition` holds.
  ///
  /// @throws AssertionError if it doesn't for too long
  public static void holds(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + LONGEST.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("still not so: " + what);
      }
      LockSupport.parkNanos(BETWEEN.toNanos());
    }
  }
}
