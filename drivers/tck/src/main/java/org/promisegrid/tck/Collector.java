package org.promisegrid.tck;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.promisegrid.sandbox.OutputExceededException;

/// Takes what a workload writes, up to a limit, like the agent's own end of
/// [org.promisegrid.sandbox.Stdio#out].
///
/// A slow one lets the first write through and holds every later one until the test opens it, or
/// gives up with [InterruptedIOException] when the writing thread is interrupted.
public final class Collector extends OutputStream {

  private final long limit;
  private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
  private boolean open;
  private boolean written;
  private boolean closed;

  private Collector(long limit, boolean open) {
    this.limit = limit;
    this.open = open;
  }

  /// Takes `limit` bytes and throws at the next.
  public static Collector upTo(long limit) {
    return new Collector(limit, true);
  }

  /// Takes everything.
  public static Collector unlimited() {
    return upTo(Long.MAX_VALUE);
  }

  /// Takes everything, but after the first write only once it is opened.
  public static Collector slow() {
    return new Collector(Long.MAX_VALUE, false);
  }

  /// Lets a slow one take what comes.
  public synchronized void open() {
    open = true;
    notifyAll();
  }

  /// Returns once something was written.
  public synchronized void awaitWrite() throws InterruptedException {
    while (!written) {
      wait();
    }
  }

  /// What was taken; a copy.
  public synchronized byte[] bytes() {
    return taken.toByteArray();
  }

  /// What was taken, as UTF-8.
  public synchronized String text() {
    return taken.toString(StandardCharsets.UTF_8);
  }

  /// Whether the driver has closed what isn't its own.
  public synchronized boolean closed() {
    return closed;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (written) {
      awaitOpen();
    }
    int count = (int) Math.min(length, limit - taken.size());
    taken.write(bytes, offset, count);
    if (length > 0) {
      written = true;
      notifyAll();
    }
    if (count < length) {
      throw new OutputExceededException(limit);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  private synchronized void awaitOpen() throws InterruptedIOException {
    try {
      while (!open) {
        wait();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while nobody took the output");
    }
  }
}
