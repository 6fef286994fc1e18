package org.promisegrid.server.wire;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/// So many bytes of a stream, and not one beyond them. Where the stream ends before, reading fails:
/// the part is never taken for the whole. So it does where they must be the last ones, and aren't.
final class Exact extends InputStream {

  private static final int DROPPED_AT_ONCE = 16 << 10;

  private final InputStream in;
  private final boolean last;
  private long left;
  private boolean cutOff;

  /// @param last whether the stream has to end with them
  Exact(InputStream in, long size, boolean last) {
    this.in = in;
    this.last = last;
    this.left = size;
  }

  /// Whether the stream ended, or broke, before its time, or didn't end in time.
  boolean isCutOff() {
    return cutOff;
  }

  /// How many are still to be read.
  long left() {
    return left;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      return 0;
    }
    if (left == 0) {
      requireEnd();
      return -1;
    }
    int read;
    try {
      read = in.read(bytes, offset, (int) Math.min(length, left));
    } catch (IOException e) {
      cutOff = true;
      throw e;
    }
    if (read < 0) {
      cutOff = true;
      throw new EOFException("the stream ends " + left + " bytes too early");
    }
    left -= read;
    if (left == 0) {
      requireEnd();
    }
    return read;
  }

  private void requireEnd() throws IOException {
    if (last && in.read() >= 0) {
      cutOff = true;
      throw new IOException("the stream goes on behind what belongs to the call");
    }
  }

  /// Reads the rest, for nothing: what follows it is the next frame.
  void drop() throws IOException {
    byte[] dropped = new byte[(int) Math.min(left, DROPPED_AT_ONCE)];
    while (left > 0) {
      var _ = read(dropped, 0, dropped.length);
    }
  }
}
