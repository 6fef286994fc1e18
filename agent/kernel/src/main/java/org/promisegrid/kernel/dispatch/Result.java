package org.promisegrid.kernel.dispatch;

import java.time.Duration;

/// What became of an order.
public sealed interface Result {

  /// Why it was run where it was, or wasn't run.
  Account account();

  /// It was run to an end.
  record Ended(Conclusion conclusion, Account account) implements Result {}

  /// Nothing was run: nobody promised to.
  ///
  /// @param detail for a person
  /// @param retryAfter when asking again may help; zero where that isn't known
  record NotPromised(Why why, String detail, Duration retryAfter, Account account)
      implements Result {}

  /// Nothing was run: the caller took it back before.
  record Withdrawn(Account account) implements Result {}

  /// Why nobody promised.
  enum Why {
    /// No target is able.
    UNABLE,
    /// All that are able have too much to do.
    EXHAUSTED,
    /// None could be done by the deadline.
    DEADLINE,
    /// Admission doesn't want it.
    REFUSED
  }
}
