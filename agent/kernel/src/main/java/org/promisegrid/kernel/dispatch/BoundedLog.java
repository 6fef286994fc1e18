package org.promisegrid.kernel.dispatch;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.message.Item;

/// A run's standard error on its way to the caller's sink: what is beyond the limit is discarded,
/// but its tail is kept.
final class BoundedLog extends OutputStream {

  /// Bytes of the tail.
  static final int TAIL = 4096;

  private final OutputStream sink;
  private final long limit;
  private final byte[] ring = new byte[TAIL];
  private long written;
  private volatile boolean over;
  private volatile @Nullable IOException failure;

  BoundedLog(OutputStream sink, long limit) {
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
    if (over) {
      throw new IOException("the run is over");
    }
    int fitting = Math.clamp(limit - written, 0, length);
    if (fitting > 0) {
      pass(() -> sink.write(bytes, offset, fitting));
    }
    int skipped = Math.max(0, length - TAIL);
    for (int i = skipped; i < length; i++) {
      ring[(int) ((written + i) % TAIL)] = bytes[offset + i];
    }
    written += length;
  }

  @Override
  public synchronized void flush() throws IOException {
    if (over) {
      throw new IOException("the run is over");
    }
    pass(sink::flush);
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

  synchronized Conclusion.Log log() {
    int length = (int) Math.min(TAIL, written);
    byte[] tail = new byte[length];
    for (int i = 0; i < length; i++) {
      tail[i] = ring[(int) ((written - length + i) % TAIL)];
    }
    return new Conclusion.Log(Item.of(tail), written, written <= limit);
  }

  /// How the sink failed: the agent's own fault, not the workload's.
  @Nullable IOException failure() {
    return failure;
  }

  private interface Pass {
    void run() throws IOException;
  }

  private void pass(Pass pass) throws IOException {
    try {
      pass.run();
    } catch (IOException e) {
      if (!Interruptions.are(e)) {
        failure = e;
      }
      throw e;
    }
  }
}
