package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.promisegrid.kernel.content.StorageException;

/// What the disk has left for a journal. Below a reserve, only entries that must go on are written;
/// where others fill the disk to its end, these get the room that was set aside for them. Safe for
/// many threads.
final class Room {

  private static final System.Logger LOG = System.getLogger(Room.class.getName());

  /// Half of what content leaves: so putting ends first, and what is left is for entries that end
  /// something, the index, and making room.
  static final long RESERVE = 32L << 20;

  /// With less than this, an entry that must go on may find no room, or the index none for it.
  static final long LEAST = 4L << 20;

  private final Disk disk;
  private final Path directory;

  /// What there was when that was last looked at.
  private volatile long usable;

  /// Whether setting aside failed, so that it isn't said again with each flush.
  private final AtomicBoolean unable = new AtomicBoolean();

  Room(Disk disk, Path directory) {
    this.disk = disk;
    this.directory = directory;
    look();
  }

  /// Gives up what was set aside, if there is so little that nothing could be opened.
  static void makeFor(Disk disk, Path directory) throws IOException {
    if (disk.usable(directory) < LEAST && disk.release()) {
      LOG.log(System.Logger.Level.WARNING, "{0} is full: the reserve is given up", directory);
    }
  }

  /// Looks how much there is: after each flush, and before each entry that is forced or must go on.
  void look() {
    try {
      usable = disk.usable(directory);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "asking what is free for " + directory, e);
      usable = Long.MAX_VALUE; // a disk that is full says so when it is written to
    }
  }

  /// Whether only what must go on is written now.
  boolean isLow() {
    look();
    return usable < RESERVE;
  }

  /// Whether there is enough for an entry that must go on, and for the index.
  boolean isEnough() {
    look();
    return usable >= LEAST;
  }

  /// Refuses an entry that can wait for better times, where there is too little; makes room for any
  /// other.
  void require(Entry.Kind kind) {
    if (kind.vital()) {
      if (!isEnough()) {
        var _ = release();
      }
      return;
    }
    // Where a force comes anyway, a look costs nothing. Elsewhere it is looked at anew so that it
    // goes on as soon as there is room again.
    if ((kind.durable() || usable < RESERVE) && isLow()) {
      throw new JournalException(
          JournalException.Kind.EXHAUSTED,
          "less than %d bytes are free for the journal in %s".formatted(RESERVE, directory),
          null);
    }
  }

  /// Sets room aside for worse times, if there is enough of it.
  void setAside() {
    if (usable < RESERVE + 2 * Disk.SET_ASIDE) {
      return;
    }
    try {
      disk.setAside();
      unable.set(false);
    } catch (IOException e) {
      if (!unable.getAndSet(true)) {
        LOG.log(System.Logger.Level.WARNING, "no reserve is set aside for " + directory, e);
      }
    }
  }

  /// Gives up what was set aside; whether there was anything.
  boolean release() {
    try {
      boolean released = disk.release();
      if (released) {
        LOG.log(System.Logger.Level.WARNING, "{0} is full: the reserve is given up", directory);
      }
      return released;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "giving up the reserve of " + directory, e);
      return false;
    }
  }

  /// What a failed write means.
  JournalException unwritten(IOException cause) {
    String reason = String.valueOf(cause.getMessage());
    if (reason.contains("No space left") || reason.contains("quota")) {
      usable = 0;
      return new JournalException(
          JournalException.Kind.EXHAUSTED,
          "no room to write to the journal in " + directory,
          cause);
    }
    return JournalException.broken("writing to the journal in " + directory, cause);
  }

  /// What a failure of the follower means.
  JournalException unapplied(RuntimeException cause) {
    if (cause instanceof StorageException storage
        && storage.kind() == StorageException.Kind.EXHAUSTED) {
      return new JournalException(
          JournalException.Kind.EXHAUSTED, "no room to apply the journal in " + directory, cause);
    }
    return JournalException.broken("applying the journal in " + directory, cause);
  }
}
