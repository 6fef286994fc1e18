package org.promisegrid.server.wire;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Everybody whose calls are being handled. Closing it lets nobody in any more, and waits until
/// everybody is out: whoever is closed after it is used by nobody.
public final class Visits implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Visits.class.getName());

  /// How long those inside have to finish by themselves, and how long after that.
  private static final Duration GRACE = Duration.ofSeconds(2);

  private static final Duration LAST = Duration.ofSeconds(10);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition fewer = lock.newCondition();
  private final Set<Visit> inside = new HashSet<>();
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("stuck connections").factory());
  private final Duration stuck;
  private boolean closed;

  /// @param stuck longest that one piece of an answer may wait to be taken
  public Visits(Duration stuck) {
    this.stuck = stuck;
    // The shortest times that an option takes are of less than six milliseconds.
    long every = Math.max(1, stuck.toMillis() / 6);
    var _ = watch.scheduleWithFixedDelay(this::look, every, every, TimeUnit.MILLISECONDS);
  }

  /// Lets somebody in; the visit is to be closed.
  ///
  /// @param cut cuts their connection off
  /// @throws InterruptedException if this is closed
  public Visit begin(Runnable cut) throws InterruptedException {
    Visit visit = new Visit(this, cut);
    lock.lock();
    try {
      if (closed) {
        throw new InterruptedException("the agent is ending");
      }
      inside.add(visit);
      return visit;
    } finally {
      lock.unlock();
    }
  }

  void over(Visit visit) {
    lock.lock();
    try {
      inside.remove(visit);
      fewer.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void look() {
    for (Visit visit : now()) {
      visit.cutIfStuck(stuck);
    }
  }

  private List<Visit> now() {
    lock.lock();
    try {
      return List.copyOf(inside);
    } finally {
      lock.unlock();
    }
  }

  /// Says that nobody is let in any more, and that whoever only follows shall go.
  public void announceEnd() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  /// Whether the end was announced: whoever follows something without an end of its own stops then.
  public boolean isEnding() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /// How many calls are being handled.
  public int size() {
    return now().size();
  }

  @Override
  public void close() {
    announceEnd();
    watch.shutdownNow();
    if (!awaitNobody(GRACE)) {
      now().forEach(Visit::end);
      if (!awaitNobody(LAST)) {
        LOG.log(System.Logger.Level.WARNING, "{0} calls are still being handled", size());
      }
    }
  }

  private boolean awaitNobody(Duration atMost) {
    long left = atMost.toNanos();
    lock.lock();
    try {
      while (!inside.isEmpty() && left > 0) {
        left = fewer.awaitNanos(left);
      }
      return inside.isEmpty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }
}
