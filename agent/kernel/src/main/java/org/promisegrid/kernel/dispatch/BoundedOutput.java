package org.promisegrid.kernel.dispatch;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.OutputExceededException;

/// A run's standard output on its way to the caller's sink: so many bytes and no more, and nothing
/// once the run is over.
final class BoundedOutput extends OutputStream {

  private final OutputStream sink;
  private final long limit;
  private volatile long written;
  private volatile boolean exceeded;
  private volatile boolean over;
  private volatile @Nullable IOException failure;

  BoundedOutput(OutputStream sink, long limit) {
    this.sink = sink;
    this.limit = limit;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    refuseIfOver();
    if (exceeded) {
      throw new OutputExceededException(limit);
    }
    // What fits is passed on: the bytes up to the limit are part of what the run did.
    int fitting = (int) Math.min(length, limit - written);
    try {
      sink.write(bytes, offset, fitting);
    } catch (IOException e) {
      throw noted(e);
    }
    written += fitting;
    if (fitting < length) {
      exceeded = true;
      throw new OutputExceededException(limit);
    }
  }

  @Override
  public synchronized void flush() throws IOException {
    refuseIfOver();
    try {
      sink.flush();
    } catch (IOException e) {
      throw noted(e);
    }
  }

  /// The sink is its owner's to close.
  @Override
  public void close() {
    end();
  }

  /// Nothing passes from now on, whoever still writes. Waits for nobody: a sink may hang.
  void end() {
    over = true;
  }

  long written() {
    return written;
  }

  boolean exceeded() {
    return exceeded;
  }

  /// How the sink failed: the agent's own fault, not the workload's.
  @Nullable IOException failure() {
    return failure;
  }

  private IOException noted(IOException e) {
    if (!Interruptions.are(e)) {
      failure = e;
    }
    return e;
  }

  private void refuseIfOver() throws IOException {
    if (over) {
      throw new IOException("the run is over");
    }
  }
}
