package org.promisegrid.kernel.message;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/// Messages on a stream: a length as an unsigned 32-bit big-endian number, then as many bytes.
public final class Framing {

  /// Bytes of the length.
  public static final int HEAD = 4;

  private Framing() {}

  /// Writes one frame, in one write; doesn't flush.
  ///
  /// @throws IllegalArgumentException if there are no bytes or more than [Message#MAX_SIZE]
  public static void write(OutputStream out, byte[] bytes) throws IOException {
    if (bytes.length == 0 || bytes.length > Message.MAX_SIZE) {
      throw new IllegalArgumentException("a frame of " + bytes.length + " bytes");
    }
    byte[] frame = new byte[HEAD + bytes.length];
    frame[0] = (byte) (bytes.length >>> 24);
    frame[1] = (byte) (bytes.length >>> 16);
    frame[2] = (byte) (bytes.length >>> 8);
    frame[3] = (byte) bytes.length;
    System.arraycopy(bytes, 0, frame, HEAD, bytes.length);
    out.write(frame);
  }

  /// Writes a message as a frame.
  public static void write(OutputStream out, Message message) throws IOException {
    write(out, message.shared());
  }

  /// Reads one frame, and not a byte beyond it; empty if the stream ends before it begins. Room is
  /// made as bytes arrive, not as the length claims.
  ///
  /// @throws MalformedException if its length is 0 or more than [Message#MAX_SIZE], or the stream
  ///   ends inside it
  public static Optional<byte[]> read(InputStream in) throws IOException, MalformedException {
    byte[] head = in.readNBytes(HEAD);
    if (head.length == 0) {
      return Optional.empty();
    }
    if (head.length < HEAD) {
      throw truncated();
    }
    long length = length(head);
    if (length == 0 || length > Message.MAX_SIZE) {
      throw new MalformedException(
          "a frame of " + length + " bytes, where 1 to " + Message.MAX_SIZE + " are right");
    }
    byte[] bytes = in.readNBytes((int) length);
    if (bytes.length < length) {
      throw truncated();
    }
    return Optional.of(bytes);
  }

  /// The length that a frame's first bytes tell; 0 if they aren't all there.
  public static long length(byte[] head) {
    return head.length < HEAD
        ? 0
        : (head[0] & 0xffL) << 24
            | (head[1] & 0xff) << 16
            | (head[2] & 0xff) << 8
            | (head[3] & 0xff);
  }

  private static MalformedException truncated() {
    return new MalformedException("the stream ends inside a frame", new EOFException());
  }
}
