package org.promisegrid.kernel.journal;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// What a record is: `u32 length | u32 complement of length | body | hash`.
///
/// The hash is the sha2-256 of the hash before and the body. It stands right before the next
/// record, so that any record can be verified by itself: an offset at which one verifies is the
/// beginning of a record. The complement tells a damaged length from a record cut off at the end of
/// the file.
final class Records {

  /// Largest body that is written or read.
  static final int MAX_BODY = 1 << 20;

  static final int HEAD = 8;
  static final int HASH = 32;

  /// What stands for the hash before the first record of all.
  static final Item.Bytes BEFORE_THE_FIRST = Item.of(new byte[HASH]);

  private Records() {}

  /// What stands at an offset.
  sealed interface Reading {
    /// A whole record.
    record Body(Item.Bytes body, Item.Bytes hash, long next) implements Reading {}

    /// Nothing more.
    record End() implements Reading {}

    /// The beginning of a record that was never finished.
    record CutOff() implements Reading {}

    /// Bytes that are no record.
    record Damaged(String how) implements Reading {}
  }

  /// The hash that follows `previous` for a record with this body.
  static Item.Bytes hash(Item.Bytes previous, byte[] body) {
    MessageDigest sha = Cid.sha256();
    sha.update(previous.value());
    return Item.of(sha.digest(body));
  }

  /// The bytes of a record.
  static byte[] encode(byte[] body, Item.Bytes hash) {
    return ByteBuffer.allocate(HEAD + body.length + HASH)
        .putInt(body.length)
        .putInt(~body.length)
        .put(body)
        .put(hash.value())
        .array();
  }
}
