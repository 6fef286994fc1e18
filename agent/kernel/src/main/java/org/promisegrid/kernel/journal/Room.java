package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.file.Path;

/// What the disk has left for a journal. Below a reserve, only entries that must go on are written.
/// Of who holds the lock of the journal's end.
final class Room {

  private static final System.Logger LOG = System.getLogger(Room.class.getName());

  /// Half of what content leaves: so putting ends first, and what is left is for entries that end
  /// something, the index, and making room.
  static final long RESERVE = 32L << 20;

  private final Disk disk;
  private final Path directory;

  /// Whether there was less than the reserve when that was last looked at.
  private boolean low;

  Room(Disk disk, Path directory) {
    this.disk = disk;
    this.directory = directory;
    look();
  }

  /// Looks how much there is: after each flush, not at each entry.
  void look() {
    try {
      low = disk.usable(directory) < RESERVE;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "asking what is free for " + directory, e);
      low = false; // a disk that is full says so when it is written to
    }
  }

  /// Refuses an entry that can wait for better times, where there is too little.
  void require(Entry.Kind kind) {
    if (!low || kind.vital()) {
      return;
    }
    look(); // so that it goes on as soon as there is room again
    if (low) {
      throw new JournalException(
          JournalException.Kind.EXHAUSTED,
          "less than %d bytes are free for the journal in %s".formatted(RESERVE, directory),
          null);
    }
  }

  /// What a failed write means.
  JournalException unwritten(IOException cause) {
    String reason = String.valueOf(cause.getMessage());
    if (reason.contains("No space left") || reason.contains("quota")) {
      low = true;
      return new JournalException(
          JournalException.Kind.EXHAUSTED,
          "no room to write to the journal in " + directory,
          cause);
    }
    return JournalException.broken("writing to the journal in " + directory, cause);
  }
}
