package org.promisegrid.kernel.dispatch;

import java.util.Map;

/// What the owner charges for each thing a call uses, in micro-units. Only their proportions decide
/// which target is chosen.
///
/// @param cpuSecond a second of processor time
/// @param gibSecond a GiB of memory held for a second
/// @param gibMoved a GiB brought to the target
/// @param secondWaited a second that the caller waits: the weight of latency
public record Rates(long cpuSecond, long gibSecond, long gibMoved, long secondWaited) {

  /// One credit for a second of processor time, and as much for a second of waiting; memory at a
  /// tenth per GiB, as clouds charge it; a GiB moved like the ten seconds it takes on a 1 Gbit/s
  /// line.
  public static final Rates DEFAULT = new Rates(1_000_000, 100_000, 10_000_000, 1_000_000);

  private static final long NANOS = 1_000_000_000L;
  private static final long GIB = 1L << 30;

  /// @throws IllegalArgumentException if a rate is negative
  public Rates {
    if (cpuSecond < 0 || gibSecond < 0 || gibMoved < 0 || secondWaited < 0) {
      throw new IllegalArgumentException("a rate isn't negative");
    }
  }

  /// Reads the owner's settings `cpu-second`, `gib-second`, `gib-moved`, `second-waited`; what they
  /// don't name keeps its default.
  ///
  /// @throws IllegalArgumentException if a setting is unknown or isn't a whole number of
  ///   micro-units; names it
  public static Rates from(Map<String, String> settings) {
    long cpu = DEFAULT.cpuSecond;
    long memory = DEFAULT.gibSecond;
    long moved = DEFAULT.gibMoved;
    long waited = DEFAULT.secondWaited;
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      long rate = rate(setting.getKey(), setting.getValue());
      switch (setting.getKey()) {
        case "cpu-second" -> cpu = rate;
        case "gib-second" -> memory = rate;
        case "gib-moved" -> moved = rate;
        case "second-waited" -> waited = rate;
        default -> throw new IllegalArgumentException("unknown rate: " + setting.getKey());
      }
    }
    return new Rates(cpu, memory, moved, waited);
  }

  /// The price of what is estimated. Every part is rounded up: no use is free.
  Price price(Estimate estimate) {
    long held = Exact.add(estimate.setup(), estimate.run());
    return new Price(
        Exact.scale(estimate.cpu(), cpuSecond, NANOS),
        memory(estimate.memory(), held),
        Exact.scale(estimate.moved(), gibMoved, GIB),
        Exact.scale(Exact.add(estimate.queued(), held), secondWaited, NANOS));
  }

  private long memory(long bytes, long held) {
    long gibNanos = Exact.scale(bytes, held, GIB);
    // What saturated already mustn't become cheap by the division that follows.
    return gibNanos == Long.MAX_VALUE && gibSecond > 0
        ? Long.MAX_VALUE
        : Exact.scale(gibNanos, gibSecond, NANOS);
  }

  private static long rate(String name, String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "rate " + name + " is a whole number of micro-units, not " + value, e);
    }
  }
}
