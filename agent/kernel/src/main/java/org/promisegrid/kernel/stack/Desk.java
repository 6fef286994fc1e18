package org.promisegrid.kernel.stack;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.promisegrid.kernel.dispatch.ServiceTargets.Keeper;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServicePlace;

/// What the parts of one reconciler share: what is wanted and known, its mail, and how something is
/// done that blocks. But for mail and what blocks, only the reconciler's own thread touches it.
final class Desk {

  final String stack;
  final Hands hands;
  final Policy policy;
  final Map<ServicePlace, Replica> replicas = new LinkedHashMap<>();
  Optional<Wish> wish = Optional.empty();
  volatile boolean closed;
  volatile View view = View.NOTHING;
  private final BlockingQueue<Runnable> mail = new LinkedBlockingQueue<>();

  Desk(String stack, Hands hands) {
    this.stack = stack;
    this.hands = hands;
    this.policy = new Policy(hands.clock());
  }

  /// Has something done on the reconciler's own thread, and then looked what is to be done.
  void post(Runnable message) {
    mail.add(message);
  }

  /// What is to be done next on that thread; waits for it.
  Runnable next() throws InterruptedException {
    return mail.take();
  }

  Optional<Declaration> wanted(ServicePlace place) {
    return wish.map(it -> it.stack().services().get(place.service()))
        .filter(it -> place.replica() < it.replicas());
  }

  Optional<Keeper> keeper(Replica replica) {
    Target target = replica.target;
    return target == null ? Optional.empty() : hands.targets().find(target);
  }

  static Service held(Replica replica) {
    Service service = replica.service;
    if (service == null) {
      throw new IllegalStateException(replica.place + " is in nobody's hands");
    }
    return service;
  }

  /// Does what blocks, and takes up afterwards what came of it.
  void act(Replica replica, Replica.Doing doing, Work work) {
    Replica.Phase before = replica.phase;
    replica.phase = Replica.Phase.BUSY;
    replica.doing = doing;
    background(() -> {
      Runnable done;
      try {
        done = work.run();
      } catch (DriverException e) {
        done = () -> undone(replica, before, e);
      } catch (RuntimeException | LinkageError e) {
        done = () -> undone(replica, before, broken(replica, e));
      }
      post(done);
    });
  }

  static DriverException broken(Replica replica, Throwable e) {
    return new DriverException(
        DriverException.Kind.BROKEN, replica.place + ": its driver failed: " + e, e);
  }

  void undone(Replica replica, Replica.Phase before, DriverException e) {
    if (e.kind() == DriverException.Kind.UNAVAILABLE) {
      if (before == Replica.Phase.NONE) { // it may be a registry that is away, and not the target
        policy.failed(replica);
        wake(replica);
      }
      lost(replica, e);
      return;
    }
    replica.phase = before;
    policy.failed(replica);
    failed(replica, e);
  }

  void failed(Replica replica, DriverException e) {
    String why = String.valueOf(e.getMessage());
    if (!replica.why.equals(Optional.of(why))) { // told once, however often it is tried
      hands.book().failed(replica.place, replica.generation, why);
    }
    replica.why = Optional.of(why);
    wake(replica);
  }

  /// Its target tells what there is once it is back.
  void lost(Replica replica, DriverException e) {
    replica.phase = Replica.Phase.UNSEEN;
    replica.epoch++;
    replica.running = Optional.empty();
    replica.checking = null;
    replica.why = Optional.of(String.valueOf(e.getMessage()));
    Target target = replica.target;
    if (target != null) {
      hands.relist().accept(target);
    }
  }

  /// What is due later is looked at then.
  void wake(Replica replica) {
    Instant now = hands.clock().instant();
    Stream.of(replica.again, replica.notBefore)
        .flatMap(Optional::stream)
        .filter(now::isBefore)
        .forEach(due -> hands.timer().set(Duration.between(now, due), () -> post(() -> {})));
  }

  /// What blocks, and then what is to be done on the reconciler's own thread.
  @FunctionalInterface
  interface Work {
    Runnable run() throws InterruptedException;
  }

  /// What may be interrupted when the agent ends.
  @FunctionalInterface
  interface Blocking {
    void run() throws InterruptedException;
  }

  void background(Blocking blocking) {
    try {
      var _ =
          hands
              .threads()
              .submit(() -> {
                try {
                  blocking.run();
                } catch (InterruptedException _) {
                  Thread.currentThread().interrupt(); // the agent ends: the services don't
                }
              });
    } catch (RejectedExecutionException _) {
      closed = true; // the agent ends
    }
  }
}
