package org.promisegrid.kernel.dispatch;

import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.SandboxEvent;
import org.promisegrid.sandbox.Target;

/// Something about targets that an operator would want to see.
public sealed interface Event {

  /// A driver, or one of its targets, can't be used at all, and why.
  record Skipped(String driver, String why) implements Event {}

  /// A probe told something new.
  record FitnessChanged(Target target, Fitness fitness) implements Event {}

  /// The driver told something.
  record Noticed(Target target, SandboxEvent event) implements Event {}

  /// The driver's sample was run; what calls are expected to take now rests on it.
  record Measured(Target target, boolean warm) implements Event {}

  /// The driver's sample couldn't be run, and why.
  record NotMeasured(Target target, String why) implements Event {}

  /// Something of the driver's couldn't be ended or let go of as it should, and why: there may be
  /// leftovers on the target.
  record NotClosed(Target target, String why) implements Event {}

  /// Receives events, from any thread; MUST NOT block or throw.
  @FunctionalInterface
  interface Sink {
    void tell(Event event);
  }
}
