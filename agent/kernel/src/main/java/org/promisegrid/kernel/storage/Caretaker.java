package org.promisegrid.kernel.storage;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.promisegrid.kernel.content.StorageException;
import org.promisegrid.kernel.journal.Ending;
import org.promisegrid.kernel.journal.JournalException;

/// Has collected now and then what nobody needs, so that nobody has to remember it.
public final class Caretaker implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Caretaker.class.getName());

  /// The first time comes so much sooner: an agent that is started again every day collects, too.
  private static final int SOONER = 24;

  private final Collector collector;
  private final Elsewhere elsewhere;
  private final Clockwatch watch;
  private final Duration every;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  /// Collects what lies on targets, not on this host's disk.
  @FunctionalInterface
  public interface Elsewhere {
    void collect() throws InterruptedException;
  }

  /// @param every how often
  public Caretaker(Collector collector, Elsewhere elsewhere, Clockwatch watch, Duration every) {
    this.collector = collector;
    this.elsewhere = elsewhere;
    this.watch = watch;
    this.every = every;
    this.thread = Thread.ofPlatform().name("caretaker").daemon().unstarted(this::keepCollecting);
  }

  public void start() {
    thread.start();
  }

  /// Ends what it is removing: what is gone by then is gone.
  @Override
  public void close() {
    closed.countDown();
    thread.interrupt();
    Ending.await(thread); // what it works on is closed next: it can't be left alone
  }

  private void keepCollecting() {
    try {
      long wait = every.toNanos() / SOONER;
      while (!closed.await(wait, TimeUnit.NANOSECONDS)) {
        collect();
        wait = every.toNanos();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private void collect() throws InterruptedException {
    try {
      collectUnlessInDoubt();
    } catch (UnreadException | StorageException | JournalException e) {
      LOG.log(System.Logger.Level.WARNING, "nothing was collected; `grid gc` tells more", e);
    } catch (RuntimeException e) {
      // Once the thread ended, nothing would be collected until the next start, and nobody told.
      LOG.log(System.Logger.Level.ERROR, "a collection failed; the next one will be tried", e);
    }
  }

  private void collectUnlessInDoubt() throws UnreadException, InterruptedException {
    Instant now = watch.now();
    Optional<String> doubt = watch.doubt(now);
    if (doubt.isPresent()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "nothing is collected, as the clock may be wrong: {0}. If it is right, start the agent"
              + " anew, or collect by `grid gc`",
          doubt.get());
      return;
    }
    Optional<Collector.Done> done = collector.collect(Optional.empty(), now);
    if (done.isEmpty()) {
      LOG.log(System.Logger.Level.WARNING, "nothing was collected: {0}", collector.underWay());
    }
    done.filter(it -> it.removed().contents() > 0)
        .ifPresent(it ->
            LOG.log(
                System.Logger.Level.INFO,
                "collected {0} contents of {1} bytes",
                it.removed().contents(),
                it.removed().bytes()));
    elsewhere.collect();
  }
}
