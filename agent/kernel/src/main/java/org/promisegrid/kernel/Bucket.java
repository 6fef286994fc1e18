package org.promisegrid.kernel;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// So many in a second, and as many at once. Safe for many threads.
public final class Bucket {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final long each;
  private final LongSupplier nanos;

  /// When all that was taken is given back.
  private final AtomicLong empty;

  /// @param rate in a second; at most a thousand million
  /// @param nanos such as `System::nanoTime`
  public Bucket(long rate, LongSupplier nanos) {
    this.each = Math.max(1, SECOND / rate);
    this.nanos = nanos;
    this.empty = new AtomicLong(nanos.getAsLong());
  }

  /// Takes one.
  ///
  /// @return how long to wait before another try; zero if it was taken
  public Duration take() {
    while (true) {
      long now = nanos.getAsLong();
      long before = empty.get();
      long after = (before - now > 0 ? before : now) + each;
      long over = after - now - Math.max(SECOND, each);
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
