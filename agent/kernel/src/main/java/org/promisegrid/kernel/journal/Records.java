package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// The records of one journal file: `u32 length | u32 complement of length | body | hash`.
///
/// The hash is the sha2-256 of the hash before and the body. It stands right before the next
/// record, so that any record can be verified by itself: an offset at which one verifies is the
/// beginning of a record. The complement tells a damaged length from a record cut off at the end of
/// the file.
final class Records {

  /// Largest body that is written or read.
  static final int MAX_BODY = 1 << 20;

  private static final int HEAD = 8;
  private static final int HASH = 32;
  private static final byte[] BEFORE_THE_FIRST = new byte[HASH];

  private final JournalFile file;

  Records(JournalFile file) {
    this.file = file;
  }

  /// What stands at an offset.
  sealed interface Reading {
    /// A whole record.
    record Body(Item.Bytes body, long next) implements Reading {}

    /// Nothing more.
    record End() implements Reading {}

    /// The beginning of a record that was never finished.
    record CutOff() implements Reading {}

    /// Bytes that are no record.
    record Damaged(String how) implements Reading {}
  }

  /// Reads and verifies the record at `offset` of a file that ends at `end`.
  Reading read(long offset, long end) throws IOException {
    if (offset == end) {
      return new Reading.End();
    }
    if (end - offset < HEAD) {
      return new Reading.CutOff();
    }
    ByteBuffer head = bytes(offset, HEAD);
    int length = head.getInt();
    int complement = head.getInt();
    if (length == 0 && complement == 0 && isZero(offset, end)) {
      return new Reading
          .CutOff(); // room the file system made, before a power cut kept the rest out
    }
    if (length != ~complement || length < 0 || length > MAX_BODY) {
      return new Reading.Damaged("a length that can't be");
    }
    long next = offset + HEAD + length + HASH;
    if (next > end) {
      return new Reading.CutOff();
    }
    byte[] previous = offset == 0 ? BEFORE_THE_FIRST : bytes(offset - HASH, HASH).array();
    byte[] body = bytes(offset + HEAD, length).array();
    byte[] hash = bytes(next - HASH, HASH).array();
    if (!MessageDigest.isEqual(hash, hash(previous, body))) {
      return new Reading.Damaged("a body that doesn't match its hash");
    }
    return new Reading.Body(Item.of(body), next);
  }

  /// The last hash of a file that ends with a whole record at `end`.
  byte[] lastHash(long end) throws IOException {
    return end == 0 ? BEFORE_THE_FIRST.clone() : bytes(end - HASH, HASH).array();
  }

  /// The hash that follows `previous` for a record with this body.
  static byte[] hash(byte[] previous, byte[] body) {
    MessageDigest sha = Cid.sha256();
    sha.update(previous);
    return sha.digest(body);
  }

  /// Writes a record at `offset`.
  ///
  /// @return where the next begins
  long write(long offset, byte[] body, byte[] hash) throws IOException {
    ByteBuffer record =
        ByteBuffer.allocate(HEAD + body.length + HASH)
            .putInt(body.length)
            .putInt(~body.length)
            .put(body)
            .put(hash);
    file.write(record.array(), offset);
    return offset + record.capacity();
  }

  private boolean isZero(long from, long end) throws IOException {
    for (long at = from; at < end; ) {
      int size = (int) Math.min(end - at, 1 << 16);
      for (byte b : bytes(at, size).array()) {
        if (b != 0) {
          return false;
        }
      }
      at += size;
    }
    return true;
  }

  private ByteBuffer bytes(long offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, offset + buffer.position()) < 0) {
        throw new IOException("the file became shorter while it was read");
      }
    }
    return buffer.flip();
  }
}
