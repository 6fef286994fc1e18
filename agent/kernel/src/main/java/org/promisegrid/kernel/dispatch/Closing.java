package org.promisegrid.kernel.dispatch;

import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.Target;

/// Closes sandboxes: how a run ended stands, whether its sandbox can be removed or not.
final class Closing {

  private Closing() {}

  /// Closes; a failure is told as an event.
  static void close(Sandbox sandbox, Target target, Event.Sink events) {
    try {
      sandbox.close();
    } catch (RuntimeException | LinkageError e) {
      events.tell(new Event.NotClosed(target, "closing sandbox " + sandbox.id() + " failed: " + e));
    }
  }
}
