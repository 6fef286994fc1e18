package org.promisegrid.driver.docker.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// Content that is being read, by a reader that may ask beyond its end, and skip: everything is
/// read all the same, once, which verifies it.
final class Reading extends FilterInputStream {

  private static final int MOST_SKIPPED = 64 << 10;

  private boolean ended;
  private boolean failed;

  Reading(InputStream in) {
    super(in);
  }

  /// Whether it was this that failed, and not what reads it.
  boolean failed() {
    return failed;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (ended) {
      return -1;
    }
    try {
      int read = in.read(into, offset, length);
      ended = read < 0;
      return read;
    } catch (IOException e) {
      failed = true;
      throw e;
    }
  }

  @Override
  public long skip(long count) throws IOException {
    return readNBytes((int) Math.max(0, Math.min(count, MOST_SKIPPED))).length;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
