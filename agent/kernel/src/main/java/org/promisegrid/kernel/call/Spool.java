package org.promisegrid.kernel.call;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.content.StorageException;

/// What a run writes, kept until it is content: in memory while it is small, in a scratch file
/// beyond. One writer; any number of watchers read along, each at its own pace.
final class Spool implements AutoCloseable {

  /// What stays in memory.
  static final int SMALL = 256 * 1024;

  /// How much is written between two looks at the disk.
  private static final long LOOK = 1 << 20;

  private final Path scratch;
  private final LongConsumer room;
  private final ReentrantLock lock;
  private final Condition changed;
  private final OutputStream stream = new Writer();
  private ByteArrayOutputStream memory = new ByteArrayOutputStream();
  private @Nullable Path path;

  /// Not a channel: that would close itself for all when one watcher, who left, is interrupted.
  private @Nullable RandomAccessFile file;

  private long size;

  /// At which size to look at the disk again.
  private long look;

  private boolean finished;

  /// The disk has no room for more of what a run writes.
  static final class NoRoomException extends IOException {
    private static final long serialVersionUID = 1;

    NoRoomException(Exception cause) {
      super("no room for what the run writes", cause);
    }
  }

  /// A spool whose file, if it needs one, is made in `scratch`.
  ///
  /// @param changed of `lock`: signalled whenever something was written, or the end came
  /// @param room refuses what would take of the disk's reserve
  Spool(Path scratch, LongConsumer room, ReentrantLock lock, Condition changed) {
    this.scratch = scratch;
    this.room = room;
    this.lock = lock;
    this.changed = changed;
  }

  /// Where the run writes.
  OutputStream stream() {
    return stream;
  }

  /// Forgets what was written: another sandbox runs the same call anew.
  void restart() throws IOException {
    lock.lock();
    try {
      memory = new ByteArrayOutputStream();
      dropFile();
      size = 0;
      look = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Says that nothing more will be written.
  void finish() {
    lock.lock();
    try {
      finished = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  long size() {
    lock.lock();
    try {
      return size;
    } finally {
      lock.unlock();
    }
  }

  /// Opens all that was written; the caller closes.
  InputStream open() throws IOException {
    lock.lock();
    try {
      Path spooled = path;
      return spooled == null
          ? new ByteArrayInputStream(memory.toByteArray())
          : Files.newInputStream(spooled);
    } finally {
      lock.unlock();
    }
  }

  /// What was written from `offset` on, up to `most` bytes; none if there is nothing yet.
  byte[] read(long offset, int most) throws IOException {
    lock.lock();
    try {
      int length = Math.clamp(size - offset, 0, most);
      RandomAccessFile spooled = file;
      if (spooled == null) {
        int from = (int) Math.min(offset, size);
        return Arrays.copyOfRange(memory.toByteArray(), from, from + length);
      }
      byte[] bytes = new byte[length];
      spooled.seek(offset);
      spooled.readFully(bytes);
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  /// Removes the file, if there is one.
  @Override
  public void close() throws IOException {
    finish();
    lock.lock();
    try {
      dropFile();
    } finally {
      lock.unlock();
    }
  }

  private void requireRoom(int length) throws NoRoomException {
    if (size + length < look) {
      return;
    }
    try {
      room.accept(Math.max(LOOK, length));
      look = size + Math.max(LOOK, length);
    } catch (StorageException e) {
      throw new NoRoomException(e);
    }
  }

  private void append(RandomAccessFile to, byte[] bytes, int from, int length) throws IOException {
    try {
      to.seek(size);
      to.write(bytes, from, length);
    } catch (IOException e) {
      throw StorageException.isFullDisk(e) ? new NoRoomException(e) : e;
    }
  }

  private void dropFile() throws IOException {
    RandomAccessFile open = file;
    Path made = path;
    file = null;
    path = null;
    if (open != null) {
      open.close();
    }
    if (made != null) {
      Files.deleteIfExists(made);
    }
  }

  private final class Writer extends OutputStream {

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      lock.lock();
      try {
        if (finished) {
          throw new IOException("the run is over");
        }
        if (size + length > SMALL) {
          requireRoom(length);
        }
        if (file == null && size + length > SMALL) {
          Path made = Files.createTempFile(scratch, "run-", ".out");
          path = made;
          RandomAccessFile opened = new RandomAccessFile(made.toFile(), "rw");
          file = opened;
          opened.write(memory.toByteArray());
          memory = new ByteArrayOutputStream();
        }
        RandomAccessFile spooled = file;
        if (spooled == null) {
          memory.write(bytes, from, length);
        } else {
          append(spooled, bytes, from, length);
        }
        size += length;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
