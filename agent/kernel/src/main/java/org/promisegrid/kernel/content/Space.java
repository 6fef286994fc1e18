package org.promisegrid.kernel.content;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/// Room for content: what is free on the disk, less a reserve that content never takes, for what
/// makes room again (and whatever must go on when the disk is full) needs some itself; and what is
/// left of the budget that the owner gives it.
final class Space {

  private final Path directory;
  private final long reserve;
  private final LongSupplier usable;
  private final long total;
  private final long budget;

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

  /// Whether `bytes` more can be taken of the disk.
  ///
  /// @throws StorageException `EXHAUSTED` if not
  void take(long bytes) {
    long free = usable.getAsLong();
    if (free - bytes < reserve) {
      throw new StorageException(
          StorageException.Kind.EXHAUSTED,
          "the disk is full: %d bytes are free, %d of them reserved, %d wanted"
              .formatted(free, reserve, bytes),
          directory,
          null);
    }
  }

  /// Whether content that takes `used` already can take `bytes` more.
  ///
  /// @throws StorageException `EXHAUSTED` if not
  void take(long bytes, long used) {
    take(bytes);
    if (bytes > budget - used) {
      throw new StorageException(
          StorageException.Kind.EXHAUSTED,
          "the budget of content is spent: %d of %d bytes are taken, %d more wanted"
              .formatted(used, budget, bytes),
          directory,
          null);
    }
  }

  /// What is left, of the disk and of the budget.
  long free(long used) {
    return Math.max(0, Math.min(usable.getAsLong() - reserve, budget - used));
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
