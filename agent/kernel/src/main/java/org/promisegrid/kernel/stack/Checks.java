package org.promisegrid.kernel.stack;

import java.time.Instant;
import java.util.Optional;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceState;

/// Whether what runs does its work: tried again and again, as each service says, and told to the
/// journal when it changes. What follows from it is [Policy]'s.
final class Checks {

  private final Desk desk;

  Checks(Desk desk) {
    this.desk = desk;
  }

  void check(Replica replica, Declaration wanted) {
    Checking checking = replica.checking;
    if (wanted.health().isEmpty()) {
      replica.checking = null;
    } else if (checking == null || !checking.health.equals(wanted.health().get())) {
      Instant since =
          replica.running.map(ServiceState.Running::since).orElse(desk.hands.clock().instant());
      Checking begun = new Checking(wanted.health().get(), since);
      replica.checking = begun;
      probe(replica, begun);
    }
  }

  void probe(Replica replica, Checking checking) {
    Service service = Desk.held(replica);
    Optional<ServiceState.Running> running = replica.running;
    if (running.isEmpty()) {
      return; // it has ended, as will be told
    }
    desk.background(() -> {
      Optional<String> wrong = desk.hands.probe().run(checking.health, service, running.get());
      desk.post(() -> probed(replica, checking, wrong));
    });
  }

  void probed(Replica replica, Checking checking, Optional<String> wrong) {
    if (replica.checking != checking) {
      return;
    }
    if (checking.tried(wrong.isEmpty(), desk.hands.clock().instant())) {
      desk.hands
          .book()
          .health(replica.place, replica.generation, wrong.isEmpty(), wrong.orElse(""));
    }
    replica.why = wrong.map(it -> "its health check failed: " + it);
    desk.hands
        .timer()
        .set(
            checking.health.every(),
            () ->
                desk.post(() -> {
                  if (replica.checking == checking && replica.phase == Replica.Phase.RUNNING) {
                    probe(replica, checking);
                  }
                }));
  }
}
