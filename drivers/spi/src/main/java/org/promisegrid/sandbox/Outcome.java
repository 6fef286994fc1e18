package org.promisegrid.sandbox;

/// How a workload ended: a result to record, not an error to handle.
public sealed interface Outcome {

  /// It ended by itself.
  record Exited(int code) implements Outcome {}

  /// It crossed a limit it was given.
  record Exceeded(Limit limit) implements Outcome {}

  /// It broke: a trap, a fatal signal, a guest panic.
  record Faulted(String reason) implements Outcome {}

  /// Its caller ended it: by [Sandbox#stop] or [Sandbox#close], or by being interrupted in
  /// [Sandbox#await].
  record Stopped() implements Outcome {}

  /// Contact was lost after the start; it may or may not have run to its end.
  record Lost(String why) implements Outcome {}
}
