package org.promisegrid.kernel.stack;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.promisegrid.kernel.dispatch.ServiceTargets.Keeper;
import org.promisegrid.kernel.ledger.ServiceBook;
import org.promisegrid.sandbox.service.FoundService;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServiceState;

/// What a target tells that it has of a stack: what this node made and still wants is taken up,
/// with what became of it meanwhile, and whatever else it is goes.
final class Adoption {

  private static final System.Logger LOG = System.getLogger(Adoption.class.getName());

  private final Desk desk;
  private final Runs runs;

  Adoption(Desk desk, Runs runs) {
    this.desk = desk;
    this.runs = runs;
  }

  /// What a target has of this stack.
  void listed(Keeper keeper, Collection<FoundService> found) {
    desk.post(() -> {
      for (FoundService each : found) {
        Replica replica = desk.replicas.get(each.place());
        if (replica == null || !replica.has(keeper.target(), each.id())) {
          stray(keeper, each);
        } else if (replica.phase == Replica.Phase.UNSEEN) {
          take(keeper, replica);
        }
      }
      for (Replica replica : List.copyOf(desk.replicas.values())) {
        if (replica.phase == Replica.Phase.UNSEEN
            && keeper.target().equals(replica.target)
            && found.stream().noneMatch(it -> replica.has(keeper.target(), it.id()))) {
          gone(replica);
        }
      }
    });
  }

  /// An older one, one that nobody wants, or one that was never begun.
  void stray(Keeper keeper, FoundService found) {
    desk.background(() -> {
      try {
        Optional<Service> left = keeper.services().adopt(found.id());
        if (left.isPresent()) {
          left.get().remove();
        }
      } catch (RuntimeException | LinkageError e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "what an agent before left can't be removed: " + found.id(),
            e);
        desk.hands.relist().accept(keeper.target());
      }
    });
  }

  void take(Keeper keeper, Replica replica) {
    var id = replica.sandbox;
    if (id == null) {
      return;
    }
    desk.act(
        replica,
        Replica.Doing.LOOKING,
        () -> {
          Optional<Service> adopted = keeper.services().adopt(id);
          if (adopted.isEmpty()) {
            return () -> gone(replica);
          }
          ServiceState state = adopted.get().state();
          return () -> taken(replica, adopted.get(), state);
        });
  }

  void taken(Replica replica, Service service, ServiceState state) {
    replica.service = service;
    replica.why = Optional.empty();
    switch (state) {
      case ServiceState.Created _ -> replica.phase = Replica.Phase.CREATED;
      case ServiceState.Running running -> {
        if (replica.started.isEmpty() || replica.recorded.isPresent()) {
          // It was started, and the agent killed before it said so.
          runs.begun(replica, service, running).run();
        } else {
          runs.runs(replica, service, running);
        }
      }
      case ServiceState.Ended(ServiceExit exit) -> {
        Optional<ServiceBook.Ended> known =
            replica.recorded.filter(it ->
                it.exit().code() == exit.code()
                    && it.exit().ended().toEpochMilli() == exit.ended().toEpochMilli());
        boolean asked = known.filter(ServiceBook.Ended::asked).isPresent();
        if (known.isEmpty()) {
          desk.hands.book().ended(replica.place, replica.generation, exit, false);
        }
        Runs.over(replica, exit, asked);
        desk.wanted(replica.place)
            .filter(_ -> !asked)
            .ifPresent(it -> desk.policy.ended(replica, it, exit));
        desk.wake(replica);
      }
    }
  }

  void gone(Replica replica) {
    if (replica.started.isPresent()) {
      desk.hands.book().failed(replica.place, replica.generation, "its sandbox is gone");
    }
    desk.hands.book().removed(replica.place, replica.generation);
    replica.clear();
  }
}
