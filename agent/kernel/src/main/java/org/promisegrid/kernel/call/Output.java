package org.promisegrid.kernel.call;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.promisegrid.kernel.dispatch.Sinks;
import org.promisegrid.kernel.message.Item;

/// What a run writes, result and log, while it runs; any number of watchers read along, each at its
/// own pace.
final class Output implements Sinks, AutoCloseable {

  private static final int PIECE = 64 * 1024;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Spool result;
  private final Spool log;

  /// How often the run began anew.
  private int attempts;

  private boolean over;

  Output(Path scratch) {
    this.result = new Spool(scratch, lock, changed);
    this.log = new Spool(scratch, lock, changed);
  }

  Spool result() {
    return result;
  }

  @Override
  public OutputStream out() {
    return result.stream();
  }

  @Override
  public OutputStream log() {
    return log.stream();
  }

  @Override
  public void restart() throws IOException {
    lock.lock();
    try {
      attempts++;
      result.restart();
      log.restart();
    } finally {
      lock.unlock();
    }
  }

  /// Says that the run has ended, and removes what was kept of it.
  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      over = true;
      result.close();
      log.close();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// A new watcher, at the beginning.
  Watcher watcher() {
    return new Watcher();
  }

  /// What a watcher comes upon.
  sealed interface Seen {
    /// Bytes of the result, from a place on.
    record Result(long at, Item.Bytes bytes) implements Seen {}

    /// Bytes of the log, from a place on.
    record Log(long at, Item.Bytes bytes) implements Seen {}

    /// All that was seen is void: contact was lost, and the run began anew elsewhere.
    record Again() implements Seen {}

    /// Nothing within the time.
    record Quiet() implements Seen {}

    /// The run has ended; what wasn't seen by now is in the result.
    record Over() implements Seen {}
  }

  /// Reads along. Of one thread.
  final class Watcher {
    private int attempt;
    private long resultAt;
    private long logAt;

    /// Waits for what comes next.
    Seen next(Duration atMost) throws InterruptedException, IOException {
      long nanos = atMost.toNanos();
      lock.lockInterruptibly();
      try {
        while (true) {
          if (over) {
            return new Seen.Over();
          }
          if (attempt != attempts) {
            attempt = attempts;
            resultAt = 0;
            logAt = 0;
            return new Seen.Again();
          }
          byte[] bytes = result.read(resultAt, PIECE);
          if (bytes.length > 0) {
            resultAt += bytes.length;
            return new Seen.Result(resultAt - bytes.length, Item.of(bytes));
          }
          bytes = log.read(logAt, PIECE);
          if (bytes.length > 0) {
            logAt += bytes.length;
            return new Seen.Log(logAt - bytes.length, Item.of(bytes));
          }
          if (nanos <= 0) {
            return new Seen.Quiet();
          }
          nanos = changed.awaitNanos(nanos);
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
