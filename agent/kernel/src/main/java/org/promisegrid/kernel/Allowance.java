package org.promisegrid.kernel;

import java.time.Duration;

/// The most that one principal may ask of a kernel. The owner isn't held to it: who shall stop what
/// floods must get in.
///
/// @param rate calls in a second, and as many at once
/// @param calls calls that are being answered at a time
/// @param size bytes of content in one put
/// @param time the longest that a call may let a run take; a binding of the owner's may let it take
///   longer
/// @param tokens bytes of tokens that weren't presented before, in an hour: they are written down
///   for good, and whoever may delegate can make any number
public record Allowance(long rate, int calls, long size, Duration time, long tokens) {

  /// A new one of 400 bytes 46 times a second.
  private static final long TOKENS = 64 << 20;

  /// Far above what anybody needs who works, and far below what stops the agent for others.
  public static final Allowance DEFAULT =
      new Allowance(20_000, 4096, 1L << 40, Duration.ofHours(1));

  /// @throws IllegalArgumentException if nothing would be allowed
  public Allowance {
    if (rate < 1 || calls < 1 || size < 0 || !time.isPositive() || tokens < 1) {
      throw new IllegalArgumentException("an allowance that allows nothing");
    }
  }

  public Allowance(long rate, int calls, long size, Duration time) {
    this(rate, calls, size, time, TOKENS);
  }
}
