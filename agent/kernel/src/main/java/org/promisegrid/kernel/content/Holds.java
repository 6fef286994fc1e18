package org.promisegrid.kernel.content;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Cid;

/// Keeps content from being collected while somebody relies on it and nothing that is written down
/// says so yet.
///
/// Whoever is about to name content in an entry of the journal, or to answer with it, *first* holds
/// it, *then* looks whether it is here, and lets go once the entry is written. So content is either
/// collected before it is looked for, or not at all. Safe for many threads; holding waits for one
/// batch of a collection at most.
public final class Holds {

  private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();
  private final Map<Cid, Integer> held = new ConcurrentHashMap<>();

  /// Told of what is held from now on; null while nothing is collected.
  private @Nullable Consumer<Cid> collector;

  private volatile Optional<Busy> busy = Optional.empty();

  Holds() {}

  /// Starts holding; the caller closes.
  public Hold open() {
    return new Hold(this);
  }

  /// What one piece of work relies on. Safe for many threads.
  public static final class Hold implements AutoCloseable {
    private final Holds holds;
    private final Set<Cid> mine = new HashSet<>();

    private Hold(Holds holds) {
      this.holds = holds;
    }

    /// Holds `cid`, whether it is here or not. From now on it stays as it is.
    public void add(Cid cid) {
      synchronized (mine) {
        if (!mine.add(cid)) {
          return;
        }
      }
      holds.add(cid);
    }

    /// Holds all of them.
    public void addAll(Iterable<Cid> cids) {
      cids.forEach(this::add);
    }

    /// Lets go of everything. A collection that is under way still spares it. Idempotent.
    @Override
    public void close() {
      synchronized (mine) {
        mine.forEach(holds::remove);
        mine.clear();
      }
    }
  }

  private void add(Cid cid) {
    Lock open = gate.readLock();
    open.lock();
    try {
      held.merge(cid, 1, Integer::sum);
      Consumer<Cid> told = collector;
      if (told != null) {
        told.accept(cid);
      }
    } finally {
      open.unlock();
    }
  }

  private void remove(Cid cid) {
    held.computeIfPresent(cid, (_, count) -> count == 1 ? null : count - 1);
  }

  /// What is under way, of which there is one at a time.
  ///
  /// @param what for a person, with its article
  public record Busy(String what, Instant since) {
    @Override
    public String toString() {
      return what + " is under way since " + since.truncatedTo(ChronoUnit.SECONDS);
    }
  }

  /// What is under way now, if anything is.
  public Optional<Busy> busy() {
    return busy;
  }

  /// Begins a collection, or what none may come between, if nothing is under way: whether it did.
  ///
  /// @param as what others are told is under way
  /// @param told of all that is held, and of whatever is until the end of it; must be safe for many
  ///   threads
  public boolean begin(Busy as, Consumer<Cid> told) {
    Lock alone = gate.writeLock();
    alone.lock();
    try {
      if (collector != null) {
        return false;
      }
      collector = told;
      busy = Optional.of(as);
      held.keySet().forEach(told);
      return true;
    } finally {
      alone.unlock();
    }
  }

  /// Ends the collection.
  public void end() {
    Lock alone = gate.writeLock();
    alone.lock();
    try {
      collector = null;
      busy = Optional.empty();
    } finally {
      alone.unlock();
    }
  }

  /// Takes a step of a collection, with whether content is held now. Nobody holds anything more
  /// until it is over.
  public <E extends Exception> void alone(Step<E> step) throws E {
    Lock alone = gate.writeLock();
    alone.lock();
    try {
      step.take(held::containsKey);
    } finally {
      alone.unlock();
    }
  }

  /// A step of a collection.
  @FunctionalInterface
  public interface Step<E extends Exception> {
    void take(Predicate<Cid> held) throws E;
  }
}
