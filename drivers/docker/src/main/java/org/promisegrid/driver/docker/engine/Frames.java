package org.promisegrid.driver.docker.engine;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// An engine's stream of standard output and standard error, piece by piece as it sent them, each
/// behind eight bytes that say of which it is and how long.
public final class Frames {

  private static final int HEADER = 8;
  private static final int ERROR = 2;

  /// Engines send at most 32 KiB at once.
  private static final int LONGEST = 1 << 20;

  private final InputStream from;

  public Frames(InputStream from) {
    this.from = from;
  }

  /// One of those pieces.
  ///
  /// @param error whether it is of standard error
  /// @param bytes the reader's
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Frame(boolean error, byte[] bytes) {}

  /// The next one; empty at the end.
  ///
  /// @throws EOFException if the stream ends within one
  public Optional<Frame> next() throws IOException {
    byte[] header = from.readNBytes(HEADER);
    if (header.length == 0) {
      return Optional.empty();
    }
    if (header.length < HEADER) {
      throw new EOFException("the engine's stream ended within a header");
    }
    long size = 0;
    for (int i = 4; i < HEADER; i++) {
      size = (size << 8) | (header[i] & 0xff);
    }
    if (header[0] < 0 || header[0] > ERROR || size > LONGEST) {
      throw new IOException("a piece whose header makes no sense");
    }
    byte[] bytes = from.readNBytes((int) size);
    if (bytes.length < size) {
      throw new EOFException("the engine's stream ended within a piece");
    }
    return Optional.of(new Frame(header[0] == ERROR, bytes));
  }
}
