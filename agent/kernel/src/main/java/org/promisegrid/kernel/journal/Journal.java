package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// The record of what the agent acknowledged, in order.
///
/// A file of hash-chained [Records]. The first one's body names the format, by the CID of its
/// document; every other is an [Entry], addressed by the byte offset of its record.
///
/// [#append] returns once a durable entry is on the disk and handed to the [Follower], so that
/// nobody sees a state that a power cut could take back. The journal's own thread forces and hands
/// on, for all that have written by then: writers are interrupted when their callers leave, and
/// what is done for many must not end with one. Entries that need not be durable are handed on at
/// once by whoever wrote them, and once more, in their place, when they are flushed within a
/// second.
///
/// Readers see what is on the disk and handed on: the offset of anything else could name another
/// entry after a power cut.
///
/// A record cut off at the end of the file was never acknowledged; it is dropped when the journal
/// is opened. Anything else that doesn't match its hash is a [JournalException] of kind `CORRUPT`.
///
/// When a write fails, what it left is cut off and the writer is told. When the follower fails,
/// those who wait are told, and it is asked again before anything more is written. When an `fsync`
/// fails, what the disk holds is unknown, so the journal refuses everything until it is opened
/// anew.
public final class Journal implements AutoCloseable {

  /// Takes over what was recorded, from one thread at a time.
  @FunctionalInterface
  public interface Follower {
    /// Applies entries, in order, some of them again. `upTo` is where the next would begin, or 0 if
    /// entries before these are still to come.
    void apply(List<Entry.Stamped> entries, long upTo);

    /// What was applied isn't what this journal holds: all of it comes now, from the start. Unless
    /// the follower keeps what it was told elsewhere, it has nothing to forget.
    default void forget() {}
  }

  private static final long FLUSH_EVERY = TimeUnit.MILLISECONDS.toNanos(500);
  private static final int REPLAY_BATCH = 1000;

  private final Path file;
  private final JournalFile bytes;
  private final Records records;
  private final long first;
  private final InstantSource clock;
  private final Follower follower;

  /// Guards the end of the file and what waits to be flushed.
  private final ReentrantLock writing = new ReentrantLock();

  /// There is something to be flushed, at once or in time.
  private final Condition work = writing.newCondition();

  /// Something was flushed, or never will be.
  private final Condition progress = writing.newCondition();

  /// Held while the follower applies. Taken before `writing`.
  private final ReentrantLock applying = new ReentrantLock();

  private List<Entry.Stamped> pending = new ArrayList<>();
  private byte[] lastHash;
  private long end;

  /// Whether somebody waits for what is pending.
  private boolean urgent;

  /// When what is pending has to be flushed at the latest, by `System.nanoTime`.
  private long due;

  private boolean closed;

  /// Whether nothing more will be flushed.
  private boolean ended;

  /// The force that failed.
  private @Nullable JournalException failure;

  /// What the follower failed with, and how often it did.
  private @Nullable JournalException stuck;

  private long failures;

  /// Where everything before is on the disk and applied.
  private long flushed;

  private long lastFlushed;

  private final Thread flusher;

  private Journal(
      Path file,
      JournalFile bytes,
      Records records,
      InstantSource clock,
      Follower follower,
      long first,
      long last,
      long end)
      throws IOException {
    this.file = file;
    this.bytes = bytes;
    this.records = records;
    this.clock = clock;
    this.follower = follower;
    this.first = first;
    this.lastFlushed = last;
    this.lastHash = records.lastHash(end);
    this.end = end;
    this.flushed = end;
    this.flusher = Thread.ofPlatform().name("journal").daemon().start(this::run);
  }

  /// Whether the journal in `directory` ends, or a whole record of it begins, at `offset`: whether
  /// what was made of the records before can be brought up to date. Of what comes after, nothing is
  /// said.
  public static boolean isBoundary(Path directory, long offset) {
    Path file = directory.resolve("journal");
    if (offset == 0 || !Files.exists(file)) {
      return offset == 0;
    }
    try (JournalFile bytes = JournalFile.open(file)) {
      long size = bytes.size();
      return offset <= size
          && !(new Records(bytes).read(offset, size) instanceof Records.Reading.Damaged);
    } catch (IOException e) {
      throw broken("opening the journal " + file, e);
    }
  }

