package org.promisegrid.driver.memory;

import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.Objects;
import org.promisegrid.sandbox.LogQuery;

/// The kept part of one run's log, read while it grows.
final class LogBuffer {

  private static final int FIRST_SIZE = 256;

  private final int limit;
  private byte[] kept = new byte[0];
  private int size;
  private boolean complete;

  LogBuffer(long limit) {
    this.limit = (int) Math.min(limit, Integer.MAX_VALUE - 8); // the longest array there is
  }

  /// Keeps what fits; the rest is discarded.
  synchronized void append(byte[] bytes, int offset, int length) {
    int count = Math.min(length, limit - size);
    if (kept.length - size < count) {
      long wanted = Math.max(FIRST_SIZE, Math.max(2L * kept.length, (long) size + count));
      kept = Arrays.copyOf(kept, (int) Math.min(wanted, limit));
    }
    System.arraycopy(bytes, offset, kept, size, count);
    size += count;
    notifyAll();
  }

  /// Nothing more will come: followers end.
  synchronized void complete() {
    complete = true;
    notifyAll();
  }

  /// What is kept from an offset on; a follower's read waits for more until the run ends.
  InputStream read(LogQuery query) {
    return new Reader(query);
  }

  /// Copies what is kept from `from` on; how much, or -1 where nothing is or will be.
  private synchronized int copy(long from, boolean follow, byte[] into, int offset, int length)
      throws InterruptedException {
    while (follow && !complete && from >= size) {
      wait();
    }
    if (from >= size) {
      return -1;
    }
    int count = (int) Math.min(length, size - from);
    System.arraycopy(kept, (int) from, into, offset, count);
    return count;
  }

  private final class Reader extends InputStream {

    private final boolean follow;
    private long next;

    Reader(LogQuery query) {
      this.follow = query.follow();
      this.next = query.offset();
    }

    @Override
    public int read() throws InterruptedIOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws InterruptedIOException {
      Objects.checkFromIndexSize(offset, length, into.length);
      if (length == 0) {
        return 0;
      }
      try {
        int count = copy(next, follow, into, offset, length);
        next += Math.max(count, 0);
        return count;
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while following a log");
      }
    }
  }
}
