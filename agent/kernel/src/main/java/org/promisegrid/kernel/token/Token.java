package org.promisegrid.kernel.token;

import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// One link of a [Chain], read: a signed promise to honour calls on the terms of its [Claims].
/// Whether the signature is good, [#isSigned] tells; whether the promise is worth anything, a
/// [Verifier].
public final class Token {

  /// Longest encoding that is read, in bytes.
  public static final int MAX_BYTES = 16 * 1024;

  private final Item.Bytes bytes;
  private final Cid cid;
  private final CoseSign1 signature;
  private final Claims claims;

  private Token(Item.Bytes bytes, Cid cid, CoseSign1 signature, Claims claims) {
    this.bytes = bytes;
    this.cid = cid;
    this.signature = signature;
    this.claims = claims;
  }

  /// Reads one token.
  ///
  /// @throws MalformedException if it is anything but the encoding of one
  public static Token decode(byte[] bytes) throws MalformedException {
    return decode(Item.of(bytes), Cid.of(bytes));
  }

  static Token decode(Item.Bytes bytes, Cid cid) throws MalformedException {
    if (bytes.length() > MAX_BYTES) {
      throw new MalformedException("a token of more than " + MAX_BYTES + " bytes");
    }
    CoseSign1 signature = CoseSign1.decode(bytes.value());
    if (!signature.header().equals(CoseSign1.EDDSA)) {
      throw new MalformedException("a token with more in its header than the algorithm");
    }
    if (signature.payload().isEmpty()
        || !(Cbor.decode(signature.payload().get().value()) instanceof Item.Table claims)) {
      throw new MalformedException("a token that carries no map of claims");
    }
    return new Token(bytes, cid, signature, ClaimsReader.read(claims));
  }

  /// Signs `claims`.
  ///
  /// @param document the CID of the token's protocol document
  /// @throws IllegalArgumentException if the key isn't the issuer's, or the token gets too long
  static Token sign(SigningKey key, Claims claims, Cid document) {
    if (!key.did().equals(claims.issuer())) {
      throw new IllegalArgumentException("a token is signed by its issuer");
    }
    byte[] bytes = CoseSign1.attached(key, CoseSign1.EDDSA, Cbor.encode(claims.toItem()), document);
    try {
      return decode(bytes);
    } catch (MalformedException e) {
      throw new IllegalArgumentException("these claims make no token: " + e.getMessage(), e);
    }
  }

  /// Whether its issuer signed it.
  boolean isSigned(Cid document) {
    return signature.verify(claims.issuer().key(), document);
  }

  public Cid cid() {
    return cid;
  }

  /// The exact bytes.
  public Item.Bytes bytes() {
    return bytes;
  }

  public Claims claims() {
    return claims;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Token token && cid.equals(token.cid);
  }

  @Override
  public int hashCode() {
    return cid.hashCode();
  }

  @Override
  public String toString() {
    return "token " + cid;
  }
}
