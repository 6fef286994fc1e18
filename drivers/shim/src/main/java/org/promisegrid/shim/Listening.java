package org.promisegrid.shim;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// Knows since when nothing has been heard.
final class Listening extends FilterInputStream {

  private volatile boolean waiting;
  private volatile long since;

  Listening(InputStream from) {
    super(from);
  }

  /// Whether whoever reads has been waiting since before that moment of [System#nanoTime].
  boolean waitsSince(long nanos) {
    return waiting && since - nanos < 0;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    since = System.nanoTime();
    waiting = true;
    try {
      return in.read(into, offset, length);
    } finally {
      waiting = false;
    }
  }
}
