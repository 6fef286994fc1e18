package org.promisegrid.driver.memory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Stdio;

/// The streams of one run, which another process may take up: what was written is kept, and how
/// much input was received is known.
final class Streams {

  private final boolean keeps;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private Stdio current;
  private int turn;
  private long received;
  private @Nullable Thread reading;

  /// @param keeps whether anything is kept
  Streams(Stdio first, boolean keeps) {
    this.current = first;
    this.keeps = keeps;
  }

  /// Reads input. What comes from a stream that was replaced meanwhile comes again from the next.
  ///
  /// @param over whether the run is to end, of which an interrupt tells
  int read(byte[] into, int offset, int length, BooleanSupplier over) throws IOException {
    while (true) {
      Reading one = begin();
      try {
        int n = one.from().read(into, offset, length);
        if (received(one, n)) {
          return n;
        }
      } catch (InterruptedIOException e) {
        if (isCurrent(one)) {
          throw e;
        }
      } finally {
        end();
      }
      var _ = Thread.interrupted(); // meant for the stream that was replaced, unless
      if (over.getAsBoolean()) {
        throw new InterruptedIOException("the run is to end");
      }
    }
  }

  /// @param turn how many streams there were before
  private record Reading(InputStream from, int turn) {}

  private synchronized Reading begin() {
    reading = Thread.currentThread();
    return new Reading(current.in(), turn);
  }

  private synchronized void end() {
    reading = null;
  }

  private synchronized boolean isCurrent(Reading one) {
    return one.turn() == turn;
  }

  /// Takes note of what came; false if that was from a stream that was replaced.
  private synchronized boolean received(Reading one, int bytes) {
    reading = null; // at the same moment: nobody interrupts what comes after
    if (one.turn() != turn) {
      return false;
    }
    received += Math.max(bytes, 0);
    return true;
  }

  void write(boolean error, byte[] bytes, int offset, int length) throws IOException {
    OutputStream to;
    synchronized (this) {
      if (keeps) {
        (error ? log : out).write(bytes, offset, length);
      }
      to = error ? current.log() : current.out();
    }
    to.write(bytes, offset, length);
  }

  /// From now on these are served: first with all that was written.
  synchronized void replace(Stdio next) throws IOException {
    next.in().skipNBytes(received);
    log.writeTo(next.log());
    out.writeTo(next.out());
    current = next;
    turn++;
    if (reading != null) {
      reading.interrupt();
    }
  }
}
