package org.promisegrid.shim;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Reads what a shim says. Nothing it holds grows with what comes; whatever no shim says is a
/// [BrokenProtocolException].
final class FrameReader {

  private static final int READY_SIZE = ShimKey.SIZE + 4 + 1 + 1 + 3 * 8;
  private static final int LONGEST_TEXT = 1_000;

  private final InputStream from;
  private final byte[] key;
  private final byte[] held = new byte[4 + Frame.LONGEST];
  private int at;
  private int end;

  FrameReader(InputStream from, ShimKey key) {
    this.from = from;
    this.key = key.bytes();
  }

  /// Throws away all that comes before the first READY with the key.
  ///
  /// @throws EOFException if there is none
  Ready greeting() throws IOException {
    byte[] begins =
        ByteBuffer.allocate(Frame.HEADER + ShimKey.SIZE)
            .putInt(1 + READY_SIZE)
            .put((byte) Frame.READY)
            .put(key)
            .array();
    while (true) {
      need(begins.length);
      int found = find(begins);
      if (found < 0) {
        at = end - begins.length + 1; // what could be its beginning stays
        continue;
      }
      at = found;
      if (next() instanceof Said.Greeted(Ready ready)) {
        return ready;
      }
    }
  }

  private int find(byte[] begins) {
    for (int i = at; i <= end - begins.length; i++) {
      if (Arrays.equals(held, i, i + begins.length, begins, 0, begins.length)) {
        return i;
      }
    }
    return -1;
  }

  /// The next frame.
  ///
  /// @throws EOFException if the stream ends, at a frame's end or within it
  Said next() throws IOException {
    need(4);
    int length = ByteBuffer.wrap(held, at, 4).getInt();
    if (length < 1 || length > Frame.LONGEST) {
      throw new BrokenProtocolException("a frame of " + Integer.toUnsignedString(length));
    }
    need(4 + length);
    int type = Byte.toUnsignedInt(held[at + 4]);
    ByteBuffer body = ByteBuffer.wrap(held, at + Frame.HEADER, length - 1).slice();
    at += 4 + length;
    return said(type, body);
  }

  /// Has that many bytes at hand, from `at` on.
  private void need(int bytes) throws IOException {
    if (at + bytes > held.length) {
      System.arraycopy(held, at, held, 0, end - at);
      end -= at;
      at = 0;
    }
    while (end - at < bytes) {
      int n = from.read(held, end, held.length - end);
      if (n < 0) {
        throw new EOFException();
      }
      end += n;
    }
  }

  private Said said(int type, ByteBuffer body) throws BrokenProtocolException {
    return switch (type) {
      case Frame.READY -> new Said.Greeted(ready(sized(type, body, READY_SIZE)));
      case Frame.STARTED -> {
        sized(type, body, 4);
        yield new Said.Started();
      }
      case Frame.FAIL -> failed(body);
      case Frame.OUT -> wrote(false, body);
      case Frame.ERR -> wrote(true, body);
      case Frame.CREDIT -> new Said.Credit(Integer.toUnsignedLong(sized(type, body, 4).getInt()));
      case Frame.PONG -> {
        sized(type, body, 0);
        yield new Said.Pong();
      }
      case Frame.EXIT -> new Said.Over(Exit.of(body));
      default -> throw new BrokenProtocolException("a frame of type " + type);
    };
  }

  private static ByteBuffer sized(int type, ByteBuffer body, int size)
      throws BrokenProtocolException {
    if (body.remaining() != size) {
      throw new BrokenProtocolException(
          "a frame of type " + type + " with " + body.remaining() + " bytes");
    }
    return body;
  }

  private Ready ready(ByteBuffer body) throws BrokenProtocolException {
    byte[] of = new byte[ShimKey.SIZE];
    body.get(of);
    long window = Integer.toUnsignedLong(body.getInt());
    int state = Byte.toUnsignedInt(body.get());
    int ended = Byte.toUnsignedInt(body.get());
    if (!Arrays.equals(of, key) || state > 2 || ended > 1) {
      throw new BrokenProtocolException("a READY of another shim");
    }
    Ready.State where =
        switch (state) {
          case 0 -> Ready.State.FRESH;
          case 1 -> Ready.State.RUNNING;
          default -> Ready.State.ENDED;
        };
    return new Ready(window, where, ended == 1, count(body), count(body), count(body));
  }

  private static Said.Failed failed(ByteBuffer body) throws BrokenProtocolException {
    if (!body.hasRemaining()) {
      throw new BrokenProtocolException("a FAIL without a reason");
    }
    int errno = Byte.toUnsignedInt(body.get());
    ByteBuffer start = body.slice(1, Math.min(body.remaining(), LONGEST_TEXT));
    // It is shown to people: what would move their cursor isn't.
    String text = StandardCharsets.UTF_8.decode(start).toString().replaceAll("\\p{Cntrl}", "?");
    return new Said.Failed(errno, text);
  }

  private static Said.Wrote wrote(boolean err, ByteBuffer body) throws BrokenProtocolException {
    if (body.remaining() < 8) {
      throw new BrokenProtocolException("output without an offset");
    }
    long offset = count(body);
    if (offset > Long.MAX_VALUE - Frame.LONGEST) {
      throw new BrokenProtocolException("output at " + offset);
    }
    return new Said.Wrote(err, offset, body);
  }

  private static long count(ByteBuffer body) throws BrokenProtocolException {
    long number = body.getLong();
    if (number < 0) {
      throw new BrokenProtocolException("a count of " + Long.toUnsignedString(number));
    }
    return number;
  }
}
