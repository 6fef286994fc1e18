package org.promisegrid.kernel.dispatch;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Sandbox;

/// Ends one run when its caller takes it back or its time is over, whatever it is doing then:
/// waiting for a place and creating are interrupted, what runs is stopped.
final class Leash implements AutoCloseable {

  /// What a workload gets to end by itself.
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final Cancellation cancellation;
  private final Alarms alarms;
  private final Event.Sink events;
  private final Runnable hook = this::cancel;

  // All below are guarded by this.
  private @Nullable Thread interruptible;
  private @Nullable Sandbox running;
  private @Nullable Bid bid;
  private @Nullable Runnable abandon;
  private Alarms.@Nullable Alarm abandoning;
  private boolean interrupted;
  private boolean cancelled;
  private boolean overdue;
  private int things;

  Leash(Cancellation cancellation, Alarms alarms, Event.Sink events) {
    this.cancellation = cancellation;
    this.alarms = alarms;
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
          var _ = Thread.interrupted();
        }
      }
    }
  }

  /// The same, interrupted also when `most` has passed; [#overdue] then says so.
  <T> T interruptible(Duration most, Blocking<T> work) throws InterruptedException {
    Alarms.Alarm bound = alarm(most);
    try {
      return interruptible(work);
    } finally {
      bound.cancel();
    }
  }

  /// The workload of `sandbox` was started: it is stopped when the caller takes the run back, or
  /// has already, and when `most` has passed.
  ///
  /// @param abandoned told if it was stopped, and long afterwards hasn't ended
  Released running(Sandbox sandbox, Bid taken, Duration most, Runnable abandoned) {
    Alarms.Alarm bound = alarm(most);
    synchronized (this) {
      running = sandbox;
      bid = taken;
      abandon = abandoned;
      abandoning = null;
      if (cancelled) {
        stop();
      }
    }
    return () -> {
      bound.cancel();
      synchronized (this) {
        running = null;
        if (abandoning != null) {
          abandoning.cancel();
        }
      }
    };
  }

  /// Lets go of what runs.
  interface Released extends AutoCloseable {
    @Override
    void close();
  }

  /// How long a driver gets to end or let go of something.
  Duration patience() {
    return alarms.patience();
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

  /// Times the next thing, which is then not overdue yet.
  private synchronized Alarms.Alarm alarm(Duration most) {
    overdue = false;
    int timed = ++things;
    return alarms.set(most, () -> expire(timed));
  }

  private synchronized void cancel() {
    cancelled = true;
    end();
  }

  private synchronized void expire(int timed) {
    if (timed == things) { // else it rang for what is over already
      overdue = true;
      end();
    }
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
    if (abandoning == null) {
      abandoning = alarms.set(GRACE.plus(alarms.patience()), Objects.requireNonNull(abandon));
    }
    Thread.ofVirtual()
        .name("stop " + sandbox.id())
        .start(() -> {
          try {
            sandbox.stop(GRACE);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } catch (RuntimeException | LinkageError e) {
            events.tell(
                new Event.NotClosed(taken.target(), "stopping " + sandbox.id() + " failed: " + e));
            Closing.close(sandbox, taken.target(), alarms.patience(), events);
          }
        });
  }
}
