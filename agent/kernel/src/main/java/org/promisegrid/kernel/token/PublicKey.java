package org.promisegrid.kernel.token;

import java.util.Arrays;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.promisegrid.kernel.message.MalformedException;

/// An Ed25519 public key: a point in its one encoding, and not of small order (under such a key
/// anybody could sign).
public final class PublicKey {

  /// Length of the encoding, in bytes.
  public static final int SIZE = Ed25519.PUBLIC_KEY_SIZE;

  private final Ed25519PublicKeyParameters point;

  private PublicKey(Ed25519PublicKeyParameters point) {
    this.point = point;
  }

  /// Reads the 32 bytes of [RFC 8032](https://www.rfc-editor.org/rfc/rfc8032#section-5.1.2).
  ///
  /// @throws MalformedException if they encode no point that can be a key
  public static PublicKey of(byte[] bytes) throws MalformedException {
    if (bytes.length != SIZE) {
      throw new MalformedException("an Ed25519 key has " + SIZE + " bytes, not " + bytes.length);
    }
    try {
      return new PublicKey(new Ed25519PublicKeyParameters(bytes, 0));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("not an Ed25519 key", e);
    }
  }

  static PublicKey of(Ed25519PublicKeyParameters point) {
    return new PublicKey(point);
  }

  /// Whether `signature` was made over `message` by the holder of this key.
  public boolean verify(byte[] message, byte[] signature) {
    return signature.length == Ed25519.SIGNATURE_SIZE
        && point.verify(Ed25519.Algorithm.Ed25519, null, message, 0, message.length, signature, 0);
  }

  /// The 32 bytes of the encoding; a copy.
  public byte[] bytes() {
    return point.getEncoded();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PublicKey key && Arrays.equals(bytes(), key.bytes());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes());
  }

  @Override
  public String toString() {
    return Did.of(this).toString();
  }
}
