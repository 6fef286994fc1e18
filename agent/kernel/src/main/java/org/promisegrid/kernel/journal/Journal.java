package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import org.promisegrid.kernel.journal.Records.Reading;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;

/// The record of what the agent acknowledged, in order.
///
/// A sequence of hash-chained [Records], kept in [Segments] that begin with a checkpoint signed by
/// the node. A record is an [Entry], addressed by its byte offset in the whole sequence, or a seal:
/// the node's signature over all before it.
///
/// [#append] returns once a durable entry is sealed, on the disk and handed to the [Follower], so
/// that nobody sees a state that a power cut could take back. The journal's own thread seals,
/// forces and hands on, for all that have written by then: writers are interrupted when their
/// callers leave, and what is done for many must not end with one. Entries that need not be durable
/// are handed on at once by whoever wrote them, and once more, in their place, when they are
/// flushed within a second.
///
/// Readers see what is on the disk and handed on: the offset of anything else could name another
/// entry after a power cut.
///
/// A record cut off at the end of the file was never acknowledged; it is dropped when the journal
/// is opened, and so is what a power cut made of bytes that weren't forced yet ([Recovery]). Whole
/// records behind the last seal weren't acknowledged either, or need not be durable: they stay, and
/// are sealed by what comes next. Anything else that doesn't match is a [JournalException] of kind
/// `CORRUPT`.
///
/// When a write fails, what it left is cut off and the writer is told. When sealing or the follower
/// fails, those who wait are told, and it is tried again before anything more is written. When an
/// `fsync` fails, what the disk holds is unknown, so the journal refuses everything until it is
/// opened anew.
///
/// A follower that is damaged, or fails again and again for anything but want of room, is the same:
/// only a new start can help it.
///
/// Below a reserve of free disk only what must go on is written: see [Entry.Kind#vital]. On a disk
/// that others filled, it is written where room was set aside for it: see [Disk#setAside].
public final class Journal implements AutoCloseable {

  /// Takes over what was recorded, from one thread at a time.
  @FunctionalInterface
  public interface Follower {
    /// Applies entries, in order, some of them again. `upTo` is where the next would begin, or 0 if
    /// entries before these are still to come: then they are to be seen, and come once more when
    /// they are on the disk.
    void apply(List<Entry.Stamped> entries, long upTo);

    /// What was applied isn't what this journal holds: all of it comes now, from the start. Unless
    /// the follower keeps what it was told elsewhere, it has nothing to forget.
    default void forget() {}
  }

  private static final int REPLAY_BATCH = 1000;

  /// How long a segment grows, where nobody says.
  public static final long SEGMENT = 64L << 20;

  /// Where a journal is, and what it is made with.
  ///
  /// @param format the CID of the document that describes this format
  /// @param key the node's, which seals
  /// @param segment bytes after which the next segment begins
  public record Setup(
      Path directory, Cid format, SigningKey key, InstantSource clock, Disk disk, long segment) {}

  private final Setup setup;
  private final Segments segments;
  private final GroupCommit commit;

  private Journal(Setup setup, Segments segments, GroupCommit commit) {
    this.setup = setup;
    this.segments = segments;
    this.commit = commit;
  }

  /// Whether the journal in `directory` ends, or a whole record of it begins, at `offset`: whether
  /// what was made of the records before can be brought up to date. Of what comes after, nothing is
  /// said.
  public static boolean isBoundary(Path directory, long offset) {
    try {
      return offset == 0 || isBoundary(Segments.of(directory), offset, Long.MAX_VALUE);
    } catch (IOException e) {
      throw JournalException.broken("opening the journal " + directory, e);
    }
  }

  /// Whether the journal in `directory` has, at `offset`, the record with that hash: whether all up
  /// to there is what it was when that was noted.
  public static boolean holds(Path directory, long offset, Item.Bytes hash) {
    try {
      Optional<SegmentReader> holding = Segments.of(directory).holding(offset);
      if (holding.isEmpty()) {
        return false;
      }
      try (SegmentReader segment = holding.get()) {
        return segment.read(offset, segment.end()) instanceof Reading.Body(_, Item.Bytes own, _)
            && own.equals(hash);
      }
    } catch (IOException e) {
      throw JournalException.broken("opening the journal " + directory, e);
    }
  }

