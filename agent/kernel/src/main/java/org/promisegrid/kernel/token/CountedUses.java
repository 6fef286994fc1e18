package org.promisegrid.kernel.token;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.promisegrid.sandbox.Cid;

/// Counts in memory, exactly: of a token for `n` calls, `n` are honoured, however many come at
/// once. What must outlive the process takes each [Uses.Taken.Took] to a journal, and is a [Book]
/// of what stands there.
///
/// A rate is a token bucket of `n` calls that fills evenly, `n` in each window. It is counted in
/// calls × milliseconds, so that nothing is rounded: the bucket holds `n × window`, a call takes
/// `window`, each millisecond gives back `n`; all below 10^6 × 3.2 × 10^10, far from overflow.
public final class CountedUses implements Uses {

  private static final Duration WHEN_FULL = Duration.ofMinutes(1);

  /// Counts that are forgotten at a time when there is no room.
  private static final int AT_ONCE = 1000;

  /// What is known of links elsewhere.
  @FunctionalInterface
  public interface Book {
    /// How many calls of a link are written down, where its count can be found again.
    long calls(Cid token);
  }

  /// Nothing is written down.
  private static final Book NONE = _ -> 0;

  /// @param account whose room it takes, if it has a rate
  /// @param full when the bucket of its rate is full again
  private record Line(Limited link, Count count, Optional<String> account, Instant full) {}

  private final int most;
  private final int share;
  private final Book book;

  /// Least recently used first.
  private final Map<Cid, Line> lines = new LinkedHashMap<>(16, 0.75f, true);

  /// How many links with a rate each account has.
  private final Map<String, Integer> rates = new HashMap<>();

  /// @param most links that are counted at a time: a holder can make as many limited tokens as they
  ///   like, and the count of each takes memory. At the bound, those that need no more counting are
  ///   forgotten, or can be found again; if there are none, links not yet counted have to wait
  public CountedUses(int most) {
    this(most, most, NONE);
  }

  /// @param share links with a rate that one account can have counted: no book has those
  public CountedUses(int most, int share, Book book) {
    this.most = most;
    this.share = share;
    this.book = book;
  }

  @Override
  public synchronized Taken take(List<Limited> links, Instant now) {
    Map<Cid, Line> after = new LinkedHashMap<>();
    int news = 0;
    Map<String, Integer> newRates = new HashMap<>();
    for (Limited link : links) {
      Line before = lines.get(link.token());
      Optional<String> account = Optional.empty();
      if (before == null) {
        news++;
        if (!hasRoom(news, now)) {
          return new Taken.Spent(link.token(), Optional.of(WHEN_FULL));
        }
        if (link.use().rate().isPresent()) {
          account = Optional.of(link.account());
          if (!hasRoom(account.get(), newRates.merge(account.get(), 1, Integer::sum), now)) {
            return new Taken.Spent(link.token(), Optional.of(WHEN_FULL));
          }
        }
      }
      Count start =
          before == null
              ? new Count(
                  link.use().calls().isPresent() ? book.calls(link.token()) : 0,
                  0,
                  now,
                  link.until())
              : before.count();
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
      Instant full = full(link, level, now);
      after.put(
          link.token(),
          new Line(
              link,
              new Count(start.calls() + 1, level, now, forgettable(link, full)),
              before == null ? account : before.account(),
              full));
    }
    Map<Cid, Count> taken = new HashMap<>();
    after.forEach((token, line) -> {
      if (lines.put(token, line) == null) {
        line.account().ifPresent(account -> rates.merge(account, 1, Integer::sum));
      }
      taken.put(token, line.count());
    });
    return new Taken.Took(Map.copyOf(taken));
  }

  private boolean hasRoom(int news, Instant now) {
    if (lines.size() + news > most) {
      forget(now, _ -> true);
    }
    return lines.size() + news <= most;
  }

  private boolean hasRoom(String account, int news, Instant now) {
    if (rates.getOrDefault(account, 0) + news > share) {
      forget(now, line -> line.account().equals(Optional.of(account)));
    }
    return rates.getOrDefault(account, 0) + news <= share;
  }

  /// Forgets some counts that nobody needs or that can be found again, the longest unused first.
  private void forget(Instant now, Predicate<Line> which) {
    int left = AT_ONCE;
    for (Iterator<Line> all = lines.values().iterator(); left > 0 && all.hasNext(); ) {
      Line line = all.next();
      if (which.test(line) && isOver(line, now)) {
        all.remove();
        left--;
        line.account()
            .ifPresent(account ->
                rates.computeIfPresent(account, (_, count) -> count == 1 ? null : count - 1));
      }
    }
  }

  private static long drained(Count count, Use.Rate rate, Instant now) {
    // A clock that was set back gives nothing, and takes nothing.
    long elapsed = Math.max(0, now.toEpochMilli() - count.at().toEpochMilli());
    long window = rate.window().toMillis();
    // After a whole window the bucket is full, whatever was taken.
    return elapsed >= window ? 0 : Math.max(0, count.level() - elapsed * rate.calls());
  }

  private static Instant full(Limited link, long level, Instant now) {
    return link.use()
        .rate()
        .map(rate -> now.plusMillis(Math.ceilDiv(level, rate.calls())))
        .orElse(now);
  }

  /// A link with a rate alone is as good as new once its bucket is full again.
  private static Optional<Instant> forgettable(Limited link, Instant full) {
    return link.use().calls().isPresent()
        ? link.until()
        : link.until().filter(full::isAfter).or(() -> Optional.of(full));
  }

  private boolean isOver(Line line, Instant now) {
    Count count = line.count();
    if (count.until().isPresent() && !count.until().get().isAfter(now)) {
      return true;
    }
    return line.link().use().calls().isPresent()
        && !line.full().isAfter(now)
        && book.calls(line.link().token()) >= count.calls();
  }

  /// How every link stands.
  public synchronized Map<Cid, Count> snapshot() {
    Map<Cid, Count> counts = new HashMap<>();
    lines.forEach((token, line) -> counts.put(token, line.count()));
    return Map.copyOf(counts);
  }
}
