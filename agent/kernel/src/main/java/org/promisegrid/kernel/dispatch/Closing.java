package org.promisegrid.kernel.dispatch;

import java.time.Duration;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.Target;

/// Closes sandboxes: how a run ended stands, whether its sandbox can be removed or not.
final class Closing {

  private Closing() {}

  /// Closes; a failure is told as an event, and so is that it takes longer than `patience`: it is
  /// left to itself then.
  static void close(Sandbox sandbox, Target target, Duration patience, Event.Sink events) {
    Thread closing =
        Thread.ofVirtual()
            .name("close " + sandbox.id())
            .start(() -> {
              try {
                sandbox.close();
              } catch (RuntimeException | LinkageError e) {
                events.tell(
                    new Event.NotClosed(
                        target, "closing sandbox " + sandbox.id() + " failed: " + e));
              }
            });
    if (!Patience.join(closing, patience)) {
      events.tell(
          new Event.NotClosed(
              target,
              "closing sandbox "
                  + sandbox.id()
                  + " takes longer than "
                  + patience.toMillis()
                  + " ms: it is left alone"));
    }
  }
}
