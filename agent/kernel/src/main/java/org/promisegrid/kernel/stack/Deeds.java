package org.promisegrid.kernel.stack;

import java.util.Optional;
import org.promisegrid.kernel.dispatch.ServiceTargets.Keeper;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServiceSpec;

/// What is done to a replica's sandbox: it is made and started, started again, stopped, removed.
final class Deeds {

  private final Desk desk;
  private final Runs runs;
  private final Choosing choosing;

  Deeds(Desk desk, Runs runs) {
    this.desk = desk;
    this.runs = runs;
    this.choosing = new Choosing(desk.hands);
  }

  void make(Replica replica, Declaration wanted) {
    switch (choosing.choose(replica, wanted)) {
      case Choosing.Choice.Nobody(String why) -> replica.why = Optional.of(why);
      case Choosing.Choice.Chosen chosen -> {
        long generation = replica.generation + 1;
        var spec = Specs.of(replica.place, generation, wanted);
        var id = Specs.id(desk.hands.node(), replica.place, generation);
        desk.hands
            .book()
            .placed(replica.place, generation, chosen.keeper().target(), wanted.source(), id);
        replica.clear();
        replica.generation = generation;
        replica.target = chosen.keeper().target();
        replica.source = wanted.source();
        replica.sandbox = id;
        desk.act(
            replica,
            Replica.Doing.STARTING,
            () -> {
              Service made;
              try (var _ = chosen.keeper().lend(Specs.secrets(wanted))) {
                made = create(chosen, id, spec);
                try {
                  made.start();
                } catch (DriverException e) {
                  return () -> notStarted(replica, made, e);
                }
              }
              return runs.begun(replica, made, made.state());
            });
      }
    }
  }

  static Service create(Choosing.Choice.Chosen chosen, SandboxId id, ServiceSpec spec)
      throws InterruptedException {
    try {
      return chosen.keeper().services().create(id, spec, chosen.offer());
    } catch (DriverException e) {
      if (e.kind() != DriverException.Kind.CONFLICT) {
        throw e;
      }
      // Already done; else it is something else that is in the way.
      return chosen.keeper().services().adopt(id).orElseThrow(() -> e);
    }
  }

  void notStarted(Replica replica, Service made, DriverException e) {
    replica.service = made;
    if (e.kind() == DriverException.Kind.UNAVAILABLE) {
      desk.lost(replica, e);
      return;
    }
    replica.phase = Replica.Phase.CREATED;
    desk.policy.failed(replica);
    desk.failed(replica, e);
  }

  void restart(Replica replica, Declaration wanted) {
    Service service = Desk.held(replica);
    Optional<Keeper> keeper = desk.keeper(replica);
    if (keeper.isEmpty()) {
      replica.phase = Replica.Phase.UNSEEN;
      return;
    }
    replica.restarts++;
    if (!replica.renew) {
      replica.recent.add(desk.hands.clock().instant());
    }
    desk.act(
        replica,
        Replica.Doing.STARTING,
        () -> {
          try (var _ = keeper.get().lend(Specs.secrets(wanted))) {
            service.start();
          } catch (DriverException e) {
            return () -> notStarted(replica, service, e);
          }
          return runs.begun(replica, service, service.state());
        });
  }

  void stop(Replica replica) {
    Service service = Desk.held(replica);
    boolean ill = replica.checking != null && desk.policy.isIll(replica);
    desk.act(
        replica,
        Replica.Doing.STOPPING,
        () -> {
          service.stop();
          ServiceExit exit = service.await();
          return () -> {
            desk.hands.book().ended(replica.place, replica.generation, exit, true);
            Runs.over(replica, exit, true);
            replica.why = Optional.empty();
            if (ill) {
              desk.wanted(replica.place).ifPresent(it -> desk.policy.wasIll(replica, it, exit));
              desk.wake(replica);
            }
          };
        });
  }

  void remove(Replica replica) {
    Service service = Desk.held(replica);
    desk.act(
        replica,
        Replica.Doing.REMOVING,
        () -> {
          service.remove();
          return () -> {
            desk.hands.book().removed(replica.place, replica.generation);
            replica.clear();
          };
        });
  }
}
