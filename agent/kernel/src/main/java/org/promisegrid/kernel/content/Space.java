package org.promisegrid.kernel.content;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/// What is free on the disk, less a reserve that content never takes: what makes room again (and
/// whatever must go on when the disk is full) needs some itself.
final class Space {

  private final Path directory;
  private final long reserve;
  private final LongSupplier usable;

  Space(Path directory, long reserve, LongSupplier usable) {
    this.directory = directory;
    this.reserve = reserve;
    this.usable = usable;
  }

  /// Measured where `directory` is.
  static Space of(Path directory, long reserve) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new NotDirectoryException(directory.toString());
    }
    // Not by a FileStore, which looks for the mount: within a chroot there is none to be found.
    File asked = directory.toFile();
    return new Space(directory, reserve, asked::getUsableSpace);
  }

  /// Whether `bytes` more can be taken.
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

  long free() {
    return Math.max(0, usable.getAsLong() - reserve);
  }
}
