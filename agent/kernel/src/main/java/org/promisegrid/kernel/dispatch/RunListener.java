package org.promisegrid.kernel.dispatch;

import java.io.IOException;

/// Follows one run, on the thread that runs it.
public interface RunListener {

  /// Follows nothing.
  RunListener NONE = new RunListener() {};

  /// It waits for a place on the bid's target.
  default void queued(Bid bid) {}

  /// The workload is about to start there: what must be durable before anything executes is made
  /// durable now.
  ///
  /// @throws IOException ends the run before it starts; [Dispatch#run] throws it on
  default void starting(Bid bid) throws IOException {}

  /// The workload runs.
  default void started(Bid bid) {}

  /// It was told to start, and nothing runs; whether anything has, nobody knows.
  default void failedToStart(Bid bid) {}

  /// This bid led to nothing; the next is tried, if there is one.
  default void failed(Account.Attempt attempt) {}
}
