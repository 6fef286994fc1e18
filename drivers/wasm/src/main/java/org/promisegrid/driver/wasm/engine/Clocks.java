package org.promisegrid.driver.wasm.engine;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/// The clocks a workload can read: real ones, or for a pure workload two that stand still.
final class Clocks {

  static final int REALTIME = 0;
  static final int MONOTONIC = 1;
  private static final int PROCESS = 2;
  private static final int THREAD = 3;

  /// 2000-01-01T00:00:00Z: after 1980, where ZIP begins, and far from the zero that some programs
  /// take for a failure.
  private static final long CONSTANT_REALTIME = TimeUnit.SECONDS.toNanos(946_684_800);

  /// One second after it began; Go's start-up gives up at zero.
  private static final long CONSTANT_MONOTONIC = TimeUnit.SECONDS.toNanos(1);

  private final Surroundings surroundings;

  Clocks(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  static boolean has(int clock) {
    return clock == REALTIME || clock == MONOTONIC;
  }

  /// Nanoseconds on a clock that [#has].
  long read(int clock) {
    if (surroundings.pure()) {
      return clock == REALTIME ? CONSTANT_REALTIME : CONSTANT_MONOTONIC;
    }
    if (clock == MONOTONIC) {
      return System.nanoTime();
    }
    Instant now = surroundings.now();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }

  int tell(LinearMemory memory, int clock, int into) {
    if (clock == PROCESS || clock == THREAD) {
      return Wasi.ENOTSUP;
    }
    if (!has(clock)) {
      return Wasi.EINVAL;
    }
    memory.writeLong(into, read(clock));
    return Wasi.SUCCESS;
  }
}
