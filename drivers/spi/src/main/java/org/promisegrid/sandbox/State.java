package org.promisegrid.sandbox;

/// Where a sandbox is in its life.
public sealed interface State {

  /// Made; nothing of the workload has executed.
  record Created() implements State {}

  /// Started, not ended.
  record Running() implements State {}

  /// Ended; the sandbox is still there to be read and closed.
  record Ended(Ending ending) implements State {}
}