  /// Where the files of the journal in `directory` end; 0 if there are none.
  public static long end(Path directory) {
    try {
      Segments segments = Segments.of(directory);
      if (segments.begins().isEmpty()) {
        return 0;
      }
      try (SegmentReader newest = segments.open(segments.begins().last())) {
        return newest.end();
      }
    } catch (IOException e) {
      throw JournalException.broken("opening the journal " + directory, e);
    }
  }

  private static boolean isBoundary(Segments segments, long offset, long end) throws IOException {
    Optional<SegmentReader> holding = segments.holding(offset);
    if (holding.isEmpty() || offset > end) {
      return false;
    }
    try (SegmentReader segment = holding.get()) {
      long upTo = Math.min(end, segment.end());
      return offset == segment.begin()
          || (offset <= upTo
              && switch (segment.read(offset, upTo)) {
                case Reading.Body _, Reading.End _ -> true;
                case Reading.CutOff _, Reading.Damaged _ -> false;
              });
    }
  }

  /// Verifies a journal as [#open] does, without changing anything.
  ///
  /// @param known where what was made of it ends
  /// @return where it will end, once it is opened
  /// @throws JournalException `CORRUPT` with the place, or `BROKEN`
  public static long wholeUpTo(Setup setup, long known) {
    try {
      Segments segments = Segments.of(setup.directory());
      return segments.begins().isEmpty() ? 0 : new Recovery(setup, segments, known).verify().end();
    } catch (IOException e) {
      throw JournalException.broken("reading the journal " + setup.directory(), e);
    }
  }

  /// Opens the journal of a directory, making it if there is none; verifies all checkpoints, the
  /// newest segment, and what it hands on to `follower`, from `appliedUpTo` on.
  ///
  /// @param appliedUpTo where the follower's own state ends, 0 if it has none; if that is beyond
  ///   the journal's end or within a record, `follower` is asked to forget it, and apply everything
  /// @throws JournalException `CORRUPT` with the place, or `BROKEN`
  public static Journal open(Setup setup, long appliedUpTo, Follower follower) {
    return open(setup, appliedUpTo, follower, (_, _) -> {});
  }

  /// Hears how handing on goes.
  @FunctionalInterface
  public interface Replaying {
    /// All before an offset was handed on, of what ends at another.
    void handedOn(long upTo, long end);
  }

  /// Likewise; `replaying` is told after each batch that was handed on.
  public static Journal open(
      Setup setup, long appliedUpTo, Follower follower, Replaying replaying) {
    try {
      Files.createDirectories(setup.directory());
      Segments segments = Segments.of(setup.directory());
      segments.sweep();
      long last = 0;
      Tail tail;
      if (segments.begins().isEmpty()) {
        tail = Tail.first(setup, segments);
      } else {
        Recovery.Found found = new Recovery(setup, segments, appliedUpTo).verify();
        last = found.last();
        requireSeals(segments, found, appliedUpTo);
        tail = Tail.at(setup, segments, found);
      }
      try {
        last =
            Math.max(last, replay(setup, segments, appliedUpTo, tail.end(), follower, replaying));
        if (last == 0) {
          last = lastEntry(setup, segments);
        }
        Archiver archiver = new Archiver(segments, setup.disk());
        return new Journal(setup, segments, new GroupCommit(setup, tail, archiver, follower, last));
      } catch (IOException | RuntimeException e) {
        tail.close();
        throw e;
      }
    } catch (IOException e) {
      throw JournalException.broken("opening the journal " + setup.directory(), e);
    }
  }

  /// Nothing is applied that isn't sealed: where it was, and isn't any more, somebody took seals
  /// away.
  private static void requireSeals(Segments segments, Recovery.Found found, long appliedUpTo)
      throws IOException {
    if (appliedUpTo > found.sealed() && isBoundary(segments, appliedUpTo, found.end())) {
      throw JournalException.corrupt(
          segments.file(found.newest()),
          found.newest(),
          found.sealed(),
          "no seal from here on, and there was one at or after offset " + appliedUpTo);
    }
  }

  /// Hands on what isn't applied.
  ///
  /// @return the offset of the last entry; 0 if there was none
  private static long replay(
      Setup setup,
      Segments segments,
      long appliedUpTo,
      long end,
      Follower follower,
      Replaying replaying)
      throws IOException {
    long from = appliedUpTo;
    if (appliedUpTo != 0 && !isBoundary(segments, appliedUpTo, end)) {
      follower.forget();
      from = 0;
    }
    long last = 0;
    try (Walk walk = new Walk(segments, setup.format(), from, end)) {
      List<Entry.Stamped> batch = new ArrayList<>();
      for (Optional<Entry.Stamped> entry = walk.next(); entry.isPresent(); entry = walk.next()) {
        last = entry.get().offset();
        batch.add(entry.get());
        if (batch.size() == REPLAY_BATCH) {
          follower.apply(List.copyOf(batch), walk.at());
          replaying.handedOn(walk.at(), end);
          batch.clear();
        }
      }
      if (!batch.isEmpty()) {
        follower.apply(List.copyOf(batch), walk.at());
        replaying.handedOn(walk.at(), end);
      }
    }
    return last;
  }

