package org.promisegrid.kernel.message;

/// Deterministic CBOR: one encoding for an item, and nothing else is read.
///
/// Core deterministic encoding of [RFC 8949
/// §4.2.1](https://www.rfc-editor.org/rfc/rfc8949#section-4.2.1): shortest arguments, definite
/// lengths, map keys in the bytewise order of their encodings, no duplicates. Floats, `undefined`
/// and other simple values are not read. Tag 42 marks a link: a byte string of `00` and a binary
/// CID.
public final class Cbor {

  /// Most items that an item may lie inside of. What a tag marks lies inside it.
  public static final int MAX_DEPTH = 64;

  /// Most items of any encoding: map keys, tags and what they mark among them.
  ///
  /// An item takes about 40 bytes of heap and as little as one byte of encoding. So that a sender
  /// can't make a receiver use many times what it sent, an encoding holds at most 65,536 items, and
  /// one more for every eight bytes of its length.
  public static final int MAX_ITEMS = 1 << 20;

  private static final int FREE_ITEMS = 1 << 16;

  private Cbor() {}

  /// The one encoding of `item`.
  ///
  /// @throws IllegalArgumentException if no decoder would read it: it is nested deeper than
  ///   [#MAX_DEPTH], or of too many items, or a text in it is not valid Unicode
  public static byte[] encode(Item item) {
    return new CborWriter().encode(item);
  }

  /// Reads exactly one item that fills `bytes`.
  ///
  /// @throws MalformedException if it is anything but the deterministic encoding of an item
  public static Item decode(byte[] bytes) throws MalformedException {
    Prefix prefix = decodePrefix(bytes);
    if (prefix.length() != bytes.length) {
      throw new MalformedException(
          (bytes.length - prefix.length()) + " bytes after the end of the item");
    }
    return prefix.item();
  }

  /// Like [#decode], but leaves what follows alone: where the item ends is told with it.
  ///
  /// @throws MalformedException if no deterministic encoding of an item begins there
  public static Prefix decodePrefix(byte[] bytes) throws MalformedException {
    return new CborReader(bytes).readPrefix();
  }

  /// An item and the number of bytes it took.
  public record Prefix(Item item, int length) {}

  /// How many items an encoding of `length` bytes may hold.
  static int itemsIn(int length) {
    return Math.min(MAX_ITEMS, FREE_ITEMS + length / 8);
  }
}
