package org.promisegrid.kernel.token;

import java.util.Optional;
import java.util.Set;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// One signature by one key, with or without what it signs:
/// [COSE_Sign1](https://www.rfc-editor.org/rfc/rfc9052#section-4.2), narrowed to what grid messages
/// use.
///
/// Always tagged 18; the algorithm is EdDSA with Ed25519; nothing is unprotected, nothing protected
/// but the algorithm and CWT claims, which of them is for the reader to say; and every signature
/// covers the CID of the document that says what it means (`external_aad`), so that a signature
/// made for one purpose is worth nothing for another.
public final class CoseSign1 {

  /// The protected header of a signature that has nothing to add: `{1: -8}`, EdDSA.
  public static final Item.Table EDDSA = Item.table().put(1, Item.of(-8)).build();

  // The algorithm and CWT claims. A header that isn't understood must not be skipped.
  private static final Set<Item> KNOWN = Set.of(Item.of(1), Item.of(15));
  private static final long TAG = 18;
  private static final Item.Text CONTEXT = Item.of("Signature1");

  private final Item.Table header;
  private final Item.Bytes headerBytes;
  private final Optional<Item.Bytes> payload;
  private final byte[] signature;

  private CoseSign1(
      Item.Table header, Item.Bytes headerBytes, Optional<Item.Bytes> payload, byte[] signature) {
    this.header = header;
    this.headerBytes = headerBytes;
    this.payload = payload;
    this.signature = signature;
  }

  /// Signs `payload` and carries it.
  ///
  /// @param header the protected header, with `1: -8`
  /// @param document what says what the signature means
  public static byte[] attached(SigningKey key, Item.Table header, byte[] payload, Cid document) {
    return encode(key, header, payload, document, Item.of(payload));
  }

  /// Signs `payload`, which the reader has from elsewhere.
  ///
  /// @param header the protected header, with `1: -8`
  /// @param document what says what the signature means
  public static byte[] detached(SigningKey key, Item.Table header, byte[] payload, Cid document) {
    return encode(key, header, payload, document, Item.NULL);
  }

  private static byte[] encode(
      SigningKey key, Item.Table header, byte[] payload, Cid document, Item carried) {
    Item.Bytes headerBytes = Item.of(Cbor.encode(header));
    byte[] signature = key.sign(toBeSigned(headerBytes, document.bytes(), Item.of(payload)));
    return Cbor.encode(
        new Item.Tagged(TAG, Item.array(headerBytes, Item.EMPTY, carried, Item.of(signature))));
  }

  /// Reads a signature; whether it is good, [#verify] tells.
  ///
  /// @throws MalformedException if it isn't a COSE_Sign1 of the kind that this type describes
  public static CoseSign1 decode(byte[] bytes) throws MalformedException {
    if (!(Cbor.decode(bytes) instanceof Item.Tagged(long tag, Item.Array(var fields)))
        || tag != TAG
        || fields.size() != 4) {
      throw new MalformedException("not a COSE_Sign1 (tag 18 and an array of four)");
    }
    if (!(fields.get(0) instanceof Item.Bytes headerBytes)
        || !(Cbor.decode(headerBytes.value()) instanceof Item.Table header)) {
      throw new MalformedException("a COSE_Sign1 whose protected header is no encoded map");
    }
    if (!header.get(1).equals(EDDSA.get(1))) {
      throw new MalformedException("a COSE_Sign1 of another algorithm than EdDSA");
    }
    if (!KNOWN.containsAll(header.entries().keySet())) {
      throw new MalformedException("a COSE_Sign1 with an unknown header");
    }
    if (!fields.get(1).equals(Item.EMPTY)) {
      throw new MalformedException("a COSE_Sign1 whose unprotected header is not an empty map");
    }
    Optional<Item.Bytes> payload =
        switch (fields.get(2)) {
          case Item.Bytes carried -> Optional.of(carried);
          case Item.Null _ -> Optional.empty();
          default -> throw new MalformedException("a COSE_Sign1 whose payload is no byte string");
        };
    if (!(fields.get(3) instanceof Item.Bytes signature)
        || signature.length() != Ed25519.SIGNATURE_SIZE) {
      throw new MalformedException("a COSE_Sign1 without a signature of 64 bytes");
    }
    return new CoseSign1(header, headerBytes, payload, signature.value());
  }

  /// The protected header.
  public Item.Table header() {
    return header;
  }

  /// What is signed, if the signature carries it.
  public Optional<Item.Bytes> payload() {
    return payload;
  }

  /// Whether `key` signed the payload that this signature carries; never, if it carries none.
  public boolean verify(PublicKey key, Cid document) {
    return payload.isPresent() && verify(key, payload.get(), document);
  }

  /// Whether `key` signed `detached`; never, if this signature carries a payload of its own.
  public boolean verify(PublicKey key, byte[] detached, Cid document) {
    return payload.isEmpty() && verify(key, Item.of(detached), document);
  }

  private boolean verify(PublicKey key, Item.Bytes signed, Cid document) {
    return key.verify(toBeSigned(headerBytes, document.bytes(), signed), signature);
  }

  /// The Sig_structure of RFC 9052 §4.4, encoded.
  static byte[] toBeSigned(Item.Bytes header, byte[] external, Item.Bytes payload) {
    return Cbor.encode(Item.array(CONTEXT, header, Item.of(external), payload));
  }
}
