package org.promisegrid.kernel.call;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
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

  private int attempts;

  /// How far what it waits for is, and how often that was told; null once it runs.
  private @Nullable String far;

  private int tellings;

  private boolean over;
  private int watchers;
  private boolean dropped;

  /// @param room refuses what would take of the disk's reserve
  Output(Path scratch, LongConsumer room) {
    this.result = new Spool(scratch, room, lock, changed);
    this.log = new Spool(scratch, room, lock, changed);
  }

  Spool result() {
    return result;
  }

  /// How often the run began anew.
  int attempts() {
    lock.lock();
    try {
      return attempts;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public OutputStream out() {
    lock.lock();
    try {
      far = null;
    } finally {
      lock.unlock();
    }
    return result.stream();
  }

  /// Tells how far the code is that the run waits for. Who reads slowly is told the last of it.
  void bringing(String words) {
    lock.lock();
    try {
      far = words;
      tellings++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
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

  /// Says that the run has ended, and removes what was kept of it once the last watcher is done.
  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      over = true;
      result.finish();
      log.finish();
      dropIfUnwatched();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void dropIfUnwatched() throws IOException {
    if (over && watchers == 0 && !dropped) {
      dropped = true;
      result.close();
      log.close();
    }
  }

  /// How far somebody has read.
  ///
  /// @param run how often the run had begun anew
  /// @param output bytes of its result
  /// @param log bytes of its log
  record Place(int run, long output, long log) {
    static final Place BEGIN = new Place(0, 0, 0);
  }

  /// A new watcher, who goes on from a place. To be closed.
  Watcher watcher(Place from) {
    lock.lock();
    try {
      watchers++;
      return new Watcher(from);
    } finally {
      lock.unlock();
    }
  }

  /// What a watcher comes upon.
  sealed interface Seen {
    /// Bytes of the result, from a place on.
    record Result(long at, Item.Bytes bytes) implements Seen {}

    /// Bytes of the log, from a place on.
    record Log(long at, Item.Bytes bytes) implements Seen {}

    /// All that was seen is void: contact was lost, and the run began anew elsewhere.
    ///
    /// @param run how often it has begun anew
    record Again(int run) implements Seen {}

    /// How far what the run waits for is.
    record Bringing(String far) implements Seen {}

    /// Nothing within the time.
    record Quiet() implements Seen {}

    /// The run has ended, and all was seen.
    record Over() implements Seen {}
  }

  /// Reads along. Of one thread.
  final class Watcher implements AutoCloseable {
    private int attempt;
    private long resultAt;
    private long logAt;
    private int told;
    private boolean closed;

    private Watcher(Place from) {
      this.attempt = from.run();
      this.resultAt = from.output();
      this.logAt = from.log();
    }

    /// Waits for what comes next.
    Seen next(Duration atMost) throws InterruptedException, IOException {
      long nanos = atMost.toNanos();
      lock.lockInterruptibly();
      try {
        while (true) {
          if (dropped) {
            return new Seen.Over();
          }
          if (attempt != attempts) {
            attempt = attempts;
            resultAt = 0;
            logAt = 0;
            return new Seen.Again(attempt);
          }
          String words = far;
          if (words != null && told != tellings) {
            told = tellings;
            return new Seen.Bringing(words);
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
          if (over) {
            return new Seen.Over();
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

    /// Lets what was kept for it go. Idempotent.
    @Override
    public void close() {
      lock.lock();
      try {
        if (!closed) {
          closed = true;
          watchers--;
          dropIfUnwatched();
        }
      } catch (IOException e) {
        throw new UncheckedIOException("a spool that can't be removed", e);
      } finally {
        lock.unlock();
      }
    }
  }
}
