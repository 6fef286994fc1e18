package org.promisegrid.driver.docker.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;

/// The standard output in an engine's stream of both: pieces, each behind eight bytes that say of
/// which it is and how long. Of standard error the end is kept.
final class Demultiplexer extends InputStream {

  private static final int HEADER = 8;
  private static final int OUTPUT = 1;
  private static final int ERROR = 2;

  /// Of standard error; a shim that breaks says why in a line.
  private static final int KEPT = 2 << 10;

  private final InputStream from;
  private long left;

  private byte[] kept = new byte[0]; // guarded by this

  Demultiplexer(InputStream from) {
    this.from = from;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  /// @throws EOFException if the stream ends within a piece
  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    if (length == 0) {
      return 0;
    }
    while (left == 0) {
      if (!begin()) {
        return -1;
      }
    }
    int read = from.read(into, offset, (int) Math.min(length, left));
    if (read < 0) {
      throw new EOFException("the engine's stream ended within a piece");
    }
    left -= read;
    return read;
  }

  /// Looks at the next piece, and takes it in if it is standard error; false at the end.
  private boolean begin() throws IOException {
    byte[] header = from.readNBytes(HEADER);
    if (header.length == 0) {
      return false;
    }
    if (header.length < HEADER) {
      throw new EOFException("the engine's stream ended within a header");
    }
    if (header[1] != 0 || header[2] != 0 || header[3] != 0) {
      throw new IOException("a piece whose header makes no sense");
    }
    long size = 0;
    for (int i = 4; i < HEADER; i++) {
      size = (size << 8) | (header[i] & 0xff);
    }
    switch (header[0]) {
      case OUTPUT -> left = size;
      case ERROR -> keep(size);
      default -> throw new IOException("a piece of stream " + header[0]);
    }
    return true;
  }

  private void keep(long size) throws IOException {
    for (long rest = size; rest > 0; ) {
      byte[] piece = from.readNBytes((int) Math.min(rest, KEPT));
      if (piece.length == 0) {
        throw new EOFException("the engine's stream ended within a piece");
      }
      rest -= piece.length;
      append(piece);
    }
  }

  private synchronized void append(byte[] piece) {
    int before = Math.min(kept.length, KEPT - piece.length);
    byte[] now =
        Arrays.copyOf(
            Arrays.copyOfRange(kept, kept.length - before, kept.length), before + piece.length);
    System.arraycopy(piece, 0, now, before, piece.length);
    kept = now;
  }

  synchronized String complaints() {
    return new String(kept, UTF_8).strip();
  }
}
