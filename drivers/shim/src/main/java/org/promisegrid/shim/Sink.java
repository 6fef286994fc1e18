package org.promisegrid.shim;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Where one of a workload's output streams goes: in order, without gaps. One thread writes; others
/// may tell it to write no more.
final class Sink {

  private final OutputStream to;
  private final boolean resumed;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Thread writing;
  private boolean discards;
  private long next;
  private boolean found;

  /// @param from the offset that comes first
  /// @param resumed whether something else may come at first: what an earlier connection was about
  ///   to hear
  Sink(OutputStream to, long from, boolean resumed) {
    this.to = to;
    this.next = from;
    this.resumed = resumed;
  }

  /// Up to where it has received everything.
  long next() {
    lock.lock();
    try {
      return next;
    } finally {
      lock.unlock();
    }
  }

  /// @throws BrokenProtocolException if something is left out or comes again
  /// @throws IOException what the stream throws
  void take(long offset, ByteBuffer bytes) throws IOException {
    int skip = passedOver(offset, bytes.remaining());
    if (skip == bytes.remaining() || !begin()) {
      received(offset + bytes.remaining());
      return;
    }
    try {
      int start = bytes.arrayOffset() + bytes.position();
      to.write(bytes.array(), start + skip, bytes.remaining() - skip);
    } catch (IOException e) {
      if (!discarding()) { // what nobody wants any more needn't arrive
        throw e;
      }
    } finally {
      written();
      received(offset + bytes.remaining());
    }
  }

  private int passedOver(long offset, int size) throws BrokenProtocolException {
    if (offset == next) {
      found = true;
      return 0;
    }
    if (!resumed) {
      throw new BrokenProtocolException("output at " + offset + " after " + next);
    }
    if (offset > next && found) {
      throw new BrokenProtocolException("output at " + offset + " after " + next);
    }
    if (offset > next) {
      return size;
    }
    int known = (int) Math.min(size, next - offset);
    found |= known < size;
    return known;
  }

  private void received(long to) {
    lock.lock();
    try {
      if (!resumed || found) {
        next = Math.max(next, to);
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean begin() {
    lock.lock();
    try {
      writing = discards ? null : Thread.currentThread();
      return !discards;
    } finally {
      lock.unlock();
    }
  }

  private void written() {
    lock.lock();
    try {
      writing = null;
      Thread.interrupted(); // it was meant for the write that is over
    } finally {
      lock.unlock();
    }
  }

  private boolean discarding() {
    lock.lock();
    try {
      return discards;
    } finally {
      lock.unlock();
    }
  }

  /// Whether a write is under way now.
  boolean isWriting() {
    lock.lock();
    try {
      return writing != null;
    } finally {
      lock.unlock();
    }
  }

  /// From now on what comes is thrown away; a write under way is interrupted.
  void discard() {
    lock.lock();
    try {
      discards = true;
      if (writing != null) {
        writing.interrupt();
      }
    } finally {
      lock.unlock();
    }
  }
}