  /// Opens the journal in `directory`, making it if there is none; verifies every record, and hands
  /// those from `appliedUpTo` on to `follower`.
  ///
  /// @param format the CID of the document that describes this format
  /// @param appliedUpTo where the follower's own state ends, 0 if it has none; if that is beyond
  ///   the journal's end or within a record, `follower` is asked to forget it, and apply everything
  /// @throws JournalException `CORRUPT` with the offset, or `BROKEN`
  public static Journal open(
      Path directory, Cid format, InstantSource clock, long appliedUpTo, Follower follower) {
    Path file = directory.resolve("journal");
    try {
      Files.createDirectories(directory);
      JournalFile bytes = JournalFile.open(file);
      try {
        return open(directory, file, bytes, format, clock, appliedUpTo, follower);
      } catch (IOException | RuntimeException e) {
        bytes.close();
        throw e;
      }
    } catch (IOException e) {
      throw new JournalException(
          JournalException.Kind.BROKEN, "opening the journal " + file + ": " + e.getMessage(), e);
    }
  }

  private static Journal open(
      Path directory,
      Path file,
      JournalFile bytes,
      Cid format,
      InstantSource clock,
      long appliedUpTo,
      Follower follower)
      throws IOException {
    Records records = new Records(bytes);
    if (bytes.size() == 0) {
      byte[] body = format.bytes();
      records.write(0, body, Records.hash(records.lastHash(0), body));
      bytes.force();
      syncDirectory(directory);
    }
    long size = bytes.size();
    if (!(records.read(0, size) instanceof Records.Reading.Body(Item.Bytes header, long first))
        || !header.equals(Item.of(format.bytes()))) {
      throw new JournalException(
          JournalException.Kind.CORRUPT,
          "the journal " + file + " is not in the format " + format,
          null);
    }
    Walk check = new Walk(file, records, first, size);
    boolean applied = check.at() == appliedUpTo;
    long last = 0;
    for (Optional<Entry.Stamped> entry = check.next(); entry.isPresent(); entry = check.next()) {
      last = entry.get().offset();
      applied |= check.at() == appliedUpTo;
    }
    if (check.at() < size) {
      bytes.truncate(check.at());
      bytes.force();
    }
    if (!applied && appliedUpTo != 0) {
      follower.forget();
    }
    Walk replay = new Walk(file, records, applied ? appliedUpTo : first, check.at());
    List<Entry.Stamped> batch = new ArrayList<>();
    for (Optional<Entry.Stamped> entry = replay.next(); entry.isPresent(); entry = replay.next()) {
      batch.add(entry.get());
      if (batch.size() == REPLAY_BATCH) {
        follower.apply(List.copyOf(batch), replay.at());
        batch.clear();
      }
    }
    if (!batch.isEmpty()) {
      follower.apply(List.copyOf(batch), replay.at());
    }
    return new Journal(file, bytes, records, clock, follower, first, last, check.at());
  }

