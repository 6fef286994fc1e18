package org.promisegrid.kernel.token;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;

/// Counts in memory, exactly: of a token for `n` calls, `n` are honoured, however many come at
/// once. What must outlive the process takes each [Uses.Taken.Took] (or a [#snapshot]) to a journal
/// and gives it back with [#restore].
///
/// A rate is a token bucket of `n` calls that fills evenly, `n` in each window. It is counted in
/// calls × milliseconds, so that nothing is rounded: the bucket holds `n × window`, a call takes
/// `window`, each millisecond gives back `n`; all below 10^6 × 3.2 × 10^10, far from overflow.
public final class CountedUses implements Uses {

  private static final Duration WHEN_FULL = Duration.ofMinutes(1);

  private final int most;
  private final Map<Cid, Count> counts = new HashMap<>();

  /// @param most links that are counted at a time: a holder can make as many limited tokens as they
  ///   like, and the count of each takes memory. At the bound, those that need no more counting are
  ///   forgotten; if there are none, links not yet counted have to wait
  public CountedUses(int most) {
    this.most = most;
  }

  @Override
  public synchronized Taken take(List<Limited> links, Instant now) {
    if (counts.size() + links.size() > most) {
      counts.values().removeIf(count -> isOver(count, now));
    }
    Map<Cid, Count> after = new LinkedHashMap<>();
    int news = 0;
    for (Limited link : links) {
      Count before = counts.get(link.token());
      if (before == null && counts.size() + ++news > most) {
        return new Taken.Spent(link.token(), Optional.of(WHEN_FULL));
      }
      Count start = before == null ? new Count(0, 0, now, link.until()) : before;
      if (link.use().calls().isPresent() && start.calls() >= link.use().calls().getAsLong()) {
        return new Taken.Spent(link.token(), Optional.empty());
      }
      long level = 0;
      if (link.use().rate().isPresent()) {
        Use.Rate rate = link.use().rate().get();
        long window = rate.window().toMillis();
        level = drained(start, rate, now) + window;
        long over = level - rate.calls() * window;
        if (over > 0) {
          long wait = Math.ceilDiv(over, rate.calls());
          return new Taken.Spent(link.token(), Optional.of(Duration.ofMillis(wait)));
        }
      }
      after.put(
          link.token(), new Count(start.calls() + 1, level, now, forgettable(link, level, now)));
    }
    counts.putAll(after);
    return new Taken.Took(Map.copyOf(after));
  }

  private static long drained(Count count, Use.Rate rate, Instant now) {
    // A clock that was set back gives nothing, and takes nothing.
    long elapsed = Math.max(0, now.toEpochMilli() - count.at().toEpochMilli());
    long window = rate.window().toMillis();
    // After a whole window the bucket is full, whatever was taken.
    return elapsed >= window ? 0 : Math.max(0, count.level() - elapsed * rate.calls());
  }

  /// A link with a rate alone is as good as new once its bucket is full again.
  private static Optional<Instant> forgettable(Limited link, long level, Instant now) {
    if (link.use().calls().isPresent() || link.use().rate().isEmpty()) {
      return link.until();
    }
    Instant full = now.plusMillis(Math.ceilDiv(level, link.use().rate().get().calls()));
    return link.until().filter(full::isAfter).or(() -> Optional.of(full));
  }

  private static boolean isOver(Count count, Instant now) {
    return count.until().isPresent() && !count.until().get().isAfter(now);
  }

  /// How every link stands.
  public synchronized Map<Cid, Count> snapshot() {
    return Map.copyOf(counts);
  }

  /// Puts back what a journal kept; of a link that is counted already, what was counted further. So
  /// entries can be given back in any order, and more than once.
  public synchronized void restore(Map<Cid, Count> kept) {
    kept.forEach((token, count) ->
        counts.merge(token, count, (old, other) -> other.calls() > old.calls() ? other : old));
  }
}
