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
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// The record of what the agent acknowledged, in order.
///
/// A file of hash-chained [Records]. The first one's body names the format, by the CID of its
/// document; every other is an [Entry], addressed by the byte offset of its record.
///
/// [#append] returns once a durable entry is on the disk and handed to the [Follower], so that
/// nobody sees a state that a power cut could take back. Many writers share one `fsync`: whoever
/// finds none under way flushes for all that have written by then. Entries that need not be durable
/// are handed on at once, and flushed within a second.
///
/// A record cut off at the end of the file was never acknowledged; it is dropped when the journal
/// is opened. Anything else that doesn't match its hash is a [JournalException] of kind `CORRUPT`.
///
/// When a write fails, what it left is cut off and the writer is told; when an `fsync` fails, what
/// the disk holds is unknown, so the journal refuses everything until it is opened anew.
public final class Journal implements AutoCloseable {

  /// Takes over what was recorded, in order, from one thread at a time.
  @FunctionalInterface
  public interface Follower {
    /// Applies entries, in order; after a crash, some of them again. `upTo` is where the next would
    /// begin, or 0 if entries before these are still to come.
    void apply(List<Entry.Stamped> entries, long upTo);
  }

  private static final Duration FLUSH_EVERY = Duration.ofMillis(500);
  private static final int REPLAY_BATCH = 1000;

  private final Path file;
  private final JournalFile bytes;
  private final Records records;
  private final long first;
  private final InstantSource clock;
  private final Follower follower;

  /// Guards the end of the file and what waits to be flushed.
  private final ReentrantLock writing = new ReentrantLock();

  private final Condition written = writing.newCondition();

  /// Held by whoever flushes and applies.
  private final ReentrantLock flushing = new ReentrantLock();

  private List<Entry.Stamped> pending = new ArrayList<>();
  private byte[] lastHash;
  private long end;
  private long last;
  private boolean closed;
  private @Nullable JournalException failure;
  private final Thread flusher;

