package org.promisegrid.tck;

import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Sandbox;

/// A started sandbox, with the agent's ends of its streams.
record Run(Sandbox sandbox, Feed in, Collector out, Collector log) implements AutoCloseable {

  /// Waits for the end.
  Outcome outcome() throws InterruptedException {
    return sandbox.await().outcome();
  }

  @Override
  public void close() {
    sandbox.close();
  }
}
