package org.promisegrid.kernel.token;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;

/// Counts the uses of tokens that limit them. Safe for many threads.
@FunctionalInterface
public interface Uses {

  /// Takes one use of every link, or of none.
  Taken take(List<Limited> links, Instant now);

  /// A link that limits its use.
  ///
  /// @param until when the first of this link and those above it ends, after which nobody can use
  ///   it again
  /// @param account whose room its count takes, so that nobody takes everybody's: to whom the owner
  ///   passed on what it comes of
  record Limited(Cid token, Use use, Optional<Instant> until, String account) {}

  /// What came of taking.
  sealed interface Taken {

    /// One use of each link was taken.
    ///
    /// @param counts how each link stands now: what a journal writes down
    record Took(Map<Cid, Count> counts) implements Taken {}

    /// `token` has none left, so no link lost one.
    ///
    /// @param retryAfter when it will have; empty: never
    record Spent(Cid token, Optional<Duration> retryAfter) implements Taken {}
  }

  /// How one link stands.
  ///
  /// @param calls calls taken so far
  /// @param level what of its rate's bucket is used up, in calls × milliseconds of its window
  /// @param at when that was so
  /// @param until when this can be forgotten; empty: never
  record Count(long calls, long level, Instant at, Optional<Instant> until) {}
}
