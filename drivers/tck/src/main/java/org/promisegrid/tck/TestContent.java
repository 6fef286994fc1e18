package org.promisegrid.tck;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;

/// Content in memory, verified as it is read, that can be damaged and held back by a test.
public final class TestContent implements ContentSource {

  private final Map<Cid, byte[]> held = new HashMap<>();
  private final Map<Cid, Integer> opened = new HashMap<>();
  private boolean blocked;
  private int waiting;

  /// Keeps a copy of `content` under its name.
  public synchronized Cid put(byte[] content) {
    Cid cid = Cid.of(content);
    held.put(cid, content.clone());
    return cid;
  }

  /// Flips a bit of what `cid` names, so that reading it to its end fails.
  synchronized void damage(Cid cid) {
    byte[] bytes = found(held.get(cid), cid).clone();
    bytes[bytes.length - 1] ^= 1;
    held.put(cid, bytes);
  }

  /// Makes every read wait until [#unblock], or until its thread is interrupted.
  synchronized void block() {
    blocked = true;
  }

  synchronized void unblock() {
    blocked = false;
    notifyAll();
  }

  /// Returns once a read waits.
  synchronized void awaitReader() throws InterruptedException {
    while (waiting == 0) {
      wait();
    }
  }

  /// Waits until `cid` was opened `count` times, at most so long; whether it was.
  synchronized boolean awaitOpened(Cid cid, int count, Duration atMost)
      throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    while (opened(cid) < count) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }

  /// How often `cid` was opened.
  synchronized int opened(Cid cid) {
    return opened.getOrDefault(cid, 0);
  }

  /// How often anything was opened.
  synchronized int opened() {
    return opened.values().stream().mapToInt(Integer::intValue).sum();
  }

  @Override
  public synchronized InputStream open(Cid cid) throws IOException {
    byte[] bytes = held.get(cid);
    if (bytes == null) {
      throw new FileNotFoundException("no content " + cid);
    }
    opened.merge(cid, 1, Integer::sum);
    notifyAll();
    return new Verified(cid, bytes);
  }

  @Override
  public synchronized long size(Cid cid) throws IOException {
    byte[] bytes = held.get(cid);
    if (bytes == null) {
      throw new FileNotFoundException("no content " + cid);
    }
    return bytes.length;
  }

  private static byte[] found(byte @Nullable [] bytes, Cid cid) {
    if (bytes == null) {
      throw new IllegalArgumentException("no content " + cid);
    }
    return bytes;
  }

  private synchronized void awaitUnblocked() throws InterruptedIOException {
    if (!blocked) {
      return;
    }
    waiting++;
    notifyAll();
    try {
      while (blocked) {
        wait();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading content");
    } finally {
      waiting--;
    }
  }

  private final class Verified extends FilterInputStream {

    private final Cid cid;
    private final MessageDigest digest = Cid.sha256();

    Verified(Cid cid, byte[] bytes) {
      super(new ByteArrayInputStream(bytes));
      this.cid = cid;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      awaitUnblocked();
      int count = super.read(into, offset, length);
      if (count >= 0) {
        digest.update(into, offset, count);
      } else if (!Cid.ofDigest(digest.digest()).equals(cid)) {
        throw new IOException("content isn't what it is named: " + cid);
      }
      return count;
    }

    @Override
    public long skip(long count) throws IOException {
      return readNBytes((int) Math.min(count, 8192)).length; // what is skipped is verified too
    }

    @Override
    public boolean markSupported() {
      return false;
    }
  }
}
