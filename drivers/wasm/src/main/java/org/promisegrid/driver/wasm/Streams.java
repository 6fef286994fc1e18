package org.promisegrid.driver.wasm;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import org.promisegrid.driver.wasm.engine.RunEndedException;
import org.promisegrid.sandbox.KeptLog;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;

/// A workload's streams as it meets them: within its limits, and without its turn while it waits.
final class Streams {

  private Streams() {}

  /// Reads `in`; whoever waits for input lets others compute.
  static InputStream input(InputStream in, Turns.Turn turn) {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        if (in.available() > 0) {
          return in.read(into, offset, length);
        }
        turn.give();
        int read;
        try {
          read = in.read(into, offset, length);
        } finally {
          resume(turn);
        }
        return read;
      }

      @Override
      public int available() throws IOException {
        return in.available();
      }
    };
  }

  /// Writes at most `limit` bytes to `out`, then ends the run.
  static OutputStream output(OutputStream out, long limit, Turns.Turn turn) {
    return new Limited(out, limit, turn) {
      @Override
      void write(byte[] from, int offset, int length, boolean beyond) throws IOException {
        pass(from, offset, length);
        if (beyond) {
          throw new RunEndedException(new Outcome.Exceeded(Limit.OUTPUT));
        }
      }
    };
  }

  /// Keeps and writes at most `limit` bytes to `log`; the rest goes nowhere.
  static OutputStream log(OutputStream log, KeptLog kept, long limit, Turns.Turn turn) {
    return new Limited(log, limit, turn) {
      @Override
      void write(byte[] from, int offset, int length, boolean beyond) throws IOException {
        kept.append(from, offset, length);
        pass(from, offset, length);
      }
    };
  }

  private static void resume(Turns.Turn turn) throws InterruptedIOException {
    try {
      turn.resume();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("waiting for a turn to compute");
    }
  }

  /// Counts what is written.
  private abstract static class Limited extends OutputStream {

    private final OutputStream to;
    private final Turns.Turn turn;
    private long left;

    Limited(OutputStream to, long limit, Turns.Turn turn) {
      this.to = to;
      this.turn = turn;
      this.left = limit;
    }

    /// @param length bytes within the limit
    /// @param beyond whether there were more than those
    abstract void write(byte[] from, int offset, int length, boolean beyond) throws IOException;

    final void pass(byte[] from, int offset, int length) throws IOException {
      if (length > 0) {
        turn.give();
        try {
          to.write(from, offset, length);
        } finally {
          resume(turn);
        }
      }
    }

    @Override
    public final void write(int octet) throws IOException {
      write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public final void write(byte[] from, int offset, int length) throws IOException {
      int within = (int) Math.min(length, left);
      left -= within;
      write(from, offset, within, within < length);
    }

    @Override
    public final void flush() throws IOException {
      to.flush();
    }
  }
}
