package org.promisegrid.server.wire;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A connection's two directions as streams.
///
/// A thread of its own reads ahead, a little, so that a caller who hangs up is noticed while their
/// call is handled and nobody reads.
final class Line implements AutoCloseable {

  private static final int AHEAD = 256 << 10;

  private final SocketChannel channel;
  private final Duration patience;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final byte[] ring = new byte[AHEAD];
  private int start;
  private int length;
  private boolean ended;
  private @Nullable IOException broken;
  private @Nullable Visit visit;

  /// @param patience how long a reader waits for bytes
  Line(SocketChannel channel, Duration patience) {
    this.channel = channel;
    this.patience = patience;
  }

  /// Begins to read ahead.
  void start() {
    var _ = Thread.ofVirtual().name("reads agent.sock").start(this::readAhead);
  }

  private void readAhead() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(AHEAD / 4);
    try {
      while (channel.read(buffer.clear()) >= 0) {
        keep(buffer.flip());
      }
      end(null);
    } catch (IOException e) {
      end(e);
    } catch (InterruptedException e) {
      end(new IOException("closed", e));
    }
  }

  private void keep(ByteBuffer bytes) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (bytes.hasRemaining()) {
        while (length == AHEAD && !ended) {
          changed.await();
        }
        if (ended) {
          return;
        }
        int at = (start + length) % AHEAD;
        int fits = Math.min(AHEAD - length, AHEAD - at);
        int taken = Math.min(fits, bytes.remaining());
        bytes.get(ring, at, taken);
        length += taken;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private void end(@Nullable IOException why) {
    lock.lock();
    try {
      ended = true;
      broken = broken == null ? why : broken;
      changed.signalAll();
      if (visit != null) {
        visit.leave();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Says whose call is being handled from now on: it ends when the caller hangs up.
  void busy(Visit with) {
    lock.lock();
    try {
      visit = with;
      if (ended) {
        with.leave();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Says that nothing is being handled any more.
  void idle() {
    lock.lock();
    try {
      visit = null;
    } finally {
      lock.unlock();
    }
  }

  /// Closes the connection unless a call is being handled on it.
  void closeIfIdle() throws IOException {
    lock.lock();
    try {
      if (visit != null) {
        return;
      }
    } finally {
      lock.unlock();
    }
    close();
  }

  /// What the caller sends. Reading fails where nothing comes for too long.
  InputStream in() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int most) throws IOException {
        Objects.checkFromIndexSize(offset, most, bytes.length);
        return most == 0 ? 0 : take(bytes, offset, most);
      }
    };
  }

  private int take(byte[] bytes, int offset, int most) throws IOException {
    lock.lock();
    try {
      long left = patience.toNanos();
      while (length == 0) {
        if (broken != null) {
          throw new IOException("the connection broke", broken);
        }
        if (ended) {
          return -1;
        }
        if (left <= 0) {
          throw new IOException("nothing came for " + patience.toSeconds() + " s");
        }
        left = changed.awaitNanos(left);
      }
      int taken = Math.min(most, Math.min(length, AHEAD - start));
      System.arraycopy(ring, start, bytes, offset, taken);
      start = (start + taken) % AHEAD;
      length -= taken;
      changed.signalAll();
      return taken;
    } catch (InterruptedException e) {
      throw new IOException("the agent is ending", e);
    } finally {
      lock.unlock();
    }
  }

  /// What the caller gets; nothing is held back.
  OutputStream out() {
    return new OutputStream() {
      @Override
      public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int size) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, size);
        while (buffer.hasRemaining()) {
          var _ = channel.write(buffer);
        }
      }
    };
  }

  @Override
  public void close() throws IOException {
    end(null);
    channel.close();
  }
}
