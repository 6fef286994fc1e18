package org.promisegrid.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.Objects;

/// The beginning of what a workload wrote to its log, in memory, for any number of readers: for a
/// driver whose target doesn't keep it.
public final class KeptLog {

  /// More than this isn't kept in memory, whatever the limit.
  private static final int MOST = 16 << 20;

  private final int limit;
  private byte[] bytes = new byte[0];
  private int size;
  private boolean ended;

  /// @param limit bytes to keep; see [Limits#log]
  public KeptLog(long limit) {
    this.limit = (int) Math.min(limit, MOST);
  }

  /// Keeps what there is room for.
  public synchronized void append(byte[] from, int offset, int length) {
    int kept = Math.min(length, limit - size);
    if (kept == 0) {
      return;
    }
    if (size + kept > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.min(limit, Math.max(size + kept, 2 * bytes.length)));
    }
    System.arraycopy(from, offset, bytes, size, kept);
    size += kept;
    notifyAll();
  }

  /// There will be no more.
  public synchronized void end() {
    ended = true;
    notifyAll();
  }

  /// Reads from `offset` on, and if told to follow waits at the end for more.
  public InputStream read(long offset, boolean follow) {
    return new Reader(offset, follow);
  }

  private final class Reader extends InputStream {

    private final boolean follow;
    private long at;

    Reader(long at, boolean follow) {
      this.at = at;
      this.follow = follow;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, into.length);
      if (length == 0) {
        return 0;
      }
      synchronized (KeptLog.this) {
        while (at >= size) {
          if (ended || !follow) {
            return -1;
          }
          try {
            KeptLog.this.wait();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("following a log");
          }
        }
        int read = (int) Math.min(length, size - at);
        System.arraycopy(bytes, (int) at, into, offset, read);
        at += read;
        return read;
      }
    }

    @Override
    public int available() {
      synchronized (KeptLog.this) {
        return (int) Math.max(0, size - at);
      }
    }
  }
}
