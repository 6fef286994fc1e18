package org.promisegrid.kernel.dispatch;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Runs short things after a time, on one daemon thread. What is cancelled is forgotten at once:
/// every run sets alarms far in the future and cancels them.
public final class Alarms implements AutoCloseable {

  /// Longer delays are as good as none, and schedulers overflow.
  private static final long LONGEST = TimeUnit.DAYS.toNanos(365);

  /// How long drivers get to end or let go of something.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final ScheduledThreadPoolExecutor executor;
  private final Duration patience;

  public Alarms() {
    this(PATIENCE);
  }

  /// @param patience how long drivers get to end or let go of something
  Alarms(Duration patience) {
    this.patience = patience;
    executor =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("alarms").factory());
    executor.setRemoveOnCancelPolicy(true);
  }

  /// Something that will be run.
  public interface Alarm {
    /// Keeps it from being run, if it hasn't begun.
    void cancel();
  }

  /// Runs `action`, which must not block, once `delay` has passed; never if this is closed before.
  public Alarm set(Duration delay, Runnable action) {
    try {
      Future<?> due =
          executor.schedule(action, Math.min(Exact.nanos(delay), LONGEST), TimeUnit.NANOSECONDS);
      return () -> due.cancel(false);
    } catch (RejectedExecutionException e) {
      return () -> {}; // closed: nothing rings any more, as told above
    }
  }

  /// How long a driver gets to end or let go of something, before it is left alone with it.
  Duration patience() {
    return patience;
  }

  /// How many are set.
  int pending() {
    return executor.getQueue().size();
  }

  /// Forgets all that is set. Idempotent.
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
