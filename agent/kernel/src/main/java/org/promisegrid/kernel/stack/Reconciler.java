package org.promisegrid.kernel.stack;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.promisegrid.kernel.dispatch.ServiceTargets.Keeper;
import org.promisegrid.kernel.journal.JournalException;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.service.FoundService;
import org.promisegrid.sandbox.service.ServicePlace;

/// Brings the services of one stack to what is wanted, and keeps them so.
///
/// What is wanted, what targets tell and what was done come as messages, which one thread takes up
/// one after the other: it alone decides and knows. What blocks is done on other threads, at most
/// one thing at a time for each replica. A sandbox is made after the journal says so (*placed*),
/// and a start, an end or a removal is told to the journal once it was: what an agent that was
/// killed did in between, the target tells the next one.
final class Reconciler implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Reconciler.class.getName());

  private final Desk desk;
  private final Deeds deeds;
  private final Checks checks;
  private final Adoption adoption;
  private final Leaving leaving;
  private final Thread thread;
  private final Object published = new Object();

  Reconciler(String stack, Hands hands) {
    this.desk = new Desk(stack, hands);
    Runs runs = new Runs(desk);
    this.deeds = new Deeds(desk, runs);
    this.checks = new Checks(desk);
    this.adoption = new Adoption(desk, runs);
    this.leaving = new Leaving(desk);
    hands
        .book()
        .list(stack)
        .forEach((place, placed) -> {
          if (!placed.removed()) {
            desk.replicas.put(place, new Replica(place, placed));
          }
        });
    this.thread = Thread.ofVirtual().name("stack " + stack).unstarted(this::work);
  }

  /// Begins; `wanted` may be nothing. What is wanted shows from now on.
  void start(Optional<Wish> wanted) {
    desk.wish = wanted;
    publish();
    desk.post(() -> {});
    thread.start();
  }

  private void work() {
    try {
      while (!desk.closed) {
        Runnable next = desk.next();
        attempt(next, next);
        attempt(this::settle, () -> {});
        publish();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // it is closed
    }
  }

  /// Each step tells the journal before anything counts: what couldn't be written down is as if it
  /// hadn't come, and comes again.
  private void attempt(Runnable step, Runnable again) {
    try {
      step.run();
    } catch (JournalException e) {
      LOG.log(System.Logger.Level.WARNING, "stack " + desk.stack + ": " + e.getMessage());
      desk.hands.timer().set(Policy.SHORTEST, () -> post(again));
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "stack " + desk.stack, e);
    }
  }

  /// Has it do something on its own thread, and then look what is to be done.
  void post(Runnable message) {
    desk.post(message);
  }

  /// Likewise, and waits until it has and what it shows says so.
  private void tell(Runnable message) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    post(message);
    post(done::countDown);
    done.await();
  }

  /// Something else is wanted.
  void want(Wish wanted) throws InterruptedException {
    tell(() -> {
      desk.wish = Optional.of(wanted);
      leaving.again();
      desk.replicas
          .values()
          .forEach(it -> {
            it.notBefore = Optional.empty();
            desk.policy.renewed(it);
          });
    });
  }

  /// Each replica is to be stopped and started once.
  void renew() throws InterruptedException {
    tell(() ->
        desk.replicas
            .values()
            .forEach(it -> {
              it.renew = true;
              it.notBefore = Optional.empty();
              desk.policy.renewed(it);
            }));
  }

  /// What it shows.
  View view() {
    return desk.view;
  }

  /// Waits until what it shows is as it should be; what it shows then, or at the end.
  View await(Predicate<View> good, Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    synchronized (published) {
      while (!good.test(desk.view)) {
        long left = end - System.nanoTime();
        if (left <= 0 || desk.closed) {
          break;
        }
        published.wait(Math.max(1, left / 1_000_000));
      }
    }
    return desk.view;
  }

  private void publish() {
    synchronized (published) {
      desk.view =
          View.of(
              desk.view.number() + 1,
              desk.wish,
              desk.replicas.values(),
              revoked(),
              leaving.isTidy());
      published.notifyAll();
    }
  }

  private Optional<Cid> revoked() {
    return desk.wish.flatMap(it -> it.revoked(desk.hands.tokens()));
  }

  // What is to be done.

  private void settle() {
    if (desk.closed) {
      return;
    }
    boolean may = revoked().isEmpty();
    desk.wish.ifPresent(it ->
        it.stack()
            .services()
            .forEach((name, service) -> {
              for (int i = 0; i < service.replicas(); i++) {
                desk.replicas.computeIfAbsent(new ServicePlace(desk.stack, name, i), this::known);
              }
            }));
    for (Replica replica : List.copyOf(desk.replicas.values())) {
      Optional<Declaration> wanted = desk.wanted(replica.place);
      settle(replica, wanted, may && wanted.filter(Declaration::running).isPresent());
    }
    leaving.tidyUp();
  }

  private Replica known(ServicePlace place) {
    return desk.hands
        .book()
        .find(place)
        .map(it -> new Replica(place, it))
        .orElse(new Replica(place));
  }

  private void settle(Replica replica, Optional<Declaration> wanted, boolean run) {
    if (replica.notBefore.filter(desk.hands.clock().instant()::isBefore).isPresent()) {
      return;
    }
    boolean same = wanted.filter(replica::isOf).isPresent();
    switch (replica.phase) {
      case BUSY -> {}
      case UNSEEN -> unseen(replica);
      case NONE -> {
        if (wanted.isEmpty()) {
          desk.replicas.remove(replica.place);
        } else if (run && desk.policy.isDue(replica)) {
          deeds.make(replica, wanted.get());
        }
      }
      case CREATED -> deeds.remove(replica);
      case RUNNING -> {
        if (!run || !same || replica.renew || desk.policy.isIll(replica, wanted.get())) {
          deeds.stop(replica);
        } else {
          checks.check(replica, wanted.get());
        }
      }
      case ENDED -> {
        if (!same && (run || wanted.isEmpty())) {
          deeds.remove(replica);
        } else if (run && desk.policy.isDue(replica)) {
          deeds.restart(replica, wanted.get());
        }
      }
    }
  }

  private void unseen(Replica replica) {
    Optional<Keeper> keeper = desk.keeper(replica);
    replica.why =
        Optional.of(
            keeper.isEmpty()
                ? "its target isn't there any more: " + replica.target
                : "its target is away: " + replica.target);
  }

  // What a target tells.

  /// How far an image is that replicas wait for.
  void bringing(Cid image, String far) {
    desk.post(() -> {
      for (Replica replica : desk.replicas.values()) {
        if (replica.phase == Replica.Phase.BUSY
            && desk.wanted(replica.place).filter(it -> it.image().equals(image)).isPresent()) {
          replica.why = Optional.of(far);
        }
      }
    });
  }

  /// A target can work: what had to wait for one is tried.
  void fit() {
    desk.post(() -> {});
  }

  /// What a target has of this stack.
  void listed(Keeper keeper, Collection<FoundService> found) {
    desk.post(() -> adoption.listed(keeper, found));
  }

  @Override
  public void close() {
    desk.closed = true;
    thread.interrupt();
    synchronized (published) {
      published.notifyAll();
    }
  }
}
