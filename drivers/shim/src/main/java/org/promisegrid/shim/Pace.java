package org.promisegrid.shim;

import java.time.Duration;

/// How often an agent speaks to a shim, and how long it waits for an answer.
///
/// @param hello how long after a HELLO that nobody answered comes the next
/// @param ping how long after a PING comes the next; a third of a run's lease if that is sooner
/// @param silence after how long without a sign, while one is being waited for, contact is lost
public record Pace(Duration hello, Duration ping, Duration silence) {

  /// What serves over any line.
  public static final Pace USUAL =
      new Pace(Duration.ofMillis(250), Duration.ofSeconds(5), Duration.ofSeconds(30));

  /// @throws IllegalArgumentException unless all are positive, and there is a PING within `silence`
  public Pace {
    if (!hello.isPositive() || !ping.isPositive() || silence.compareTo(ping) <= 0) {
      throw new IllegalArgumentException("a pace of " + hello + ", " + ping + ", " + silence);
    }
  }
}
