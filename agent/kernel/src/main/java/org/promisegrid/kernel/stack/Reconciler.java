package org.promisegrid.kernel.stack;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.promisegrid.kernel.dispatch.ServiceTargets.Keeper;
import org.promisegrid.kernel.journal.JournalException;
import org.promisegrid.kernel.ledger.ServiceBook;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.service.FoundService;
import org.promisegrid.sandbox.service.FoundVolume;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServicePlace;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.ServiceState;

/// Brings the services of one stack to what is wanted, and keeps them so.
///
/// What is wanted, what targets tell and what was done come as messages, which one thread takes up
/// one after the other: it alone decides and knows. What blocks is done on other threads, at most
/// one thing at a time for each replica. A sandbox is made after the journal says so (*placed*),
/// and a start, an end or a removal is told to the journal once it was: what an agent that was
/// killed did in between, the target tells the next one.
final class Reconciler implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Reconciler.class.getName());

  private final String stack;
  private final Hands hands;
  private final Policy policy;
  private final Choosing choosing;
  private final BlockingQueue<Runnable> mail = new LinkedBlockingQueue<>();
  private final Map<ServicePlace, Replica> replicas = new LinkedHashMap<>();
  private final Thread thread;
  private final Object published = new Object();
  private Optional<Wish> wish = Optional.empty();
  private boolean tidy;
  private volatile boolean closed;
  private volatile View view = View.NOTHING;

  Reconciler(String stack, Hands hands) {
    this.stack = stack;
    this.hands = hands;
    this.policy = new Policy(hands.clock());
    this.choosing = new Choosing(hands);
    hands
        .book()
        .list(stack)
        .forEach((place, placed) -> {
          if (!placed.removed()) {
            replicas.put(place, new Replica(place, placed));
          }
        });
    this.thread = Thread.ofVirtual().name("stack " + stack).unstarted(this::work);
  }

  /// Begins; `wanted` may be nothing. What is wanted shows from now on.
  void start(Optional<Wish> wanted) {
    wish = wanted;
    publish();
    mail.add(() -> {});
    thread.start();
  }

  private void work() {
    try {
      while (!closed) {
        Runnable next = mail.take();
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
      LOG.log(System.Logger.Level.WARNING, "stack " + stack + ": " + e.getMessage());
      hands.timer().set(Policy.SHORTEST, () -> post(again));
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "stack " + stack, e);
    }
  }

  /// Has it do something on its own thread, and then look what is to be done.
  void post(Runnable message) {
    mail.add(message);
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
      wish = Optional.of(wanted);
      tidy = false;
      replicas
          .values()
          .forEach(it -> {
            it.notBefore = Optional.empty();
            policy.renewed(it);
          });
    });
  }

  /// Each replica is to be stopped and started once.
  void renew() throws InterruptedException {
    tell(() ->
        replicas
            .values()
            .forEach(it -> {
              it.renew = true;
              it.notBefore = Optional.empty();
              policy.renewed(it);
            }));
  }

  /// What it shows.
  View view() {
    return view;
  }

  /// Waits until what it shows is as it should be; what it shows then, or at the end.
  View await(Predicate<View> good, Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    synchronized (published) {
      while (!good.test(view)) {
        long left = end - System.nanoTime();
        if (left <= 0 || closed) {
          break;
        }
        published.wait(Math.max(1, left / 1_000_000));
      }
    }
    return view;
  }

  private void publish() {
    synchronized (published) {
      view = View.of(view.number() + 1, wish, replicas.values(), revoked(), tidy);
      published.notifyAll();
    }
  }

  private Optional<Cid> revoked() {
    return wish.flatMap(it -> it.revoked(hands.tokens()));
  }

  // What is to be done.

  private void settle() {
    if (closed) {
      return;
    }
    boolean may = revoked().isEmpty();
    wish.ifPresent(it ->
        it.stack()
            .services()
            .forEach((name, service) -> {
              for (int i = 0; i < service.replicas(); i++) {
                replicas.computeIfAbsent(new ServicePlace(stack, name, i), this::known);
              }
            }));
    for (Replica replica : List.copyOf(replicas.values())) {
      Optional<Declaration> wanted = wanted(replica.place);
      settle(replica, wanted, may && wanted.filter(Declaration::running).isPresent());
    }
    tidyUp();
  }

  private Replica known(ServicePlace place) {
    return hands.book().find(place).map(it -> new Replica(place, it)).orElse(new Replica(place));
  }

  private Optional<Declaration> wanted(ServicePlace place) {
    return wish.map(it -> it.stack().services().get(place.service()))
        .filter(it -> place.replica() < it.replicas());
  }

  private void settle(Replica replica, Optional<Declaration> wanted, boolean run) {
    if (replica.notBefore.filter(hands.clock().instant()::isBefore).isPresent()) {
      return;
    }
    boolean same = wanted.filter(replica::isOf).isPresent();
    switch (replica.phase) {
      case BUSY -> {}
      case UNSEEN -> unseen(replica);
      case NONE -> {
        if (wanted.isEmpty()) {
          replicas.remove(replica.place);
        } else if (run && policy.isDue(replica)) {
          make(replica, wanted.get());
        }
      }
      case CREATED -> remove(replica);
      case RUNNING -> {
        if (!run || !same || replica.renew || policy.isIll(replica, wanted.get())) {
          stop(replica);
        } else {
          check(replica, wanted.get());
        }
      }
      case ENDED -> {
        if (!same && (run || wanted.isEmpty())) {
          remove(replica);
        } else if (run && policy.isDue(replica)) {
          restart(replica, wanted.get());
        }
      }
    }
  }

  private void unseen(Replica replica) {
    Optional<Keeper> keeper = keeper(replica);
    replica.why =
        Optional.of(
            keeper.isEmpty()
                ? "its target isn't there any more: " + replica.target
                : "its target is away: " + replica.target);
  }

  private Optional<Keeper> keeper(Replica replica) {
    Target target = replica.target;
    return target == null ? Optional.empty() : hands.targets().find(target);
  }

  private void make(Replica replica, Declaration wanted) {
    switch (choosing.choose(replica, wanted)) {
      case Choosing.Choice.Nobody(String why) -> replica.why = Optional.of(why);
      case Choosing.Choice.Chosen chosen -> {
        long generation = replica.generation + 1;
        var spec = Specs.of(replica.place, generation, wanted);
        var id = Specs.id(hands.node(), replica.place, generation);
        hands
            .book()
            .placed(replica.place, generation, chosen.keeper().target(), wanted.source(), id);
        replica.clear();
        replica.generation = generation;
        replica.target = chosen.keeper().target();
        replica.source = wanted.source();
        replica.sandbox = id;
        act(
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
              return begun(replica, made, made.state());
            });
      }
    }
  }

  private static Service create(Choosing.Choice.Chosen chosen, SandboxId id, ServiceSpec spec)
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

  private void notStarted(Replica replica, Service made, DriverException e) {
    replica.service = made;
    if (e.kind() == DriverException.Kind.UNAVAILABLE) {
      lost(replica, e);
      return;
    }
    replica.phase = Replica.Phase.CREATED;
    policy.failed(replica);
    failed(replica, e);
  }

  private void restart(Replica replica, Declaration wanted) {
    Service service = held(replica);
    Optional<Keeper> keeper = keeper(replica);
    if (keeper.isEmpty()) {
      replica.phase = Replica.Phase.UNSEEN;
      return;
    }
    replica.restarts++;
    if (!replica.renew) {
      replica.recent.add(hands.clock().instant());
    }
    act(
        replica,
        Replica.Doing.STARTING,
        () -> {
          try (var _ = keeper.get().lend(Specs.secrets(wanted))) {
            service.start();
          } catch (DriverException e) {
            return () -> notStarted(replica, service, e);
          }
          return begun(replica, service, service.state());
        });
  }

  private static Service held(Replica replica) {
    Service service = replica.service;
    if (service == null) {
      throw new IllegalStateException(replica.place + " is in nobody's hands");
    }
    return service;
  }

  /// It runs, or ran and has ended already: waiting for its end tells.
  private Runnable begun(Replica replica, Service service, ServiceState state) {
    return () -> {
      Instant now = hands.clock().instant();
      hands.book().started(replica.place, replica.generation, replica.restarts, replica.tries);
      replica.started = Optional.of(new ServiceBook.Started(now, replica.restarts, replica.tries));
      replica.recorded = Optional.empty();
      replica.renew = false;
      replica.again = Optional.empty();
      replica.over = false;
      runs(replica, service, state);
    };
  }

  private void runs(Replica replica, Service service, ServiceState state) {
    replica.service = service;
    replica.phase = Replica.Phase.RUNNING;
    replica.running =
        state instanceof ServiceState.Running running ? Optional.of(running) : Optional.empty();
    replica.checking = null;
    replica.why = Optional.empty();
    long epoch = ++replica.epoch;
    background(() -> {
      Runnable told;
      try {
        ServiceExit exit = service.await();
        Optional<Declaration> wanted = view.declaration(replica.place.service());
        Optional<Early> early =
            wanted.isPresent() && policy.isEarly(exit)
                ? Optional.of(Early.look(service, wanted.get(), exit))
                : Optional.empty();
        told = () -> ended(replica, exit, early);
      } catch (DriverException e) {
        told = () -> lost(replica, e);
      } catch (RuntimeException | LinkageError e) {
        told = () -> lost(replica, broken(replica, e));
      }
      Runnable news = told;
      post(() -> {
        if (replica.epoch == epoch && replica.phase == Replica.Phase.RUNNING) {
          news.run();
        }
      });
    });
  }

  /// It ended by itself.
  private void ended(Replica replica, ServiceExit exit, Optional<Early> early) {
    hands.book().ended(replica.place, replica.generation, exit, false);
    over(replica, exit, false);
    replica.early = early;
    early
        .filter(it -> it.hint().isPresent() || !it.log().isEmpty())
        .ifPresent(it ->
            hands
                .book()
                .failed(
                    replica.place,
                    replica.generation,
                    "ended "
                        + Duration.between(exit.started(), exit.ended()).toMillis()
                        + " ms after its start, with "
                        + exit.code()
                        + it.hint().map(hint -> "; " + hint).orElse("")
                        + ": "
                        + it.log()));
    wanted(replica.place).ifPresent(it -> policy.ended(replica, it, exit));
    wake(replica);
  }

  private static void over(Replica replica, ServiceExit exit, boolean asked) {
    replica.phase = Replica.Phase.ENDED;
    replica.epoch++;
    replica.running = Optional.empty();
    replica.checking = null;
    replica.exit = Optional.of(exit);
    replica.recorded = Optional.of(new ServiceBook.Ended(exit, asked));
    replica.asked = asked;
    replica.early = Optional.empty();
  }

  private void stop(Replica replica) {
    Service service = held(replica);
    boolean ill = replica.checking != null && policy.isIll(replica);
    act(
        replica,
        Replica.Doing.STOPPING,
        () -> {
          service.stop();
          ServiceExit exit = service.await();
          return () -> {
            hands.book().ended(replica.place, replica.generation, exit, true);
            over(replica, exit, true);
            replica.why = Optional.empty();
            if (ill) {
              wanted(replica.place).ifPresent(it -> policy.wasIll(replica, it, exit));
              wake(replica);
            }
          };
        });
  }

  private void remove(Replica replica) {
    Service service = held(replica);
    act(
        replica,
        Replica.Doing.REMOVING,
        () -> {
          service.remove();
          return () -> {
            hands.book().removed(replica.place, replica.generation);
            replica.clear();
          };
        });
  }

  /// Does what blocks, and takes up afterwards what came of it.
  private void act(Replica replica, Replica.Doing doing, Work work) {
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

  private static DriverException broken(Replica replica, Throwable e) {
    return new DriverException(
        DriverException.Kind.BROKEN, replica.place + ": its driver failed: " + e, e);
  }

  private void undone(Replica replica, Replica.Phase before, DriverException e) {
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

  private void failed(Replica replica, DriverException e) {
    String why = String.valueOf(e.getMessage());
    if (!replica.why.equals(Optional.of(why))) { // told once, however often it is tried
      hands.book().failed(replica.place, replica.generation, why);
    }
    replica.why = Optional.of(why);
    wake(replica);
  }

  /// Its target tells what there is once it is back.
  private void lost(Replica replica, DriverException e) {
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
  private void wake(Replica replica) {
    Instant now = hands.clock().instant();
    Stream.of(replica.again, replica.notBefore)
        .flatMap(Optional::stream)
        .filter(now::isBefore)
        .forEach(due -> hands.timer().set(Duration.between(now, due), () -> post(() -> {})));
  }

  // Health.

  private void check(Replica replica, Declaration wanted) {
    Checking checking = replica.checking;
    if (wanted.health().isEmpty()) {
      replica.checking = null;
    } else if (checking == null || !checking.health.equals(wanted.health().get())) {
      Instant since =
          replica.running.map(ServiceState.Running::since).orElse(hands.clock().instant());
      Checking begun = new Checking(wanted.health().get(), since);
      replica.checking = begun;
      probe(replica, begun);
    }
  }

  private void probe(Replica replica, Checking checking) {
    Service service = held(replica);
    Optional<ServiceState.Running> running = replica.running;
    if (running.isEmpty()) {
      return; // it has ended, as will be told
    }
    background(() -> {
      Optional<String> wrong = hands.probe().run(checking.health, service, running.get());
      post(() -> probed(replica, checking, wrong));
    });
  }

  private void probed(Replica replica, Checking checking, Optional<String> wrong) {
    if (replica.checking != checking) {
      return;
    }
    if (checking.tried(wrong.isEmpty(), hands.clock().instant())) {
      hands.book().health(replica.place, replica.generation, wrong.isEmpty(), wrong.orElse(""));
    }
    replica.why = wrong.map(it -> "its health check failed: " + it);
    hands
        .timer()
        .set(
            checking.health.every(),
            () ->
                post(() -> {
                  if (replica.checking == checking && replica.phase == Replica.Phase.RUNNING) {
                    probe(replica, checking);
                  }
                }));
  }

  // What a target tells.

  /// A target can work: what had to wait for one is tried.
  void fit() {
    post(() -> {});
  }

  /// What a target has of this stack.
  void listed(Keeper keeper, Collection<FoundService> found) {
    post(() -> {
      for (FoundService each : found) {
        Replica replica = replicas.get(each.place());
        if (replica == null || !replica.has(keeper.target(), each.id())) {
          stray(keeper, each);
        } else if (replica.phase == Replica.Phase.UNSEEN) {
          take(keeper, replica);
        }
      }
      for (Replica replica : List.copyOf(replicas.values())) {
        if (replica.phase == Replica.Phase.UNSEEN
            && keeper.target().equals(replica.target)
            && found.stream().noneMatch(it -> replica.has(keeper.target(), it.id()))) {
          gone(replica);
        }
      }
    });
  }

  /// An older one, one that nobody wants, or one that was never begun.
  private void stray(Keeper keeper, FoundService found) {
    background(() -> {
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
        hands.relist().accept(keeper.target());
      }
    });
  }

  private void take(Keeper keeper, Replica replica) {
    var id = replica.sandbox;
    if (id == null) {
      return;
    }
    act(
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

  private void taken(Replica replica, Service service, ServiceState state) {
    replica.service = service;
    replica.why = Optional.empty();
    switch (state) {
      case ServiceState.Created _ -> replica.phase = Replica.Phase.CREATED;
      case ServiceState.Running running -> {
        if (replica.started.isEmpty() || replica.recorded.isPresent()) {
          // It was started, and the agent killed before it said so.
          begun(replica, service, running).run();
        } else {
          runs(replica, service, running);
        }
      }
      case ServiceState.Ended(ServiceExit exit) -> {
        Optional<ServiceBook.Ended> known =
            replica.recorded.filter(it ->
                it.exit().code() == exit.code()
                    && it.exit().ended().toEpochMilli() == exit.ended().toEpochMilli());
        boolean asked = known.filter(ServiceBook.Ended::asked).isPresent();
        if (known.isEmpty()) {
          hands.book().ended(replica.place, replica.generation, exit, false);
        }
        over(replica, exit, asked);
        wanted(replica.place).filter(_ -> !asked).ifPresent(it -> policy.ended(replica, it, exit));
        wake(replica);
      }
    }
  }

  private void gone(Replica replica) {
    if (replica.started.isPresent()) {
      hands.book().failed(replica.place, replica.generation, "its sandbox is gone");
    }
    hands.book().removed(replica.place, replica.generation);
    replica.clear();
  }

  // What is left when nothing is wanted any more.

  private void tidyUp() {
    if (tidy || wish.isEmpty() || !wish.get().stack().services().isEmpty() || !replicas.isEmpty()) {
      return;
    }
    Wish done = wish.get();
    List<Keeper> keepers = hands.targets().all();
    if (!keepers.stream().allMatch(Keeper::isFit)) {
      return;
    }
    tidy = true;
    background(() -> {
      try {
        for (Keeper keeper : keepers) {
          if (done.stack().emptied()) {
            for (FoundVolume volume : keeper.services().volumes()) {
              if (volume.stack().equals(stack)) {
                keeper.services().remove(volume);
              }
            }
          }
          keeper.services().leave(stack);
        }
      } catch (RuntimeException | LinkageError e) {
        LOG.log(System.Logger.Level.WARNING, "what stack " + stack + " left stays", e);
        post(() -> tidy = false);
        return;
      }
      post(() -> {});
    });
  }

  /// What blocks, and then what is to be done on the reconciler's own thread.
  @FunctionalInterface
  private interface Work {
    Runnable run() throws InterruptedException;
  }

  /// What may be interrupted when the agent ends.
  @FunctionalInterface
  private interface Blocking {
    void run() throws InterruptedException;
  }

  private void background(Blocking blocking) {
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

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    synchronized (published) {
      published.notifyAll();
    }
  }
}
