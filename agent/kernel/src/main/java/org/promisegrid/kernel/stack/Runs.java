package org.promisegrid.kernel.stack;

import java.time.Instant;
import java.util.Optional;
import org.promisegrid.kernel.ledger.ServiceBook;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServiceState;

/// How long a workload runs: from its start, whoever began it, to its end, which the journal and
/// the service's policy are told, and a person, if it came within seconds.
final class Runs {

  private final Desk desk;

  Runs(Desk desk) {
    this.desk = desk;
  }

  /// It runs, or ran and has ended already: waiting for its end tells.
  Runnable begun(Replica replica, Service service, ServiceState state) {
    return () -> {
      Instant now = desk.hands.clock().instant();
      desk.hands.book().started(replica.place, replica.generation, replica.restarts, replica.tries);
      replica.started = Optional.of(new ServiceBook.Started(now, replica.restarts, replica.tries));
      replica.recorded = Optional.empty();
      replica.renew = false;
      replica.again = Optional.empty();
      replica.over = false;
      runs(replica, service, state);
    };
  }

  void runs(Replica replica, Service service, ServiceState state) {
    replica.service = service;
    replica.phase = Replica.Phase.RUNNING;
    replica.running =
        state instanceof ServiceState.Running running ? Optional.of(running) : Optional.empty();
    replica.checking = null;
    replica.why = Optional.empty();
    long epoch = ++replica.epoch;
    desk.background(() -> {
      Runnable told;
      try {
        ServiceExit exit = service.await();
        Optional<Declaration> wanted = desk.view.declaration(replica.place.service());
        Optional<Early> early =
            wanted.isPresent() && desk.policy.isEarly(exit)
                ? Optional.of(Early.look(service, wanted.get(), exit))
                : Optional.empty();
        told = () -> ended(replica, exit, early);
      } catch (DriverException e) {
        told = () -> desk.lost(replica, e);
      } catch (RuntimeException | LinkageError e) {
        told = () -> desk.lost(replica, Desk.broken(replica, e));
      }
      Runnable news = told;
      desk.post(() -> {
        if (replica.epoch == epoch && replica.phase == Replica.Phase.RUNNING) {
          news.run();
        }
      });
    });
  }

  /// It ended by itself.
  void ended(Replica replica, ServiceExit exit, Optional<Early> early) {
    desk.hands.book().ended(replica.place, replica.generation, exit, false);
    over(replica, exit, false);
    replica.early = early;
    early
        .filter(Early::tells)
        .ifPresent(
            it -> desk.hands.book().failed(replica.place, replica.generation, it.words(exit)));
    desk.wanted(replica.place).ifPresent(it -> desk.policy.ended(replica, it, exit));
    desk.wake(replica);
  }

  static void over(Replica replica, ServiceExit exit, boolean asked) {
    replica.phase = Replica.Phase.ENDED;
    replica.epoch++;
    replica.running = Optional.empty();
    replica.checking = null;
    replica.exit = Optional.of(exit);
    replica.recorded = Optional.of(new ServiceBook.Ended(exit, asked));
    replica.asked = asked;
    replica.early = Optional.empty();
  }
}
