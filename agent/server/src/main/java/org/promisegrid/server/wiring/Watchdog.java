package org.promisegrid.server.wiring;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Tells the service manager again and again that the agent is alive, as long as it is. An agent
/// that falls silent is ended by the manager, which starts another: all that helps once the journal
/// has failed.
final class Watchdog implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Watchdog.class.getName());

  private final ServiceNotice notice;
  private final BooleanSupplier alive;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("watchdog").daemon().factory());

  Watchdog(ServiceNotice notice, BooleanSupplier alive) {
    this.notice = notice;
    this.alive = alive;
  }

  /// Begins, if the manager wants to hear it: twice within the time that it gives.
  void start() {
    notice
        .watch()
        .ifPresent(watch -> {
          long period = Math.max(1, watch.toNanos() / 2);
          var _ = thread.scheduleAtFixedRate(this::tell, 0, period, TimeUnit.NANOSECONDS);
        });
  }

  private void tell() {
    if (!alive.getAsBoolean()) {
      return;
    }
    try {
      notice.alive();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "the service manager will miss a sign of life", e);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
