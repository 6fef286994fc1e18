package org.promisegrid.kernel.content;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Lets all who want something written while a write is in progress share the next one.
///
/// RocksDB does the same for threads that call it. But a call into it holds the carrier of a
/// virtual thread, of which there are as many as processors: the others wouldn't get as far.
final class Group {

  /// What is written together.
  private static final class Batch {
    private final List<Database.Change> changes = new ArrayList<>();
    private boolean done;
    private @Nullable Throwable failure;
  }

  private final Consumer<List<Database.Change>> writing;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition written = lock.newCondition();
  private Batch next = new Batch();
  private boolean busy;

  Group(Consumer<List<Database.Change>> writing) {
    this.writing = writing;
  }

  /// Returns when the changes are written. An interrupt doesn't end the wait: nobody could tell
  /// then whether they were.
  void write(List<Database.Change> changes) {
    Batch mine;
    lock.lock();
    try {
      mine = next;
      mine.changes.addAll(changes);
      while (busy && !mine.done) {
        written.awaitUninterruptibly();
      }
      if (mine.done) {
        check(mine);
        return;
      }
      // The first who finds nobody writing writes for all who came with it.
      busy = true;
      next = new Batch();
    } finally {
      lock.unlock();
    }
    lead(mine);
  }

  private void lead(Batch batch) {
    try {
      writing.accept(batch.changes);
    } catch (RuntimeException | Error e) {
      batch.failure = e;
      throw e;
    } finally {
      lock.lock();
      try {
        busy = false;
        batch.done = true;
        written.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /// Tells the others how it ended, each with an exception of their own.
  private static void check(Batch batch) {
    switch (batch.failure) {
      case null -> {}
      case StorageException e ->
          throw new StorageException(e.kind(), "writing together with others", e.path(), e);
      default -> throw new IllegalStateException("writing together with others", batch.failure);
    }
  }
}
