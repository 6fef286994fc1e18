package org.promisegrid.driver.memory;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.promisegrid.sandbox.service.LogRange;
import org.promisegrid.sandbox.service.ServiceLog;
import org.promisegrid.sandbox.service.ServiceSpec;

/// What a service wrote, as far as its spec lets it be kept, read while it grows.
final class KeptOutput {

  /// @param number of all that were ever written, from 0
  private record Kept(long number, ServiceLog.Piece piece, int size) {}

  private final long most;
  private final InstantSource clock;
  private final Deque<Kept> pieces = new ArrayDeque<>();
  private long size;
  private long written;
  private boolean running;

  KeptOutput(ServiceSpec.LogTerms terms, InstantSource clock) {
    this.most = terms.size() * terms.files();
    this.clock = clock;
  }

  /// From now on more may come, or not: followers end then.
  synchronized void running(boolean does) {
    running = does;
    notifyAll();
  }

  /// One of the two streams, for the workload.
  OutputStream stream(boolean error) {
    return new OutputStream() {
      @Override
      public void write(int b) {
        add(error, new byte[] {(byte) b});
      }

      @Override
      public void write(byte[] bytes, int offset, int length) {
        if (length > 0) {
          add(error, Arrays.copyOfRange(bytes, offset, offset + length));
        }
      }
    };
  }

  private synchronized void add(boolean error, byte[] bytes) {
    ByteBuffer kept = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    pieces.add(
        new Kept(written++, new ServiceLog.Piece(clock.instant(), error, kept), bytes.length));
    size += bytes.length;
    while (size > most && pieces.size() > 1) {
      size -= pieces.removeFirst().size();
    }
    notifyAll();
  }

  /// Reads a part of it; a write counts as a line.
  synchronized ServiceLog read(LogRange range) {
    List<Kept> wanted =
        pieces.stream()
            .filter(it -> range.since().filter(it.piece().at()::isBefore).isEmpty())
            .toList();
    int skipped = range.tail() < 0 ? 0 : Math.max(0, wanted.size() - range.tail());
    long first = skipped < wanted.size() ? wanted.get(skipped).number() : written;
    return new Reader(first, range.follow());
  }

  private synchronized Optional<Kept> next(Reader reader) throws InterruptedException {
    while (true) {
      if (reader.closed) {
        return Optional.empty();
      }
      Optional<Kept> next = pieces.stream().filter(it -> it.number() >= reader.from).findFirst();
      if (next.isPresent() || !reader.follow || !running) {
        return next;
      }
      wait();
    }
  }

  private synchronized void close(Reader reader) {
    reader.closed = true;
    notifyAll();
  }

  private final class Reader implements ServiceLog {
    private final boolean follow;
    private long from;
    private boolean closed;

    Reader(long from, boolean follow) {
      this.from = from;
      this.follow = follow;
    }

    @Override
    public Optional<Piece> next() throws IOException {
      try {
        Optional<Kept> next = KeptOutput.this.next(this);
        next.ifPresent(it -> from = it.number() + 1);
        return next.map(
            it -> new Piece(it.piece().at(), it.piece().error(), it.piece().bytes().duplicate()));
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while following a log");
      }
    }

    @Override
    public void close() {
      KeptOutput.this.close(this);
    }
  }
}