  /// Records what happened. A durable entry is on the disk and applied when this returns; any other
  /// is written and applied. An interrupt doesn't end the wait: nobody could tell then whether it
  /// was recorded.
  ///
  /// @return its offset
  /// @throws JournalException if it isn't recorded: `EXHAUSTED` where the disk is full, else
  ///   `BROKEN`; or if it is, and couldn't be applied yet
  public long append(Entry entry) {
    Entry.Stamped stamped;
    writing.lock();
    try {
      if (stuck != null) {
        awaitFlushed(end - 1);
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
  public void flush() {
    writing.lock();
    try {
      awaitFlushed(end - 1);
    } finally {
      writing.unlock();
    }
  }

  /// Where the next record will begin.
  public long end() {
    writing.lock();
    try {
      return end;
    } finally {
      writing.unlock();
    }
  }

  /// Whether nothing will be added any more.
  public boolean isClosed() {
    writing.lock();
    try {
      return closed;
    } finally {
      writing.unlock();
    }
  }

  /// The offset of the newest entry that can be read, 0 if there is none.
  public long last() {
    writing.lock();
    try {
      return lastFlushed;
    } finally {
      writing.unlock();
    }
  }

  /// Reads entries from an offset on, `most` at the most; what was recorded before is flushed
  /// first.
  ///
  /// @param offset of a record, or 0 for the first
  /// @throws IllegalArgumentException if no record begins there
  public Page read(long offset, int most) {
    long from = offset == 0 ? first : offset;
    long upTo = readable();
    if (from < first || from > upTo) {
      throw new IllegalArgumentException("no entry begins at " + offset);
    }
    try {
      if (records.read(from, upTo) instanceof Records.Reading.Damaged) {
        throw new IllegalArgumentException("no entry begins at " + offset);
      }
      Walk walk = new Walk(file, records, from, upTo);
      List<Entry.Stamped> entries = new ArrayList<>();
      while (entries.size() < most) {
        Optional<Entry.Stamped> entry = walk.next();
        if (entry.isEmpty()) {
          break;
        }
        entries.add(entry.get());
      }
      return new Page(entries, walk.at());
    } catch (IOException e) {
      throw broken("reading the journal " + file, e);
    }
  }

  private long readable() {
    writing.lock();
    try {
      awaitFlushed(end - 1);
      return flushed;
    } catch (JournalException _) {
      // Whoever writes is told. What is on the disk can be read all the same: to find out why.
      return flushed;
    } finally {
      writing.unlock();
    }
  }

  /// Some entries, and the offset that the next reading begins at.
  public record Page(List<Entry.Stamped> entries, long next) {}

  /// Waits until there is something to be read at `offset`, or `atMost` has passed.
  ///
  /// @return whether there is
  public boolean await(long offset, Duration atMost) throws InterruptedException {
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
    awaitEnd(flusher);
    try (bytes) {
      writing.lock();
      try {
        if (failure == null && stuck != null) {
          throw stuck;
        }
      } finally {
        writing.unlock();
      }
    } catch (IOException e) {
      throw broken("closing the journal " + file, e);
    }
  }

  private static void awaitEnd(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException _) {
        interrupted = true; // it is soon over, and what it does must be done
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private Entry.Stamped write(Entry entry) {
    checkSound();
    if (closed) {
      throw new JournalException(
          JournalException.Kind.BROKEN, "the journal " + file + " is closed", null);
    }
    long millis = clock.millis();
    byte[] body = Cbor.encode(entry.toItem(millis));
    if (body.length > Records.MAX_BODY) {
      throw new IllegalArgumentException("an entry of " + body.length + " bytes");
    }
    byte[] hash = Records.hash(lastHash, body);
    Entry.Stamped stamped = new Entry.Stamped(end, millis, entry);
    try {
      end = records.write(end, body, hash);
    } catch (IOException e) {
      throw cutOff(e);
    }
    lastHash = hash;
    if (pending.isEmpty()) {
      due = System.nanoTime() + FLUSH_EVERY;
      work.signal();
    }
    pending.add(stamped);
    return stamped;
  }

  /// Takes back what a failed write left, so that the next record follows the last whole one.
  private JournalException cutOff(IOException cause) {
    try {
      bytes.truncate(end);
    } catch (IOException e) {
      cause.addSuppressed(e);
      failure = broken("writing to the journal " + file, cause);
      return failure;
    }
    String reason = String.valueOf(cause.getMessage());
    return reason.contains("No space left") || reason.contains("quota")
        ? new JournalException(
            JournalException.Kind.EXHAUSTED, "no room to write to the journal " + file, cause)
        : broken("writing to the journal " + file, cause);
  }

  /// `writing` is held.
  private void checkSound() {
    if (failure != null) {
      throw new JournalException(
          failure.kind(), "the journal " + file + " failed earlier", failure);
    }
  }

  /// Waits until the entry at `offset` is on the disk and applied. `writing` is held.
  private void awaitFlushed(long offset) {
    long before = failures;
    while (flushed <= offset) {
      checkSound();
      if (stuck != null && (ended || failures != before)) {
        throw new JournalException(
            stuck.kind(), "the index of this journal failed: " + file, stuck);
      }
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
              JournalException.Kind.BROKEN, "the thread of the journal " + file + " ended", e));
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
    long upTo;
    writing.lock();
    try {
      batch = pending;
      pending = new ArrayList<>();
      urgent = false;
      upTo = end;
    } finally {
      writing.unlock();
    }
    try {
      bytes.force();
    } catch (IOException e) {
      fail(broken("flushing the journal " + file, e));
      return;
    }
    applying.lock();
    try {
      follower.apply(batch, upTo);
      flushed(batch.getLast().offset(), upTo);
    } catch (RuntimeException e) {
      putBack(batch, e);
    } finally {
      applying.unlock();
    }
  }

  private void flushed(long last, long upTo) {
    writing.lock();
    try {
      flushed = upTo;
      lastFlushed = last;
      stuck = null;
      progress.signalAll();
    } finally {
      writing.unlock();
    }
  }

  /// The entries stand, but nobody may be told: they are applied with the next flush.
  private void putBack(List<Entry.Stamped> batch, RuntimeException cause) {
    writing.lock();
    try {
      batch.addAll(pending);
      pending = batch;
      due = System.nanoTime() + FLUSH_EVERY;
      stuck = broken("applying the journal " + file, cause);
      failures++;
      progress.signalAll();
    } finally {
      writing.unlock();
    }
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

  private static JournalException broken(String what, Exception cause) {
    return new JournalException(
        JournalException.Kind.BROKEN, what + ": " + cause.getMessage(), cause);
  }

  private static void syncDirectory(Path directory) throws IOException {
    try (FileChannel dir = FileChannel.open(directory, StandardOpenOption.READ)) {
      dir.force(true);
    }
  }
}
