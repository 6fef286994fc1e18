package org.promisegrid.kernel.dispatch;

import java.time.Duration;

/// How often targets are looked at.
///
/// @param healthy between probes of a target that can work
/// @param unfit between probes of one that can't
/// @param longest that a probe may take
/// @param ready that the agent waits for first probes before it calls itself ready
public record Pace(Duration healthy, Duration unfit, Duration longest, Duration ready) {

  public static final Pace DEFAULT =
      new Pace(
          Duration.ofSeconds(60),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(1));

  public Pace {
    if (healthy.toNanos() <= 0
        || unfit.toNanos() <= 0
        || longest.toNanos() <= 0
        || ready.toNanos() <= 0) {
      throw new IllegalArgumentException("a pace is positive");
    }
  }
}
