package org.promisegrid.driver.docker;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.promisegrid.sandbox.SandboxId;

/// Containers whose runs have ended, and which nobody wants any more: they are removed while their
/// callers are answered already. Only so many at a time: who comes then removes its own, and waits
/// for that, so that an engine that removes slowly, or not at all, makes calls slower and doesn't
/// fill up.
final class Disposal implements AutoCloseable {

  /// As many calls as a small host runs at a time.
  static final int MOST = 16;

  private static final System.Logger LOGGER = System.getLogger(Disposal.class.getName());

  private final Consumer<Container> removal;
  private final int most;
  private final Duration patience;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // Guarded by lock.
  private final Set<SandboxId> under = new HashSet<>();
  private boolean full;
  private boolean closed;

  /// @param removal removes one; whatever fails, it sees to that
  /// @param most how many there may be at a time
  /// @param patience how long the last ones may take
  Disposal(Consumer<Container> removal, int most, Duration patience) {
    this.removal = removal;
    this.most = most;
    this.patience = patience;
  }

  /// Removes it without the caller, or with, if there are too many already. One that is being
  /// removed goes once.
  void remove(Container container) {
    switch (place(container)) {
      case TAKEN ->
          Thread.ofVirtual()
              .name("docker remove " + container.name())
              .start(() -> removeTaken(container));
      case NO_ROOM -> removal.accept(container);
      case THERE -> {}
    }
  }

  private enum Place {
    TAKEN,
    NO_ROOM,
    THERE
  }

  private Place place(Container container) {
    lock.lock();
    try {
      if (under.contains(container.id())) {
        return Place.THERE;
      }
      if (closed) {
        return Place.NO_ROOM;
      }
      if (under.size() < most) {
        under.add(container.id());
        return Place.TAKEN;
      }
      if (!full) {
        full = true;
        LOGGER.log(
            System.Logger.Level.WARNING,
            "{0} containers are being removed already: calls wait for the removal of theirs",
            under.size());
      }
      return Place.NO_ROOM;
    } finally {
      lock.unlock();
    }
  }

  private void removeTaken(Container container) {
    try {
      removal.accept(container);
    } finally {
      lock.lock();
      try {
        under.remove(container.id());
        full &= !under.isEmpty();
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /// Whose are being removed now.
  Set<SandboxId> ids() {
    lock.lock();
    try {
      return Set.copyOf(under);
    } finally {
      lock.unlock();
    }
  }

  /// Whether that one is being removed now.
  boolean has(SandboxId id) {
    lock.lock();
    try {
      return under.contains(id);
    } finally {
      lock.unlock();
    }
  }

  /// Waits until that one isn't being removed any more, if it is.
  void await(SandboxId id) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (under.contains(id)) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Waits for the last ones; what an engine doesn't remove in time stays, for the next agent to
  /// find. An interruption ends the wait, and is kept.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      for (long left = patience.toNanos(); left > 0 && !under.isEmpty(); ) {
        left = changed.awaitNanos(left);
      }
      if (!under.isEmpty()) {
        LOGGER.log(
            System.Logger.Level.WARNING, "the engine still removes {0} containers", under.size());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }
}
