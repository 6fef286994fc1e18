package org.promisegrid.kernel.token;

import java.security.SecureRandom;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/// An Ed25519 private key, of a node or a person. It prints as its [Did]; its bytes leave it only
/// for its [KeyFile].
public final class SigningKey {

  /// Length of the private key, in bytes.
  static final int SIZE = Ed25519.SECRET_KEY_SIZE;

  private final Ed25519PrivateKeyParameters secret;
  private final Did did;

  private SigningKey(Ed25519PrivateKeyParameters secret) {
    this.secret = secret;
    this.did = Did.of(PublicKey.of(secret.generatePublicKey()));
  }

  /// A new key.
  public static SigningKey generate(SecureRandom random) {
    return new SigningKey(new Ed25519PrivateKeyParameters(random));
  }

  /// The key of the 32 bytes that RFC 8032 calls the private key. They are copied.
  static SigningKey ofSeed(byte[] seed) {
    if (seed.length != SIZE) {
      throw new IllegalArgumentException("an Ed25519 private key has " + SIZE + " bytes");
    }
    return new SigningKey(new Ed25519PrivateKeyParameters(seed, 0));
  }

  /// The 32 bytes, for the key's file.
  byte[] seed() {
    return secret.getEncoded();
  }

  /// The name of whoever holds this key.
  public Did did() {
    return did;
  }

  /// The 64 bytes of the signature over `message`.
  public byte[] sign(byte[] message) {
    byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
    secret.sign(Ed25519.Algorithm.Ed25519, null, message, 0, message.length, signature, 0);
    return signature;
  }

  @Override
  public String toString() {
    return "the private key of " + did;
  }
}
