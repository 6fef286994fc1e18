package org.promisegrid.server.wire;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Somebody at the other end of a connection, for as long as a call of theirs is handled. When they
/// leave, the thread that handles it is interrupted, which is how the kernel learns of it.
public final class Visit implements AutoCloseable {

  /// What is done for a caller.
  @FunctionalInterface
  public interface Work<T, E extends Exception> {
    T run() throws E, InterruptedException;
  }

  private final Visits all;
  private final Runnable cut;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Thread handling;
  private boolean left;

  /// When the sending that is under way began; 0 if none is. Read by the one that looks for stuck
  /// ones.
  private volatile long sending;

  Visit(Visits all, Runnable cut) {
    this.all = all;
    this.cut = cut;
  }

  /// Does `work` on this thread, which [#leave] interrupts.
  ///
  /// @throws InterruptedException if the caller left before, or leaves meanwhile
  public <T, E extends Exception> T attend(Work<T, E> work) throws E, InterruptedException {
    Thread before = enter();
    try {
      return work.run();
    } finally {
      exit(before);
    }
  }

  private @Nullable Thread enter() throws InterruptedException {
    lock.lock();
    try {
      if (left) {
        throw new InterruptedException("the caller left");
      }
      Thread before = handling;
      handling = Thread.currentThread();
      return before;
    } finally {
      lock.unlock();
    }
  }

  private void exit(@Nullable Thread before) {
    lock.lock();
    try {
      handling = before;
      if (left) {
        // The interrupt was for the work, which is over: it may not hit what comes after it.
        var _ = Thread.interrupted();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Says that the caller is gone.
  public void leave() {
    lock.lock();
    try {
      left = true;
      if (handling != null) {
        handling.interrupt();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Whether the caller is gone.
  public boolean isOver() {
    lock.lock();
    try {
      return left;
    } finally {
      lock.unlock();
    }
  }

  /// Something is being sent: for how long, is watched until [#sent].
  public void send() {
    sending = Math.max(1, System.nanoTime());
  }

  /// It was.
  public void sent() {
    sending = 0;
  }

  /// Cuts the connection off if a sending has been stuck for longer than `most`.
  void cutIfStuck(Duration most) {
    long since = sending;
    if (since != 0 && System.nanoTime() - since > most.toNanos()) {
      end();
    }
  }

  /// Cuts the connection off, and ends what is being done for it.
  void end() {
    cut.run();
    leave();
  }

  /// The call has been answered.
  @Override
  public void close() {
    all.over(this);
  }
}
