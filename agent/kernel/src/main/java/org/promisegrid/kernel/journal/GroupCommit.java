package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.content.StorageException;

/// Writes for many at once: one seal and one force of the disk for all who have written by then,
/// and one handing on. See [Journal].
final class GroupCommit implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(GroupCommit.class.getName());

  private static final long FLUSH_EVERY = TimeUnit.MILLISECONDS.toNanos(500);

  /// How many entries are gathered at most; what the follower makes of them is in memory.
  private static final int MOST_GATHERED = 1000;

  /// How many bytes are written at most that aren't on the disk and applied yet: entries of some
  /// ten thousand calls. They are in memory, with what the follower makes of them; whoever wants to
  /// write more while the disk stalls waits for it.
  static final long MOST_AHEAD = 2 << 20;

  /// How often the same is tried at most, where it isn't room that lacks: for a minute, or for so
  /// many who want to write. Then it takes a new start, which makes a damaged index anew.
  static final int MOST_TRIES = 120;

  /// How often it is tried for those who wait already, where room was made for it: the index takes
  /// some seconds to notice that.
  private static final int PATIENCE = 30;

  private final Tail tail;
  private final Room room;
  private final Archiver archiver;
  private final Journal.Follower follower;

  /// Guards the tail and what waits to be flushed.
  private final ReentrantLock writing = new ReentrantLock();

  /// There is something to be flushed, at once or in time.
  private final Condition work = writing.newCondition();

  /// Something was flushed, or never will be.
  private final Condition progress = writing.newCondition();

  /// Held while the follower applies. Taken before `writing`.
  private final ReentrantLock applying = new ReentrantLock();

  private List<Entry.Stamped> pending = new ArrayList<>();

  /// Whether somebody waits for what is pending.
  private boolean urgent;

  /// When what is pending has to be flushed at the latest, by `System.nanoTime`.
  private long due;

  private boolean closed;

  /// Whether nothing more will be flushed.
  private boolean ended;

  /// The force that failed, or what was tried too often.
  private @Nullable JournalException failure;

  /// What sealing or the follower failed with, and how often.
  private @Nullable JournalException stuck;

  private long failures;

  /// How often in a row, for want of anything but room.
  private int tries;

  /// How often in a row for want of room, where there was some: nobody who waits was told.
  private int impatience;

  /// Where everything before is on the disk and applied.
  private long flushed;

  private long lastFlushed;

  private final Thread flusher;

  /// @param last the offset of the last entry; 0 if there is none
  GroupCommit(
      Journal.Setup setup, Tail tail, Archiver archiver, Journal.Follower follower, long last) {
    this.tail = tail;
    this.archiver = archiver;
    this.follower = follower;
    this.lastFlushed = last;
    this.flushed = tail.end();
    this.room = new Room(setup.disk(), setup.directory());
    this.flusher = Thread.ofPlatform().name("journal").daemon().start(this::run);
  }

  /// Records what happened. A durable entry is on the disk and applied when this returns; any other
  /// is written and applied. An interrupt doesn't end the wait: nobody could tell then whether it
  /// was recorded.
  ///
  /// @return its offset
  /// @throws JournalException if it isn't recorded: `EXHAUSTED` where the disk is full, else
  ///   `BROKEN`; or if it is, and couldn't be applied yet
  long append(Entry entry) {
    Entry.Stamped stamped;
    writing.lock();
    try {
      awaitRoom();
      if (stuck != null) {
        awaitFlushed(tail.end() - 1);
      }
      stamped = write(entry);
      if (entry.kind().durable()) {
        awaitFlushed(stamped.offset());
      }
    } finally {
      writing.unlock();
    }
    if (!entry.kind().durable()) {
      applyAtOnce(stamped);
    }
    return stamped.offset();
  }

  /// Waits until everything recorded so far is on the disk and applied.
  void flush() {
    writing.lock();
    try {
      awaitFlushed(tail.end() - 1);
    } finally {
      writing.unlock();
    }
  }

  /// Where the next record will begin.
  long end() {
    writing.lock();
    try {
      return tail.end();
    } finally {
      writing.unlock();
    }
  }

  /// Whether nothing will be added any more.
  boolean isClosed() {
    writing.lock();
    try {
      return closed;
    } finally {
      writing.unlock();
    }
  }

  /// Whether only what must go on is recorded now.
  boolean isLow() {
    return room.isLow();
  }

  /// Whether what the disk holds is unknown, or it can't be applied, so that nothing is recorded
  /// any more.
  boolean hasFailed() {
    writing.lock();
    try {
      return failure != null;
    } finally {
      writing.unlock();
    }
  }

  /// The offset of the newest entry that can be read, 0 if there is none.
  long last() {
    writing.lock();
    try {
      return lastFlushed;
    } finally {
      writing.unlock();
    }
  }

  /// Where everything before can be read: what was recorded until now is flushed first.
  long readable() {
    writing.lock();
    try {
      awaitFlushed(tail.end() - 1);
      return flushed;
    } catch (JournalException _) {
      // Whoever writes is told. What is on the disk can be read all the same: to find out why.
      return flushed;
    } finally {
      writing.unlock();
    }
  }

  /// Waits until there is something to be read at `offset`, or `atMost` has passed.
  ///
  /// @return whether there is
  boolean await(long offset, Duration atMost) throws InterruptedException {
    long nanos = atMost.toNanos();
    writing.lockInterruptibly();
    try {
      while (flushed <= offset && !closed) {
        if (nanos <= 0) {
          return false;
        }
        nanos = progress.awaitNanos(nanos);
      }
      return flushed > offset;
    } finally {
      writing.unlock();
    }
  }

  /// Flushes what was written, and lets go of the file.
  @Override
  public void close() {
    writing.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      work.signal();
      progress.signalAll();
    } finally {
      writing.unlock();
    }
    Ending.await(flusher);
    try (tail;
        archiver) {
      writing.lock();
      try {
        if (failure == null && stuck != null) {
          throw stuck;
        }
      } finally {
        writing.unlock();
      }
    } catch (IOException e) {
      throw JournalException.broken("closing the journal " + tail, e);
    }
  }

  private Entry.Stamped write(Entry entry) {
    checkSound();
    if (closed) {
      throw new JournalException(
          JournalException.Kind.BROKEN, "the journal " + tail + " is closed", null);
    }
    room.require(entry.kind());
    Entry.Stamped stamped = toTail(entry);
    if (pending.isEmpty()) {
      due = System.nanoTime() + FLUSH_EVERY;
      work.signal();
    }
    pending.add(stamped);
    if (pending.size() >= MOST_GATHERED) {
      urgent = true;
      work.signal();
    }
    return stamped;
  }

  /// Writes an entry; one that must go on gets the room that is set aside. `writing` is held.
  private Entry.Stamped toTail(Entry entry) {
    try {
      return tail.write(entry);
    } catch (IOException e) {
      JournalException unwritten = unwritten(e);
      if (isFull(unwritten) && entry.kind().vital() && room.release()) {
        return toTail(entry);
      }
      throw unwritten;
    }
  }

  private static boolean isFull(JournalException failure) {
    return failure.kind() == JournalException.Kind.EXHAUSTED;
  }

  /// What a failed write means. `writing` is held.
  private JournalException unwritten(IOException cause) {
    if (cause instanceof Tail.CutOffException) {
      failure = JournalException.broken("writing to the journal " + tail, cause);
      return failure;
    }
    return room.unwritten(cause);
  }

  /// `writing` is held.
  private void checkSound() {
    if (failure != null) {
      throw new JournalException(
          failure.kind(), "the journal " + tail + " failed earlier", failure);
    }
  }

  /// Waits until the entry at `offset` is on the disk and applied. `writing` is held.
  private void awaitFlushed(long offset) {
    long before = failures;
    while (flushed <= offset) {
      checkSound();
      if (stuck != null && (ended || failures != before)) {
        throw new JournalException(stuck.kind(), "not sealed, or not in the index: " + tail, stuck);
      }
      urgent = true;
      work.signal();
      progress.awaitUninterruptibly();
    }
  }

  /// Waits until less is in memory than may be, or it turns out that it never will be. `writing` is
  /// held.
  private void awaitRoom() {
    while (tail.end() - flushed >= MOST_AHEAD && failure == null && stuck == null && !closed) {
      urgent = true;
      work.signal();
      progress.awaitUninterruptibly();
    }
  }

  /// Lets the follower know of an entry that needn't be on the disk, unless it does already: then
  /// it may know of later ones, too, which this one must not undo.
  private void applyAtOnce(Entry.Stamped stamped) {
    applying.lock();
    try {
      if (!isFlushed(stamped.offset())) {
        follower.apply(List.of(stamped), 0);
      }
    } finally {
      applying.unlock();
    }
  }

  private boolean isFlushed(long offset) {
    writing.lock();
    try {
      return flushed > offset;
    } finally {
      writing.unlock();
    }
  }

  /// What the journal's own thread does.
  private void run() {
    try {
      while (awaitWork()) {
        flushPending();
      }
    } catch (InterruptedException | RuntimeException | Error e) {
      fail(
          new JournalException(
              JournalException.Kind.BROKEN, "the thread of the journal " + tail + " ended", e));
    } finally {
      ended();
    }
  }

  private void ended() {
    writing.lock();
    try {
      ended = true;
      progress.signalAll();
    } finally {
      writing.unlock();
    }
  }

  /// Returns whether there is something to flush; otherwise the journal is closed, or has failed.
  private boolean awaitWork() throws InterruptedException {
    writing.lock();
    try {
      while (failure == null && !closed && !(urgent && !pending.isEmpty())) {
        long left = due - System.nanoTime();
        if (pending.isEmpty()) {
          work.await();
        } else if (left > 0) {
          // Not waiting for anything: gathering what is written meanwhile, for one flush.
          var _ = work.awaitNanos(left);
        } else {
          break;
        }
      }
      // What the follower didn't take when the journal was closed, it is told at the next start.
      return failure == null && !pending.isEmpty() && !(closed && stuck != null);
    } finally {
      writing.unlock();
    }
  }

  private void flushPending() {
    List<Entry.Stamped> batch;
    boolean full;
    long upTo;
    writing.lock();
    try {
      batch = pending;
      pending = new ArrayList<>();
      urgent = false;
      full = tail.isFull();
      try {
        tail.seal();
      } catch (IOException e) {
        putBack(batch, unwritten(e));
        return;
      }
      if (full) {
        // Once in a while; whoever writes meanwhile waits for the same disk.
        force();
        next();
      }
      upTo = tail.end();
      room.look();
      if (failure != null) {
        return;
      }
    } finally {
      writing.unlock();
    }
    if (!full && !force()) {
      return;
    }
    applying.lock();
    try {
      follower.apply(batch, upTo);
      flushed(batch.getLast().offset(), upTo);
    } catch (RuntimeException e) {
      putBack(batch, room.unapplied(e));
    } finally {
      applying.unlock();
    }
    // Behind those who waited, as it takes a while the first time.
    room.setAside();
  }

  /// Returns whether everything written before is on the disk.
  private boolean force() {
    try {
      tail.force();
      return true;
    } catch (IOException e) {
      fail(JournalException.broken("flushing the journal " + tail, e));
      return false;
    }
  }

  /// Begins the next segment. `writing` is held, all is sealed and on the disk.
  private void next() {
    if (failure != null) {
      return;
    }
    try {
      archiver.add(tail.next());
    } catch (Tail.CutOffException e) {
      failure = JournalException.broken("beginning another segment of the journal " + tail, e);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "no new segment, " + tail + " goes on", e);
    }
  }

  private void flushed(long last, long upTo) {
    writing.lock();
    try {
      flushed = upTo;
      lastFlushed = last;
      stuck = null;
      tries = 0;
      impatience = 0;
      progress.signalAll();
    } finally {
      writing.unlock();
    }
  }

  /// The entries stand, but nobody may be told: they are sealed and applied with the next flush.
  private void putBack(List<Entry.Stamped> batch, JournalException cause) {
    writing.lock();
    try {
      batch.addAll(pending);
      pending = batch;
      due = System.nanoTime() + FLUSH_EVERY;
      stuck = cause;
      if (isFull(cause) && failure == null && awaitsRoom()) {
        return;
      }
      failures++;
      if (!isFull(cause) && failure == null && (isDamage(cause) || ++tries >= MOST_TRIES)) {
        failure = cause;
      }
      progress.signalAll();
    } finally {
      writing.unlock();
    }
  }

  /// Whether it is worth waiting, as there is room by now. `writing` is held.
  private boolean awaitsRoom() {
    urgent = room.release();
    return !closed && (urgent || room.isEnough()) && impatience++ < PATIENCE;
  }

  private static boolean isDamage(JournalException failure) {
    return failure.getCause() instanceof StorageException storage
        && storage.kind() == StorageException.Kind.DAMAGED;
  }

  private void fail(JournalException cause) {
    writing.lock();
    try {
      failure = cause;
      progress.signalAll();
    } finally {
      writing.unlock();
    }
  }
}
