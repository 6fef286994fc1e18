package org.promisegrid.driver.docker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/// How many warm sandboxes of each class are worth having: learned from the calls that came, and
/// forgotten as time goes by.
///
/// A call counts one, and less and less from then on. A second one soon after it makes a first warm
/// sandbox worthwhile; there are more where calls come quicker than one is made; and all are given
/// back when the calls are a thing of the past.
///
/// @param <K> a class of sandboxes, any of which serves any call of it
final class Demand<K> {

  /// After that long a call counts a third of what it did.
  static final Duration MEMORY = Duration.ofMinutes(2);

  /// How long one may be in the making, on a busy host.
  static final Duration SUPPLY = Duration.ofSeconds(2);

  private static final double WORTHWHILE = 1.5;
  private static final double FADED = 0.3;

  /// Of less nothing is remembered.
  private static final double NOTHING = 0.05;

  /// Classes are made up by callers.
  private static final int MOST_CLASSES = 1_000;

  private final int most;
  private final LongSupplier nanos;

  // Guarded by this.
  private final Map<K, Double> levels = new HashMap<>();
  private long asOf;

  /// @param most how many there may be, of all classes together
  /// @param nanos a clock that only goes on
  Demand(int most, LongSupplier nanos) {
    this.most = most;
    this.nanos = nanos;
    this.asOf = nanos.getAsLong();
  }

  /// A call came.
  synchronized void came(K kind) {
    fade();
    if (levels.size() < MOST_CLASSES || levels.containsKey(kind)) {
      levels.merge(kind, 1.0, Double::sum);
    }
  }

  /// There is no use in any of that class now: it can't be made.
  synchronized void forget(K kind) {
    levels.remove(kind);
  }

  /// Room is wanted for something else.
  synchronized void forgetAll() {
    levels.clear();
  }

  private void fade() {
    long now = nanos.getAsLong();
    double left = Math.exp(-(double) (now - asOf) / MEMORY.toNanos());
    asOf = now;
    levels.replaceAll((_, level) -> level * left);
    levels.values().removeIf(level -> level < NOTHING);
  }

  /// How many there should be of each class, none where it isn't named: one of each that is worth
  /// it before a second of any, and those first that are called most.
  ///
  /// @param there how many there are
  synchronized Map<K, Integer> wanted(Map<K, Integer> there) {
    fade();
    List<Map.Entry<K, Double>> byLevel = new ArrayList<>(levels.entrySet());
    byLevel.removeIf(
        each -> each.getValue() < (there.containsKey(each.getKey()) ? FADED : WORTHWHILE));
    byLevel.sort(Map.Entry.comparingByValue(Comparator.reverseOrder()));
    Map<K, Integer> wanted = new HashMap<>();
    int left = most;
    for (var each : byLevel) {
      if (left > 0) {
        wanted.put(each.getKey(), 1);
        left--;
      }
    }
    for (var each : byLevel) {
      int more = Math.min(left, (int) (each.getValue() * SUPPLY.toNanos() / MEMORY.toNanos()));
      if (more > 0) {
        wanted.merge(each.getKey(), more, Integer::sum);
        left -= more;
      }
    }
    return wanted;
  }

  /// Whether nothing is remembered.
  synchronized boolean isQuiet() {
    fade();
    return levels.isEmpty();
  }
}
