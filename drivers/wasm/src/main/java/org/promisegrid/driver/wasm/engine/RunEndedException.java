package org.promisegrid.driver.wasm.engine;

import org.promisegrid.sandbox.Outcome;

/// Ends a run from within: thrown through the workload's frames, which can't catch it.
public final class RunEndedException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final transient Outcome outcome;

  public RunEndedException(Outcome outcome) {
    // It carries a decision, not an error: a stack trace would cost more than the rest of a short
    // run.
    super(outcome.toString(), null, false, false);
    this.outcome = outcome;
  }

  public Outcome outcome() {
    return outcome;
  }
}
