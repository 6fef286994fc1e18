package org.promisegrid.kernel;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.promisegrid.kernel.dispatch.Targets;
import org.promisegrid.kernel.function.Descriptor;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Prepare;
import org.promisegrid.sandbox.Target;

/// What is done about messages that were just put.
final class Arrivals {

  /// Preparing is a favour to who calls first, and anybody may put: beyond so many at a time there
  /// is none, and the first call compiles or pulls for itself.
  private static final int MOST = 16;

  private final Supplier<List<Targets.View>> targets;
  private final Notes notes;
  private final Semaphore places = new Semaphore(MOST);

  /// @param notes told what went wrong, which no caller waits for
  Arrivals(Supplier<List<Targets.View>> targets, Notes notes) {
    this.targets = targets;
    this.notes = notes;
  }

  /// Writes down what happens to targets.
  @FunctionalInterface
  interface Notes {
    void tell(String target, String kind, String detail);
  }

  /// Lets drivers compile or pull what a new function consists of, before its first call.
  void prepare(Message message) {
    if (!Descriptor.isOne(message)) {
      return;
    }
    List<Form> forms;
    try {
      forms = Descriptor.of(message).forms();
    } catch (MalformedException e) {
      return; // whoever calls it is told
    }
    for (Targets.View target : targets.get()) {
      Optional<Prepare> prepare = target.driver().power(Prepare.class);
      for (Form form : forms) {
        if (prepare.isPresent() && target.driver().forms().contains(form.kind())) {
          if (!places.tryAcquire()) {
            return;
          }
          var _ =
              Thread.ofVirtual()
                  .name("prepare " + form.code())
                  .start(() -> prepare(target.target(), prepare.get(), form));
        }
      }
    }
  }

  /// Gives its place back.
  private void prepare(Target target, Prepare power, Form form) {
    try {
      power.prepare(form);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (DriverException e) {
      notes.tell(target.toString(), "not_prepared", form.code() + ": " + e.getMessage());
    } finally {
      places.release();
    }
  }
}
