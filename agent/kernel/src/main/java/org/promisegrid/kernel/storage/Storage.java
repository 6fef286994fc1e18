package org.promisegrid.kernel.storage;

import java.time.Duration;
import java.util.Optional;
import org.promisegrid.kernel.content.Amount;
import org.promisegrid.kernel.content.ContentStore;

/// How much of the disk an owner gives, and how long what isn't used stays.
///
/// @param reserve bytes of the disk that content and runs leave free
/// @param content how much content takes in all
/// @param results how much of that remembered results take after a collection
/// @param output the most that a call can let a run write, in bytes; its log may be as long
/// @param lease how long content stays after it was last put or used, unless something keeps it
/// @param collect how often the agent collects by itself; empty if never
public record Storage(
    long reserve,
    Amount content,
    Amount results,
    long output,
    Duration lease,
    Optional<Duration> collect) {

  /// What holds where the owner chose nothing.
  public static final Storage DEFAULT =
      new Storage(
          ContentStore.RESERVE,
          new Amount(0, 80),
          new Amount(0, 20),
          16L << 30,
          Duration.ofDays(30),
          Optional.of(Duration.ofDays(1)));

  public Storage {
    if (reserve < 0 || output < 0 || lease.isNegative()) {
      throw new IllegalArgumentException("no reserve, output or lease is negative");
    }
    if (collect.filter(every -> !every.isPositive()).isPresent()) {
      throw new IllegalArgumentException("collecting every " + collect.get());
    }
  }
}
