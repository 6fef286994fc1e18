package org.promisegrid.tck;

import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Objects;

/// A workload's input, held by the test: some bytes at once, the end when the test says so.
///
/// A read that finds nothing blocks until there is an end, and gives up with
/// [InterruptedIOException] when its thread is interrupted, as the agent's own streams do.
public final class Feed extends InputStream {

  private final byte[] bytes;
  private int at;
  private int waiting;
  private boolean ended;
  private boolean closed;

  private Feed(byte[] bytes, boolean ended) {
    this.bytes = bytes.clone();
    this.ended = ended;
  }

  /// A complete input.
  public static Feed of(byte[] bytes) {
    return new Feed(bytes, true);
  }

  /// No bytes, and no end before [#end].
  public static Feed held() {
    return new Feed(new byte[0], false);
  }

  /// These bytes, and no end before [#end].
  public static Feed held(byte[] bytes) {
    return new Feed(bytes, false);
  }

  /// Lets the input end.
  public synchronized void end() {
    ended = true;
    notifyAll();
  }

  /// Returns once somebody waits for more than there is.
  public synchronized void awaitReader() throws InterruptedException {
    while (waiting == 0) {
      wait();
    }
  }

  /// Returns once nobody waits for more: what read from here has given up.
  public synchronized void awaitNoReader() throws InterruptedException {
    while (waiting > 0) {
      wait();
    }
  }

  /// Whether the driver has closed what isn't its own.
  public synchronized boolean closed() {
    return closed;
  }

  @Override
  public int read() throws InterruptedIOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public synchronized int read(byte[] into, int offset, int length) throws InterruptedIOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    if (length == 0) {
      return 0;
    }
    if (at == bytes.length && !ended) {
      awaitEnd();
    }
    if (at == bytes.length) {
      return -1;
    }
    int count = Math.min(length, bytes.length - at);
    System.arraycopy(bytes, at, into, offset, count);
    at += count;
    return count;
  }

  @Override
  public synchronized int available() {
    return bytes.length - at;
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  private synchronized void awaitEnd() throws InterruptedIOException {
    waiting++;
    notifyAll();
    try {
      while (!ended) {
        wait();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for input");
    } finally {
      waiting--;
      notifyAll();
    }
  }
}
