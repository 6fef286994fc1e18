package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/// A file of a journal.
///
/// Not a file channel: callers append on their own threads, which are interrupted when they leave,
/// and a channel closes itself, for everybody, when a thread is interrupted while using it.
final class JournalFile implements Source, Disk.File {

  private final RandomAccessFile file;

  /// Of the place that reads and writes begin at.
  private final ReentrantLock place = new ReentrantLock();

  /// Where that is; negative if nobody knows. Most writes go on where the one before ended.
  private long at = -1;

  private JournalFile(RandomAccessFile file) {
    this.file = file;
  }

  /// Opens a file, making it if it isn't there.
  static JournalFile open(Path path) throws IOException {
    return new JournalFile(new RandomAccessFile(path.toFile(), "rw"));
  }

  /// Opens a file that is there, and isn't going to be changed.
  static JournalFile openToRead(Path path) throws IOException {
    return new JournalFile(new RandomAccessFile(path.toFile(), "r"));
  }

  @Override
  public int read(ByteBuffer buffer, long offset) throws IOException {
    place.lock();
    try {
      at = -1;
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

  @Override
  public void write(byte[] bytes, long offset) throws IOException {
    place.lock();
    try {
      if (at != offset) {
        file.seek(offset);
      }
      at = -1;
      file.write(bytes);
      at = offset + bytes.length;
    } finally {
      place.unlock();
    }
  }

  @Override
  public long size() throws IOException {
    return file.length();
  }

  @Override
  public void truncate(long size) throws IOException {
    place.lock();
    try {
      at = -1;
      file.setLength(size);
    } finally {
      place.unlock();
    }
  }

  @Override
  public void force() throws IOException {
    file.getFD().sync();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
