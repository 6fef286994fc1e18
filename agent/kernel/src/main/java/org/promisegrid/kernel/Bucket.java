package org.promisegrid.kernel;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// So many in a window of time, and as many at once. Safe for many threads.
public final class Bucket {

  private final long each;
  private final long window;
  private final LongSupplier nanos;

  /// When all that was taken is given back.
  private final AtomicLong empty;

  /// @param rate in a second; at most a thousand million
  /// @param nanos such as `System::nanoTime`
  public Bucket(long rate, LongSupplier nanos) {
    this(rate, Duration.ofSeconds(1), nanos);
  }

  /// @param rate in a window; at most as many as it has nanoseconds
  /// @param nanos such as `System::nanoTime`
  Bucket(long rate, Duration window, LongSupplier nanos) {
    this.window = window.toNanos();
    this.each = Math.max(1, this.window / rate);
    this.nanos = nanos;
    this.empty = new AtomicLong(nanos.getAsLong());
  }

  /// Takes one.
  ///
  /// @return how long to wait before another try; zero if it was taken
  public Duration take() {
    return take(1);
  }

  /// Takes so many, or none.
  ///
  /// @return how long to wait before another try; zero if they were taken
  Duration take(long many) {
    while (true) {
      long now = nanos.getAsLong();
      long before = empty.get();
      long after = (before - now > 0 ? before : now) + many * each;
      long over = after - now - Math.max(window, each);
      if (over > 0) {
        return Duration.ofNanos(over);
      }
      if (empty.compareAndSet(before, after)) {
        return Duration.ZERO;
      }
    }
  }

  /// Whether nothing is taken: a new one would do as well.
  boolean isFull() {
    return empty.get() - nanos.getAsLong() <= 0;
  }
}
