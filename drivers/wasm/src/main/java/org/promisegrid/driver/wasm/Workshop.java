package org.promisegrid.driver.wasm;

import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/// What all runs of one driver share.
///
/// @param threads where workloads run
/// @param timer what ends those that run too long
record Workshop(
    Turns turns,
    MemoryPool memory,
    InstantSource clock,
    ExecutorService threads,
    ScheduledExecutorService timer)
    implements AutoCloseable {

  /// What a native program's main thread has, usually. Only what is touched takes memory.
  private static final long STACK = 8 << 20;

  static Workshop of(Settings settings, InstantSource clock) {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("wasm-timer").daemon().factory());
    timer.setRemoveOnCancelPolicy(true);
    return new Workshop(
        new Turns(settings.threads()),
        new MemoryPool(settings.memory()),
        clock,
        Executors.newCachedThreadPool(
            Thread.ofPlatform().name("wasm-run-", 0).daemon().stackSize(STACK).factory()),
        timer);
  }

  /// What runs is ended.
  @Override
  public void close() {
    threads.shutdownNow();
    timer.shutdownNow();
  }
}