  /// The last entry of a journal whose newest segment has none yet.
  private static long lastEntry(Setup setup, Segments segments) throws IOException {
    for (long begin : segments.begins().descendingSet()) {
      Long before = segments.begins().lower(begin);
      if (before == null) {
        break;
      }
      long last = 0;
      try (Walk walk = new Walk(segments, setup.format(), before, begin)) {
        for (var entry = walk.next(); entry.isPresent(); entry = walk.next()) {
          last = entry.get().offset();
        }
      }
      if (last > 0) {
        return last;
      }
    }
    return 0;
  }

  /// Records what happened. A durable entry is on the disk and applied when this returns; any other
  /// is written and applied. An interrupt doesn't end the wait: nobody could tell then whether it
  /// was recorded.
  ///
  /// @return its offset
  /// @throws JournalException if it isn't recorded: `EXHAUSTED` where the disk is full, else
  ///   `BROKEN`; or if it is, and couldn't be sealed or applied yet
  public long append(Entry entry) {
    return commit.append(entry);
  }

  /// Waits until everything recorded so far is on the disk and applied.
  public void flush() {
    commit.flush();
  }

  /// Where its segments begin, at this moment.
  public SortedSet<Long> segments() {
    return new TreeSet<>(segments.begins());
  }

  /// Where the next record will begin.
  public long end() {
    return commit.end();
  }

  /// Whether nothing will be added any more.
  public boolean isClosed() {
    return commit.isClosed();
  }

  /// Whether only what must go on is recorded now: see [Entry.Kind#vital].
  public boolean isLow() {
    return commit.isLow();
  }

  /// Gives up what was set aside on a disk, if it has so little left that nothing could be opened.
  public static void makeRoom(Disk disk, Path directory) {
    try {
      Room.makeFor(disk, directory);
    } catch (IOException e) {
      throw JournalException.broken("making room in " + directory, e);
    }
  }

  /// Whether a force of the disk failed, or the follower is damaged or failed too often: everything
  /// is refused until it is opened anew.
  public boolean hasFailed() {
    return commit.hasFailed();
  }

  /// The offset of the newest entry that can be read, 0 if there is none.
  public long last() {
    return commit.last();
  }

  /// Waits until there is something to be read at `offset`, or `atMost` has passed.
  ///
  /// @return whether there is
  public boolean await(long offset, Duration atMost) throws InterruptedException {
    return commit.await(offset, atMost);
  }

  /// Reads entries from an offset on, `most` at the most; what was recorded before is flushed
  /// first.
  ///
  /// @param offset of a record, or 0 for the first
  /// @throws IllegalArgumentException if no record begins there
  public Page read(long offset, int most) {
    long upTo = commit.readable();
    try {
      if (offset < 0 || !isBoundary(segments, offset, upTo)) {
        throw new IllegalArgumentException("no entry begins at " + offset);
      }
      try (Walk walk = new Walk(segments, setup.format(), offset, upTo)) {
        List<Entry.Stamped> entries = new ArrayList<>();
        while (entries.size() < most) {
          Optional<Entry.Stamped> entry = walk.next();
          if (entry.isEmpty()) {
            break;
          }
          entries.add(entry.get());
        }
        return new Page(entries, walk.at());
      }
    } catch (IOException e) {
      throw JournalException.broken("reading the journal " + setup.directory(), e);
    }
  }

  /// Verifies everything that can be read now; see [Audit].
  ///
  /// @param noted what an earlier audit found
  public Audit.Found audit(Optional<Audit.Noted> noted) {
    return Audit.verify(
        setup.directory(),
        setup.format(),
        setup.key().did(),
        noted,
        OptionalLong.of(commit.readable()));
  }

  /// Some entries, and the offset that the next reading begins at.
  public record Page(List<Entry.Stamped> entries, long next) {}

  /// Flushes what was written, and lets go of the files.
  @Override
  public void close() {
    commit.close();
  }
}
