package org.promisegrid.driver.docker;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.shim.ShimConnection;

/// The streams of a run, and how much of its output they have taken: that is where whoever comes
/// next, by another connection or from the spool, goes on.
final class Served {

  private final InputStream in;
  private final Counted out;
  private final Counted log;

  Served(Stdio stdio) {
    this.in = stdio.in();
    this.out = new Counted(stdio.out());
    this.log = new Counted(stdio.log());
  }

  Stdio stdio() {
    return new Stdio(in, out, log);
  }

  /// The same output, and an input of which nothing comes any more.
  Stdio withoutInput() {
    return new Stdio(new NoMoreInput(), out, log);
  }

  OutputStream out() {
    return out;
  }

  OutputStream log() {
    return log;
  }

  /// Up to where it was taken.
  ShimConnection.Told told() {
    return new ShimConnection.Told(out.count(), log.count());
  }

  /// Why one takes no more; null if both do. Nobody can say how much of the last piece it took, so
  /// nothing comes after that.
  @Nullable IOException failure() {
    IOException first = out.failure();
    return first != null ? first : log.failure();
  }

  private static final class Counted extends OutputStream {

    private final OutputStream to;
    private final AtomicLong count = new AtomicLong();
    private volatile @Nullable IOException failure;

    Counted(OutputStream to) {
      this.to = to;
    }

    long count() {
      return count.get();
    }

    @Nullable IOException failure() {
      return failure;
    }

    @Override
    public void write(int octet) throws IOException {
      write(new byte[] {(byte) octet}, 0, 1);
    }

    /// One thread at a time does this.
    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      try {
        to.write(from, offset, length);
      } catch (IOException e) {
        failure = e;
        throw e;
      }
      count.addAndGet(length);
    }

    @Override
    public void flush() throws IOException {
      to.flush();
    }
  }
}