  /// Where everything before is on the disk and applied.
  private volatile long flushed;

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
    this.last = last;
    this.lastHash = records.lastHash(end);
    this.end = end;
    this.flushed = end;
    this.flusher = Thread.ofPlatform().name("journal").daemon().start(this::flushNowAndThen);
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
  /// @param appliedUpTo where the follower's own state ends; if that is beyond the journal's end or
  ///   within a record, `follower` is asked to apply everything, from the start
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
    boolean applied = check.at == appliedUpTo;
    long last = 0;
    for (Optional<Entry.Stamped> entry = check.next(); entry.isPresent(); entry = check.next()) {
      last = entry.get().offset();
      applied |= check.at == appliedUpTo;
    }
    if (check.at < size) {
      bytes.truncate(check.at);
      bytes.force();
    }
    Walk replay = new Walk(file, records, applied ? appliedUpTo : first, check.at);
    List<Entry.Stamped> batch = new ArrayList<>();
    for (Optional<Entry.Stamped> entry = replay.next(); entry.isPresent(); entry = replay.next()) {
      batch.add(entry.get());
      if (batch.size() == REPLAY_BATCH) {
        follower.apply(List.copyOf(batch), replay.at);
        batch.clear();
      }
    }
    if (!batch.isEmpty()) {
      follower.apply(List.copyOf(batch), replay.at);
    }
    return new Journal(file, bytes, records, clock, follower, first, last, check.at);
  }

  /// Reads entry after entry up to where the file ends, or is cut off.
  private static final class Walk {
    private final Path file;
    private final Records records;
    private final long end;
    private long at;

    Walk(Path file, Records records, long from, long end) {
      this.file = file;
      this.records = records;
      this.at = from;
      this.end = end;
    }

    Optional<Entry.Stamped> next() throws IOException {
      return switch (records.read(at, end)) {
        case Records.Reading.Body(Item.Bytes body, long next) -> {
          Entry.Stamped entry = decode(file, at, body.value());
          at = next;
          yield Optional.of(entry);
        }
        case Records.Reading.End _, Records.Reading.CutOff _ -> Optional.empty();
        case Records.Reading.Damaged(String how) ->
            throw new JournalException(
                JournalException.Kind.CORRUPT,
                "the journal " + file + " is damaged at byte " + at + ": " + how,
                null);
      };
    }
  }

  /// Records what happened. A durable entry is on the disk and applied when this returns; any other
  /// is written and applied.
  ///
  /// @return its offset
  /// @throws JournalException if it isn't recorded: `EXHAUSTED` where the disk is full, else
  ///   `BROKEN`
  public long append(Entry entry) {
    Entry.Stamped stamped;
    writing.lock();
    try {
      stamped = write(entry);
    } finally {
      writing.unlock();
    }
    if (entry.kind().durable()) {
      flush(stamped.offset());
    } else {
      follower.apply(List.of(stamped), 0);
    }
    return stamped.offset();
  }

  /// Waits until everything recorded so far is on the disk and applied.
  public void flush() {
    flush(end() - 1);
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

  /// The offset of the newest entry, 0 if there is none.
  public long last() {
    writing.lock();
    try {
      return last;
    } finally {
      writing.unlock();
    }
  }

  /// Reads entries from an offset on, `most` at the most.
  ///
  /// @param offset of a record, or 0 for the first
  /// @throws IllegalArgumentException if no record begins there
  public Page read(long offset, int most) {
    long from = offset == 0 ? first : offset;
    long upTo = end();
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
      return new Page(entries, walk.at);
    } catch (IOException e) {
      throw broken("reading the journal " + file, e);
    }
  }

  /// Some entries, and the offset that the next reading begins at.
  public record Page(List<Entry.Stamped> entries, long next) {}

  /// Waits until there is something at `offset`, or `atMost` has passed.
  ///
  /// @return whether there is
  public boolean await(long offset, Duration atMost) throws InterruptedException {
    long nanos = atMost.toNanos();
    writing.lockInterruptibly();
    try {
      while (end <= offset && !closed) {
        if (nanos <= 0) {
          return false;
        }
        nanos = written.awaitNanos(nanos);
      }
      return end > offset;
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
      written.signalAll();
    } finally {
      writing.unlock();
    }
    flusher.interrupt();
    try (bytes) {
      if (failure == null) {
        flush();
      }
    } catch (IOException e) {
      throw broken("closing the journal " + file, e);
    }
  }

  private Entry.Stamped write(Entry entry) {
    if (failure != null) {
      throw new JournalException(
          failure.kind(), "the journal " + file + " failed earlier", failure);
    }
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
    last = stamped.offset();
    pending.add(stamped);
    written.signalAll();
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

  private void flush(long offset) {
    if (flushed > offset) {
      return;
    }
    flushing.lock();
    try {
      if (flushed > offset) {
        return; // another writer's flush took ours along
      }
      List<Entry.Stamped> batch;
      long upTo;
      writing.lock();
      try {
        if (failure != null) {
          throw new JournalException(
              failure.kind(), "the journal " + file + " failed earlier", failure);
        }
        batch = pending;
        pending = new ArrayList<>();
        upTo = end;
      } finally {
        writing.unlock();
      }
      try {
        bytes.force();
        follower.apply(
            batch.stream().filter(stamped -> stamped.entry().kind().durable()).toList(), upTo);
      } catch (IOException | RuntimeException e) {
        throw fail(e);
      }
      flushed = upTo;
    } finally {
      flushing.unlock();
    }
  }

  private JournalException fail(Exception cause) {
    writing.lock();
    try {
      JournalException failed = broken("flushing the journal " + file, cause);
      failure = failed;
      return failed;
    } finally {
      writing.unlock();
    }
  }

  private void flushNowAndThen() {
    try {
      while (true) {
        writing.lockInterruptibly();
        try {
          while (pending.isEmpty()) {
            if (closed || failure != null) {
              return;
            }
            written.await();
          }
        } finally {
          writing.unlock();
        }
        // Not waiting for anything: gathering what is written meanwhile, for one flush.
        TimeUnit.MILLISECONDS.sleep(FLUSH_EVERY.toMillis());
        flush();
      }
    } catch (InterruptedException _) {
      // close() flushes what is left.
    } catch (JournalException _) {
      // Kept in `failure`, and told to every writer from now on.
    }
  }

  private static JournalException broken(String what, Exception cause) {
    return new JournalException(
        JournalException.Kind.BROKEN, what + ": " + cause.getMessage(), cause);
  }

  private static Entry.Stamped decode(Path file, long offset, byte[] body) {
    try {
      return Entry.fromItem(offset, Cbor.decode(body));
    } catch (MalformedException e) {
      throw new JournalException(
          JournalException.Kind.CORRUPT, "the entry at " + offset + " of " + file, e);
    }
  }

  private static void syncDirectory(Path directory) throws IOException {
    try (FileChannel dir = FileChannel.open(directory, StandardOpenOption.READ)) {
      dir.force(true);
    }
  }
}
