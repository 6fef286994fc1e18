package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.file.Path;

/// The disk under a journal, as far as it is written to.
public interface Disk {

  /// How much is set aside: entries of thousands of calls, and what the index writes for them.
  long SET_ASIDE = 8 << 20;

  /// Opens a file to be read and written, making it if it isn't there.
  File open(Path path) throws IOException;

  /// Gives a file another name, at once and for good: it has it after a power cut, too.
  void rename(Path from, Path to) throws IOException;

  /// Deletes a file, if it is there, at once and for good.
  void remove(Path path) throws IOException;

  /// Bytes that can still be written where `directory` is.
  long usable(Path directory) throws IOException;

  /// Sets aside [#SET_ASIDE] bytes, unless they are.
  default void setAside() throws IOException {}

  /// Gives up what was set aside; whether there was anything.
  default boolean release() throws IOException {
    return false;
  }

  /// A file that is written to.
  interface File extends AutoCloseable {

    /// Writes all of `bytes` at `offset`.
    void write(byte[] bytes, long offset) throws IOException;

    void truncate(long size) throws IOException;

    /// Returns when everything written before is on the disk.
    void force() throws IOException;

    @Override
    void close() throws IOException;
  }

  /// The one that files are on.
  static Disk real() {
    return new RealDisk();
  }

  /// Another one, of which `file` takes what is set aside.
  static Disk reserving(Disk disk, Path file) {
    return new ReservedDisk(disk, file);
  }
}
