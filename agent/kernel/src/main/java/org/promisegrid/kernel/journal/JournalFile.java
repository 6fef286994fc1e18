package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/// The bytes of a journal.
///
/// Not a file channel: callers append on their own threads, which are interrupted when they leave,
/// and a channel closes itself, for everybody, when a thread is interrupted while using it.
final class JournalFile implements AutoCloseable {

  private final RandomAccessFile file;

  /// Of the place that reads and writes begin at.
  private final ReentrantLock place = new ReentrantLock();

  private JournalFile(RandomAccessFile file) {
    this.file = file;
  }

  /// Opens a file, making it if it isn't there.
  static JournalFile open(Path path) throws IOException {
    return new JournalFile(new RandomAccessFile(path.toFile(), "rw"));
  }

  /// Reads what fits into `buffer` from `offset` on; -1 at the end.
  int read(ByteBuffer buffer, long offset) throws IOException {
    place.lock();
    try {
      file.seek(offset);
      int from = buffer.arrayOffset() + buffer.position();
      int read = file.read(buffer.array(), from, buffer.remaining());
      if (read > 0) {
        buffer.position(buffer.position() + read);
      }
      return read;
    } finally {
      place.unlock();
    }
  }

  /// Writes all of `bytes` at `offset`.
  void write(byte[] bytes, long offset) throws IOException {
    place.lock();
    try {
      file.seek(offset);
      file.write(bytes);
    } finally {
      place.unlock();
    }
  }

  long size() throws IOException {
    return file.length();
  }

  void truncate(long size) throws IOException {
    file.setLength(size);
  }

  /// Returns when everything written before is on the disk.
  void force() throws IOException {
    file.getFD().sync();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
