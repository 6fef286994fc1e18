package org.promisegrid.kernel.content;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Cid;

/// Gives bytes of large content, each piece only after it was compared with its hash; and the last
/// piece of content that is read from its start to its end only after the whole was, too.
final class PieceStream extends InputStream {

  private static final int LISTED = 128;

  private final LargeContent content;
  private final Cid cid;
  private final long until;
  private final @Nullable MessageDigest whole;
  private final ByteBuffer piece;
  private final ByteBuffer hashes = ByteBuffer.allocate(LISTED * Incoming.HASH);
  private LargeContent.Opened opened;
  private long firstListed = -1;
  private long at;
  private boolean closed;

  PieceStream(LargeContent content, Cid cid, LargeContent.Opened opened, long from, long until) {
    this.content = content;
    this.cid = cid;
    this.opened = opened;
    this.at = from;
    this.until = until;
    this.whole = from == 0 && until == opened.size() ? Cid.sha256() : null;
    this.piece = ByteBuffer.allocate((int) Math.min(Incoming.PIECE, opened.size())).limit(0);
  }

  @Override
  public int read() throws IOException {
    return fill() ? piece.get() & 0xff : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int n = Math.min(length, piece.remaining());
    piece.get(bytes, offset, n);
    return n;
  }

  @Override
  public int available() {
    return piece.remaining();
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      piece.limit(0);
      opened.close();
    }
  }

  /// Makes sure that a verified byte is at hand; false at the end.
  private boolean fill() throws IOException {
    if (closed) {
      throw new IOException("closed: " + cid);
    }
    if (piece.hasRemaining()) {
      return true;
    }
    if (at == until) {
      return false;
    }
    long number = at / Incoming.PIECE;
    if (!load(number)) {
      content.repair(cid, opened.listKey());
      reopen();
      if (!load(number)) {
        piece.limit(0);
        throw new CorruptContentException(cid, "piece " + number);
      }
    }
    long start = number * Incoming.PIECE;
    long end = start + piece.limit();
    if (whole != null) {
      whole.update(piece.array(), 0, piece.limit());
      if (end == until && !Arrays.equals(whole.digest(), cid.digest())) {
        piece.limit(0);
        throw new CorruptContentException(cid, "its pieces aren't those of what it names");
      }
    }
    piece.position((int) (at - start)).limit((int) (Math.min(end, until) - start));
    at = start + piece.limit();
    return true;
  }

  /// Reads a piece; false if it isn't as it is listed.
  private boolean load(long number) throws IOException {
    long start = number * Incoming.PIECE;
    piece.position(0).limit((int) Math.min(Incoming.PIECE, opened.size() - start));
    if (LargeContent.readFully(opened.data(), piece, start) < piece.limit()) {
      return false;
    }
    piece.flip();
    byte[] hash = listed(number);
    MessageDigest digest = Cid.sha256();
    digest.update(piece.array(), 0, piece.limit());
    return Arrays.equals(digest.digest(), hash);
  }

  private byte[] listed(long number) throws IOException {
    if (firstListed < 0 || number < firstListed || number >= firstListed + LISTED) {
      firstListed = number / LISTED * LISTED;
      long position = Incoming.HEADER + firstListed * Incoming.HASH;
      LargeContent.readFully(opened.list(), hashes.clear(), position);
      hashes.flip();
    }
    int from = (int) (number - firstListed) * Incoming.HASH;
    if (hashes.limit() < from + Incoming.HASH) {
      return new byte[0];
    }
    return Arrays.copyOfRange(hashes.array(), from, from + Incoming.HASH);
  }

  private void reopen() throws IOException {
    LargeContent.Opened again = content.opened(cid);
    opened.close();
    opened = again;
    firstListed = -1;
    if (again.size() < until) {
      throw new CorruptContentException(cid, "it is shorter than it was");
    }
  }
}
