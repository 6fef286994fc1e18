package org.promisegrid.driver.docker;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.shim.ShimConnection;

/// Containers that were started, and whose shims were told nothing yet: each serves one call, and
/// goes with it. How many there are follows the calls that come ([Demand]); one thread makes them
/// and gives them back, and there is none while nothing is to be done.
final class WarmPool implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(WarmPool.class.getName());

  /// How often demand that fades is looked at.
  private static final long TURN_SECONDS = 5;

  /// What one must have in common with a call to serve it: all that can't be told to its shim, and
  /// what its label says to whoever adopts it. Calls with secrets have folders of their own, and so
  /// no warm sandboxes.
  record Kind(Cid code, Limits limits) {
    Terms terms() {
      return new Terms(limits, Map.of());
    }
  }

  /// For how long a call that took one is let alone: another is made beside it only if it takes
  /// longer.
  private static final Duration ALONE = Duration.ofMillis(250);

  /// @param connection to its shim, which is fresh
  record Warm(Container container, ShimConnection connection) {}

  private final Workplace workplace;
  private final Maker maker;
  private final Demand<Kind> demand;
  private final boolean used;
  private final AtomicBoolean collected = new AtomicBoolean();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // Guarded by lock.
  private final Map<Kind, ArrayDeque<Warm>> stock = new HashMap<>();
  private final Map<SandboxId, Long> serving = new HashMap<>(); // since when, in nanoseconds
  private @Nullable Thread keeper;
  private boolean closed;

  /// @param most how many there may be; 0 for none
  WarmPool(Workplace workplace, Maker maker, int most) {
    this.workplace = workplace;
    this.maker = maker;
    this.used = most > 0;
    this.demand = new Demand<>(most, System::nanoTime);
  }

  /// Whether there is one, as far as is known without looking.
  boolean has(Kind kind) {
    lock.lock();
    try {
      ArrayDeque<Warm> there = stock.get(kind);
      return there != null && there.stream().anyMatch(warm -> warm.connection().alive());
    } finally {
      lock.unlock();
    }
  }

  /// A call of that kind came: more may follow.
  void came(Kind kind) {
    if (used) {
      demand.came(kind);
      wake();
    }
  }

  /// Gives back all that there are: room is wanted for something else.
  void giveBack() {
    demand.forgetAll();
    wake();
  }

  private void wake() {
    lock.lock();
    try {
      changed.signalAll();
      if (keeper == null && !closed) {
        keeper = Thread.ofVirtual().name("docker warm").start(this::keep);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Makes one that there is a call's own; empty if there is none.
  ///
  /// @throws DriverException `CONFLICT` if the call has a sandbox already
  Optional<Warm> claim(Kind kind, SandboxId id) throws InterruptedException {
    for (Warm warm = take(kind); warm != null; warm = take(kind)) {
      Container own = warm.container().named(id, workplace.naming().container(id));
      boolean claimed = false;
      try {
        claimed = rename(warm.container(), own);
      } finally {
        if (!claimed) {
          warm.connection().close();
          workplace.leftovers().remove(warm.container());
        }
      }
      if (claimed) {
        serves(id);
        return Optional.of(new Warm(own, warm.connection()));
      }
    }
    return Optional.empty();
  }

  private void serves(SandboxId id) {
    lock.lock();
    try {
      serving.put(id, System.nanoTime());
    } finally {
      lock.unlock();
    }
  }

  /// The call that took one is over, if that one did.
  void served(SandboxId id) {
    lock.lock();
    try {
      if (serving.remove(id) != null) {
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /// How much longer calls are let alone, in nanoseconds.
  private long alone() {
    long now = System.nanoTime();
    serving.values().removeIf(since -> now - since >= ALONE.toNanos());
    return serving.values().stream()
        .mapToLong(since -> since + ALONE.toNanos() - now)
        .max()
        .orElse(0);
  }

  private boolean rename(Container from, Container to) throws InterruptedException {
    try {
      return workplace
          .engine()
          .find(
              "claiming a warm sandbox for " + to.id(),
              client -> {
                client.renameContainerCmd(from.name()).withName(to.name()).exec();
                return true;
              })
          .isPresent();
    } catch (DriverException e) {
      if (e.kind() == DriverException.Kind.UNAVAILABLE) {
        workplace.leftovers().add(to); // it may have been renamed, and the answer lost
        throw e;
      }
      if (e.kind() == DriverException.Kind.CONFLICT) {
        throw e;
      }
      // An engine that doesn't rename what runs: the call gets a container of its own.
      LOGGER.log(System.Logger.Level.WARNING, String.valueOf(e.getMessage()));
      return false;
    }
  }

  private @Nullable Warm take(Kind kind) {
    List<Warm> dead = new ArrayList<>();
    try {
      lock.lock();
      try {
        ArrayDeque<Warm> there = stock.getOrDefault(kind, new ArrayDeque<>());
        Warm warm = there.poll();
        while (warm != null && !warm.connection().alive()) {
          dead.add(warm);
          warm = there.poll();
        }
        if (there.isEmpty()) {
          stock.remove(kind);
        }
        return warm;
      } finally {
        lock.unlock();
      }
    } finally {
      dead.forEach(this::remove);
    }
  }

  private void remove(Warm warm) {
    warm.connection().close();
    workplace.leftovers().remove(warm.container());
  }

  private void keep() {
    try {
      for (Optional<Kind> missing = turn(); missing.isPresent(); missing = turn()) {
        make(missing.get());
      }
    } catch (InterruptedException e) { // it is closed
      LOGGER.log(System.Logger.Level.TRACE, "no warm sandboxes any more", e);
    }
  }

  private void make(Kind kind) throws InterruptedException {
    Warm warm;
    try {
      warm = maker.warm(kind);
    } catch (RuntimeException e) { // whatever it is, calls can do without
      demand.forget(kind);
      LOGGER.log(System.Logger.Level.INFO, "no warm sandbox: {0}", String.valueOf(e.getMessage()));
      return;
    }
    boolean kept;
    lock.lock();
    try {
      kept = !closed;
      if (kept) {
        stock.computeIfAbsent(kind, _ -> new ArrayDeque<>()).add(warm);
      }
    } finally {
      lock.unlock();
    }
    if (!kept) {
      remove(warm);
    }
  }

  /// Gives back what isn't wanted, and waits until something is; empty if there is nothing left to
  /// be done.
  private Optional<Kind> turn() throws InterruptedException {
    while (true) {
      List<Warm> surplus = new ArrayList<>();
      lock.lockInterruptibly();
      try {
        Map<Kind, Integer> there = new HashMap<>();
        stock.forEach((kind, warm) -> there.put(kind, warm.size()));
        Map<Kind, Integer> wanted = demand.wanted(there);
        stock.forEach((kind, warm) -> surplus.addAll(surplus(warm, wanted.getOrDefault(kind, 0))));
        stock.values().removeIf(ArrayDeque::isEmpty);
        if (surplus.isEmpty()) {
          Optional<Kind> missing =
              wanted.entrySet().stream()
                  .filter(each -> each.getValue() > there.getOrDefault(each.getKey(), 0))
                  .map(Map.Entry::getKey)
                  .findFirst();
          long alone = alone();
          if (missing.isPresent() && alone <= 0 && !closed) {
            return missing;
          }
          if (missing.isPresent() && !closed) {
            var _ = changed.awaitNanos(alone);
            continue;
          }
          if (closed || (stock.isEmpty() && demand.isQuiet())) {
            keeper = null;
            return Optional.empty();
          }
          var _ = changed.await(TURN_SECONDS, TimeUnit.SECONDS);
        }
      } finally {
        lock.unlock();
      }
      surplus.forEach(this::remove);
    }
  }

  /// Takes out what is too much, and what has ended.
  private static List<Warm> surplus(ArrayDeque<Warm> warm, int wanted) {
    List<Warm> surplus = new ArrayList<>();
    for (Warm each : List.copyOf(warm)) {
      if (!each.connection().alive()) {
        surplus.add(each);
      }
    }
    warm.removeAll(surplus);
    while (warm.size() > wanted) {
      surplus.add(warm.removeLast());
    }
    return surplus;
  }

  /// Removes, once, those of an agent before: nobody else has a connection to them.
  void collect() throws InterruptedException {
    if (collected.get()) {
      return;
    }
    Engine engine = workplace.engine();
    Naming naming = workplace.naming();
    var found =
        engine.ask(
            "looking for warm sandboxes of an agent before",
            client ->
                client
                    .listContainersCmd()
                    .withShowAll(true)
                    .withLabelFilter(naming.labels(Naming.WARM))
                    .exec());
    for (var each : found) {
      if (naming.sandbox(each).isEmpty()) {
        DockerSandbox.remove(engine, each.getId());
      }
    }
    collected.set(true);
  }

  /// Removes them all.
  @Override
  public void close() {
    Thread last;
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      last = keeper;
    } finally {
      lock.unlock();
    }
    if (last != null) {
      last.interrupt();
      join(last);
    }
    List<Warm> rest = new ArrayList<>();
    lock.lock();
    try {
      stock.values().forEach(rest::addAll);
      stock.clear();
    } finally {
      lock.unlock();
    }
    rest.forEach(this::remove);
  }

  /// It ends with the request that is under way; an interruption is kept.
  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
