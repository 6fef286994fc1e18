package org.promisegrid.shim;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Says HELLO until somebody answers and PING from then on, sees whether the other is still there,
/// and whether somebody still takes what a run wrote whose time is up.
final class Watch {

  /// How long after a run's time is up its output may still be on its way before whoever doesn't
  /// take it is given up: the shim itself has ended the run by then.
  private static final Duration STALL = Duration.ofSeconds(1);

  private final Pace pace;
  private final byte[] hello;
  private final Listening listening;
  private final Outbox outbox;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean greeted;
  private boolean over;
  private Duration ping;
  private long nextWord = System.nanoTime();
  private @Nullable Long timeIsUp;

  Watch(Pace pace, ShimKey key, Listening listening, Outbox outbox) {
    this.pace = pace;
    this.hello = Frame.hello(key);
    this.listening = listening;
    this.outbox = outbox;
    this.ping = pace.ping();
  }

  void greeted() {
    lock.lock();
    try {
      greeted = true;
    } finally {
      lock.unlock();
    }
  }

  /// It is to be heard three times within `lease`; as long as that is no other's affair, if zero.
  void lease(Duration lease) {
    Duration third = lease.dividedBy(3);
    lock.lock();
    try {
      if (lease.isPositive() && third.compareTo(ping) < 0) {
        ping = third;
        nextWord = System.nanoTime();
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /// A run begins that may take so long; for ever if zero.
  void time(Duration most) {
    lock.lock();
    try {
      if (most.isPositive()) {
        timeIsUp = System.nanoTime() + most.plus(STALL).toNanos();
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /// There is nothing to be watched any more.
  void end() {
    lock.lock();
    try {
      over = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Watches until it is over.
  ///
  /// @param late what is done when a run's time is up, and again until it is over
  /// @return true once it is over; false if the other is silent
  boolean keep(Runnable late) throws InterruptedException {
    long asked = System.nanoTime();
    long unanswered = 0;
    while (awaitTurn()) {
      if (isLate()) {
        late.run();
        continue;
      }
      // Counted, not measured: a machine that stood still itself hasn't heard nothing.
      unanswered = listening.waitsSince(asked) ? unanswered + 1 : 0;
      asked = System.nanoTime();
      if (!speak(unanswered)) {
        return false;
      }
    }
    return true;
  }

  private boolean awaitTurn() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!over) {
        long now = System.nanoTime();
        long left = nextWord - now;
        if (timeIsUp != null) {
          left = Math.min(left, timeIsUp - now);
        }
        if (left <= 0) {
          return true;
        }
        changed.awaitNanos(left);
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  private boolean isLate() {
    lock.lock();
    try {
      long now = System.nanoTime();
      if (timeIsUp == null || timeIsUp - now > 0) {
        return false;
      }
      timeIsUp = now + STALL.toNanos();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// False if that has been in vain too often; whoever greets has a patience of its own.
  private boolean speak(long unanswered) {
    lock.lock();
    try {
      if (greeted && unanswered > pace.silence().dividedBy(ping)) {
        return false;
      }
      nextWord = System.nanoTime() + (greeted ? ping : pace.hello()).toNanos();
      outbox.remind(greeted ? Frame.of(Frame.PING) : hello.clone());
      return true;
    } finally {
      lock.unlock();
    }
  }
}
