package org.promisegrid.kernel.dispatch;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Sandbox;

/// Ends one run when its caller takes it back or its time is over, whatever it is doing then:
/// waiting for a place and creating are interrupted, what runs is stopped.
final class Leash implements AutoCloseable {

  /// What a workload gets to end by itself.
  private static final Duration GRACE = Duration.ofSeconds(2);

  /// Longer delays are as good as none, and schedulers overflow.
  private static final long LONGEST_DELAY = TimeUnit.DAYS.toNanos(365);

  private final Cancellation cancellation;
  private final ScheduledExecutorService scheduler;
  private final Event.Sink events;
  private final Runnable hook = this::cancel;

  // All below are guarded by this.
  private @Nullable Thread interruptible;
  private @Nullable Sandbox running;
  private @Nullable Bid bid;
  private boolean interrupted;
  private boolean cancelled;
  private boolean overdue;

  Leash(Cancellation cancellation, ScheduledExecutorService scheduler, Event.Sink events) {
    this.cancellation = cancellation;
    this.scheduler = scheduler;
    this.events = events;
    cancellation.onCancel(hook);
  }

  /// Something that blocks and heeds interrupts.
  interface Blocking<T> {
    T run() throws InterruptedException;
  }

  /// Does `work`, which is interrupted when the caller takes the run back.
  <T> T interruptible(Blocking<T> work) throws InterruptedException {
    synchronized (this) {
      if (cancelled) {
        throw new InterruptedException("the run was taken back");
      }
      interruptible = Thread.currentThread();
    }
    try {
      return work.run();
    } finally {
      synchronized (this) {
        interruptible = null;
        if (interrupted) {
          // Ours, and it may have come too late to be noticed: it mustn't hit what comes next.
          interrupted = false;
          boolean unused = Thread.interrupted();
        }
      }
    }
  }

  /// The same, interrupted also when `most` has passed; [#overdue] then says so.
  <T> T interruptible(Duration most, Blocking<T> work) throws InterruptedException {
    synchronized (this) {
      overdue = false;
    }
    ScheduledFuture<?> bound = schedule(most);
    try {
      return interruptible(work);
    } finally {
      bound.cancel(false);
    }
  }

  /// The workload of `sandbox` was started: it is stopped when the caller takes the run back, or
  /// has already, and when `most` has passed.
  Released running(Sandbox sandbox, Bid taken, Duration most) {
    synchronized (this) {
      overdue = false;
      running = sandbox;
      bid = taken;
      if (cancelled) {
        stop();
      }
    }
    ScheduledFuture<?> bound = schedule(most);
    return () -> {
      bound.cancel(false);
      synchronized (this) {
        running = null;
      }
    };
  }

  /// Lets go of what runs.
  interface Released extends AutoCloseable {
    @Override
    void close();
  }

  /// Whether the caller has taken the run back.
  synchronized boolean cancelled() {
    return cancelled;
  }

  /// Whether the last thing took longer than it may.
  synchronized boolean overdue() {
    return overdue;
  }

  @Override
  public void close() {
    cancellation.forget(hook);
  }

  private ScheduledFuture<?> schedule(Duration most) {
    return scheduler.schedule(
        this::expire, Math.min(Exact.nanos(most), LONGEST_DELAY), TimeUnit.NANOSECONDS);
  }

  private synchronized void cancel() {
    cancelled = true;
    end();
  }

  private synchronized void expire() {
    overdue = true;
    end();
  }

  private void end() {
    if (interruptible != null) {
      interrupted = true;
      interruptible.interrupt();
    } else if (running != null) {
      stop();
    }
  }

  /// On a thread of its own: whoever cancels doesn't wait for it.
  private void stop() {
    Sandbox sandbox = Objects.requireNonNull(running);
    Bid taken = Objects.requireNonNull(bid);
    Thread.ofVirtual()
        .name("stop " + sandbox.id())
        .start(
            () -> {
              try {
                sandbox.stop(GRACE);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (RuntimeException e) {
                events.tell(
                    new Event.NotClosed(
                        taken.target(), "stopping " + sandbox.id() + " failed: " + e));
                Closing.close(sandbox, taken.target(), events);
              }
            });
  }
}
