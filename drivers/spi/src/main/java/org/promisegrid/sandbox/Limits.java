package org.promisegrid.sandbox;

import java.time.Duration;

/// The most that one run may use. Crossing one ends the run with [Outcome.Exceeded], but for `log`.
///
/// @param time from the workload's start to its end
/// @param memory bytes that the workload holds at once
/// @param output bytes that it writes to its standard output
/// @param log bytes of its standard error that are kept; the rest is discarded, and it runs on
public record Limits(Duration time, long memory, long output, long log) {

  private static final long MIB = 1 << 20;

  /// What a call gets that names no limits: 60 s, 256 MiB of memory, 256 MiB out, 1 MiB of log.
  public static final Limits DEFAULT =
      new Limits(Duration.ofSeconds(60), 256 * MIB, 256 * MIB, MIB);

  /// @throws IllegalArgumentException if the time isn't positive or a size is negative
  public Limits {
    if (time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException("a time limit is positive");
    }
    if (memory < 0 || output < 0 || log < 0) {
      throw new IllegalArgumentException("a size limit isn't negative");
    }
  }
}
