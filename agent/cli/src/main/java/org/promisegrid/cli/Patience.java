package org.promisegrid.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/// How long somebody is waited for who shows now and then that they go on: some time from the last
/// new sign.
final class Patience {

  private final Duration atMost;
  private final LongSupplier nanos;
  private Optional<String> sign;
  private long since;

  /// @param sign what there is of old
  Patience(Duration atMost, LongSupplier nanos, Optional<String> sign) {
    this.atMost = atMost;
    this.nanos = nanos;
    this.sign = sign;
    this.since = nanos.getAsLong();
  }

  /// Whether it is over, with this sign now.
  boolean isOver(Optional<String> now) {
    if (!now.equals(sign)) {
      sign = now;
      since = nanos.getAsLong();
    }
    return nanos.getAsLong() - since >= atMost.toNanos();
  }
}
