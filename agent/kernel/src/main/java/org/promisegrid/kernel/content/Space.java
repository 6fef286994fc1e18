package org.promisegrid.kernel.content;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/// Room for content: what is free on the disk, less a reserve that content never takes, for what
/// makes room again (and whatever must go on when the disk is full) needs some itself; and what is
/// left of the budget that the owner gives it. Safe for many threads: what was granted to one put
/// and isn't written yet is no room for another.
final class Space {

  /// How much a put of unknown length is granted ahead.
  private static final long STEP = 1 << 20;

  private final Path directory;
  private final long reserve;
  private final LongSupplier usable;
  private final long total;
  private final long budget;

  // Guarded by this.

  /// Granted to puts that haven't ended.
  private long granted;

  /// Of that, what the disk doesn't show yet.
  private long unwritten;

  Space(Path directory, long reserve, LongSupplier usable) {
    this(directory, reserve, usable, Long.MAX_VALUE, Long.MAX_VALUE);
  }

  /// @param total what the disk has in all
  /// @param budget how many bytes content may take in all
  Space(Path directory, long reserve, LongSupplier usable, long total, long budget) {
    this.directory = directory;
    this.reserve = reserve;
    this.usable = usable;
    this.total = total;
    this.budget = budget;
  }

  /// Measured where `directory` is.
  static Space of(Path directory, long reserve, Amount budget) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new NotDirectoryException(directory.toString());
    }
    // Not by a FileStore, which looks for the mount: within a chroot there is none to be found.
    File asked = directory.toFile();
    long total = asked.getTotalSpace();
    return new Space(directory, reserve, asked::getUsableSpace, total, budget.of(total));
  }

  /// Whether `bytes` more can be taken of the disk by others than content.
  ///
  /// @throws StorageException `EXHAUSTED` if not
  synchronized void require(long bytes) {
    long free = usable.getAsLong() - unwritten;
    if (bytes > free - reserve) {
      throw full(free, bytes);
    }
  }

  /// Begins a put: whether content that takes `used` already can take `bytes` more. Nothing is
  /// granted yet.
  ///
  /// @throws StorageException `EXHAUSTED` if not
  synchronized Grant begin(long bytes, long used) {
    return begin(bytes, used, reserve);
  }

  /// Begins a put of what says how something ended, which may take of the reserve: half of it.
  ///
  /// @throws StorageException `EXHAUSTED` if there is less
  synchronized Grant beginVital(long used) {
    return begin(0, used, reserve / 2);
  }

  private Grant begin(long bytes, long used, long leaving) {
    var _ = room(bytes, used, leaving);
    return new Grant(leaving);
  }

  /// How many bytes could be granted, if so many are left free.
  private long room(long wanted, long used, long leaving) {
    long free = usable.getAsLong() - unwritten;
    if (wanted > free - leaving) {
      throw full(free, wanted);
    }
    long left = budget - used - granted;
    if (wanted > left) {
      throw new StorageException(
          StorageException.Kind.EXHAUSTED,
          "the budget of content is spent: %d of %d bytes are taken, %d more wanted"
              .formatted(used + granted, budget, wanted),
          directory,
          null);
    }
    return Math.min(free - leaving, left);
  }

  private StorageException full(long free, long wanted) {
    return new StorageException(
        StorageException.Kind.EXHAUSTED,
        "the disk is full: %d bytes are free, %d of them reserved, %d wanted"
            .formatted(free, reserve, wanted),
        directory,
        null);
  }

  /// What one put may write, granted step by step: nobody else is granted the same room meanwhile.
  /// Whoever has it closes it once what it wrote is counted as used, or gone. Of one thread.
  final class Grant implements AutoCloseable {
    private final long leaving;
    private long granted;
    private long written;

    private Grant(long leaving) {
      this.leaving = leaving;
    }

    /// Asks for room for `bytes` more, and takes some ahead if there is.
    ///
    /// @param used what content takes already, asked for only if it matters
    /// @throws StorageException `EXHAUSTED` if there is none
    void take(long bytes, LongSupplier used) {
      synchronized (Space.this) {
        long missing = bytes - (granted - written);
        if (missing > 0) {
          long step =
              Math.clamp(
                  room(missing, used.getAsLong(), leaving), missing, Math.max(missing, STEP));
          granted += step;
          Space.this.granted += step;
          unwritten += step;
        }
      }
    }

    /// Says that so much of it was written: the disk shows it.
    void wrote(long bytes) {
      synchronized (Space.this) {
        written += bytes;
        unwritten -= bytes;
      }
    }

    @Override
    public void close() {
      synchronized (Space.this) {
        Space.this.granted -= granted;
        unwritten -= granted - written;
        granted = 0;
        written = 0;
      }
    }
  }

  /// What is left, of the disk and of the budget.
  synchronized long free(long used) {
    return Math.max(0, Math.min(usable.getAsLong() - unwritten - reserve, budget - used - granted));
  }

  /// What the disk has left, the reserve included.
  long usable() {
    return usable.getAsLong();
  }

  /// What the disk has in all.
  long total() {
    return total;
  }

  long reserve() {
    return reserve;
  }

  long budget() {
    return budget;
  }
}
