package org.promisegrid.cli.text;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/// How far bytes have come, on one line of a terminal that is written anew now and then, and wiped
/// in the end. What is soon done shows nothing; without a terminal it never does.
public final class Progress implements AutoCloseable {

  /// Nobody wonders how far it is before.
  private static final Duration QUIET = Duration.ofMillis(500);

  private static final Duration EVERY = Duration.ofMillis(200);
  private static final String WIPE = "\r\u001b[K";

  private final Optional<PrintStream> terminal;
  private final String what;
  private final long size;
  private final LongSupplier nanos;
  private final long began;
  private long next;
  private long done;
  private boolean shown;

  /// @param terminal where to show it, if anywhere
  /// @param what is done, as in `put FILE`
  /// @param size of all, in bytes; 0 where nobody knows
  public Progress(Optional<PrintStream> terminal, String what, long size) {
    this(terminal, what, size, System::nanoTime);
  }

  Progress(Optional<PrintStream> terminal, String what, long size, LongSupplier nanos) {
    this.terminal = terminal;
    this.what = Plain.shorten(Plain.line(what), 40);
    this.size = size;
    this.nanos = nanos;
    this.began = nanos.getAsLong();
    this.next = began + QUIET.toNanos();
  }

  /// The same bytes, counted as they are read.
  public InputStream of(InputStream in) {
    return new FilterInputStream(in) {
      @Override
      public int read() throws IOException {
        int one = super.read();
        count(one < 0 ? 0 : 1);
        return one;
      }

      @Override
      public int read(byte[] piece, int from, int most) throws IOException {
        int got = super.read(piece, from, most);
        count(Math.max(got, 0));
        return got;
      }
    };
  }

  /// The same sink, counting what is written to it. Closing it closes that.
  public OutputStream of(OutputStream out) {
    return new FilterOutputStream(out) {
      @Override
      public void write(int one) throws IOException {
        out.write(one);
        count(1);
      }

      @Override
      public void write(byte[] piece, int from, int length) throws IOException {
        out.write(piece, from, length);
        count(length);
      }
    };
  }

  private void count(long bytes) {
    done += bytes;
    long now = nanos.getAsLong();
    if (terminal.isEmpty() || now - next < 0) {
      return;
    }
    next = now + EVERY.toNanos();
    shown = true;
    terminal.get().print(WIPE + line(now));
    terminal.get().flush();
  }

  private String line(long now) {
    double seconds = Math.max(1, now - began) / 1e9;
    String of =
        size > 0
            ? " of " + Sizes.text(size) + ", " + (int) Math.min(100, 100.0 * done / size) + " %"
            : "";
    return what + ": " + Sizes.text(done) + of + ", " + Sizes.text((long) (done / seconds)) + "/s";
  }

  /// Wipes the line.
  @Override
  public void close() {
    if (shown && terminal.isPresent()) {
      terminal.get().print(WIPE);
      terminal.get().flush();
    }
  }
}
