package org.promisegrid.kernel.stack;

import java.time.Duration;

/// When a service that ended by itself is started again. One that was stopped never is.
///
/// @param policy after which ends
/// @param most how often within a time, at most; 0 for as often as it takes
/// @param within that time
public record Restart(Policy policy, int most, Duration within) {

  /// After which ends.
  public enum Policy {
    ALWAYS,
    /// Those with a code other than 0, or for want of health.
    FAILURE,
    NEVER
  }

  /// Always, however often.
  public static final Restart DEFAULT = new Restart(Policy.ALWAYS, 0, Duration.ofMinutes(10));

  /// @throws IllegalArgumentException if it is bounded within no time
  public Restart {
    if (most < 0 || within.toMillis() <= 0) {
      throw new IllegalArgumentException("restarts are counted within some time");
    }
  }
}
