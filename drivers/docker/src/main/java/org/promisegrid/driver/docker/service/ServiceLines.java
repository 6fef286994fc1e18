package org.promisegrid.driver.docker.service;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import org.promisegrid.driver.docker.engine.Frames;
import org.promisegrid.driver.docker.engine.Wire;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.service.ServiceLog;

/// A container's log as the engine sends it: each piece behind the time of its writing.
final class ServiceLines implements ServiceLog {

  /// The time and a blank are shorter.
  private static final int LONGEST_TIME = 64;

  private final Wire wire;
  private final Frames frames;
  private final Check atEnd;
  private volatile boolean closed;

  /// Fails if the engine has gone.
  @FunctionalInterface
  interface Check {
    void look() throws InterruptedException;
  }

  /// @param atEnd asked when no more comes, of which the reason may be that nobody sends it
  ServiceLines(Wire wire, Check atEnd) {
    this.wire = wire;
    this.frames = new Frames(wire.input());
    this.atEnd = atEnd;
  }

  @Override
  public Optional<Piece> next() throws IOException {
    try {
      Optional<Frames.Frame> frame = frames.next();
      if (frame.isPresent()) {
        return Optional.of(piece(frame.get()));
      }
      if (!closed) {
        atEnd.look();
      }
      return Optional.empty();
    } catch (ClosedByInterruptException | InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading a log");
    } catch (DriverException e) {
      throw new IOException(e.getMessage(), e);
    } catch (IOException e) {
      if (closed) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static Piece piece(Frames.Frame frame) throws IOException {
    byte[] bytes = frame.bytes();
    int blank = 0;
    while (blank < bytes.length && bytes[blank] != ' ') {
      blank++;
    }
    if (blank == bytes.length || blank > LONGEST_TIME) {
      throw new IOException("a piece of a log without its time");
    }
    String time = new String(bytes, 0, blank, StandardCharsets.US_ASCII);
    try {
      return new Piece(
          Instant.parse(time),
          frame.error(),
          ByteBuffer.wrap(bytes, blank + 1, bytes.length - blank - 1));
    } catch (DateTimeException e) {
      throw new IOException("a piece of a log whose time makes no sense", e);
    }
  }

  @Override
  public void close() {
    closed = true;
    wire.close();
  }
}
