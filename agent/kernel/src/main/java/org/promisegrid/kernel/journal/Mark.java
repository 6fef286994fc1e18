package org.promisegrid.kernel.journal;

import java.util.List;
import java.util.Optional;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.token.CoseSign1;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;

/// What the node signs in its journal: records that aren't entries.
sealed interface Mark {

  /// The beginning of a segment: all that is needed to read on from here.
  ///
  /// @param begin where the segment begins in the whole sequence
  /// @param before the hash of the record before
  /// @param previous the hash of the checkpoint record of the segment before
  /// @param node whose journal it is
  /// @param millis when, since the epoch
  record Checkpoint(long begin, Item.Bytes before, Item.Bytes previous, Did node, long millis)
      implements Mark {}

  /// Everything before is as the node wrote it.
  ///
  /// @param offset where the seal's own record begins
  /// @param hash of the record before it
  record Seal(long offset, Item.Bytes hash) implements Mark {}

  /// A mark with its signature.
  record Signed(Mark mark, CoseSign1 signature) {

    /// Whether the node signed it, for a journal of this format.
    boolean isOf(Did node, Cid format) {
      return signature.verify(node.key(), format);
    }
  }

  /// The first byte of a COSE_Sign1, tag 18; an entry begins as an array.
  byte FIRST = (byte) 0xd2;

  /// Whether a record's body is to be a mark.
  static boolean isOne(Item.Bytes body) {
    byte[] bytes = body.value();
    return bytes.length > 0 && bytes[0] == FIRST;
  }

  /// The body of the record that holds it.
  default byte[] sign(SigningKey key, Cid format) {
    Item statement =
        switch (this) {
          case Checkpoint(long begin, var before, var previous, Did node, long millis) ->
              Item.array(
                  Item.of("checkpoint"),
                  Item.of(begin),
                  before,
                  previous,
                  Item.of(node.toString()),
                  Item.of(millis));
          case Seal(long offset, var hash) -> Item.array(Item.of("seal"), Item.of(offset), hash);
        };
    return CoseSign1.attached(key, CoseSign1.EDDSA, Cbor.encode(statement), format);
  }

  /// Reads a body; whether the signature is good is for the caller to ask.
  ///
  /// @throws MalformedException if it is neither a checkpoint nor a seal
  static Signed decode(Item.Bytes body) throws MalformedException {
    CoseSign1 signature = CoseSign1.decode(body.value());
    Optional<Item.Bytes> payload = signature.payload();
    if (!signature.header().equals(CoseSign1.EDDSA)
        || payload.isEmpty()
        || !(Cbor.decode(payload.get().value()) instanceof Item.Array(List<Item> parts))) {
      throw new MalformedException("not signed as a journal's marks are");
    }
    if (parts.size() == 6
        && parts.get(0).equals(Item.of("checkpoint"))
        && parts.get(1) instanceof Item.Int(long begin)
        && parts.get(2) instanceof Item.Bytes before
        && parts.get(3) instanceof Item.Bytes previous
        && parts.get(4) instanceof Item.Text(String node)
        && parts.get(5) instanceof Item.Int(long millis)
        && before.length() == Records.HASH
        && previous.length() == Records.HASH) {
      return new Signed(
          new Checkpoint(begin, before, previous, Did.parse(node), millis), signature);
    }
    if (parts.size() == 3
        && parts.get(0).equals(Item.of("seal"))
        && parts.get(1) instanceof Item.Int(long offset)
        && parts.get(2) instanceof Item.Bytes hash
        && hash.length() == Records.HASH) {
      return new Signed(new Seal(offset, hash), signature);
    }
    throw new MalformedException("neither a checkpoint nor a seal");
  }
}
