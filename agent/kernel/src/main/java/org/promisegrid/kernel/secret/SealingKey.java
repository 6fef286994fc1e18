package org.promisegrid.kernel.secret;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.promisegrid.sandbox.Cid;

/// The key that secrets are sealed with: AES-256 in GCM.
///
/// In its file it is one line, `id base64`; the id begins the key's hash, tells keys apart and
/// finds damage. Of a key of 32 random bytes that says nothing.
final class SealingKey {

  static final int NONCE_SIZE = 12;
  static final int ID_SIZE = 8;

  private static final int SIZE = 32;
  private static final int TAG_BITS = 128;
  private static final String CIPHER = "AES/GCM/NoPadding";

  private final byte[] bytes;
  private final byte[] id;

  private SealingKey(byte[] bytes) {
    this.bytes = bytes;
    this.id = Arrays.copyOf(Cid.of(bytes).digest(), ID_SIZE);
  }

  static SealingKey generate(SecureRandom random) {
    byte[] bytes = new byte[SIZE];
    random.nextBytes(bytes);
    return new SealingKey(bytes);
  }

  /// Reads the line of a key's file; empty if it isn't one.
  static Optional<SealingKey> parse(String line) {
    String[] parts = line.strip().split(" ", -1);
    if (parts.length != 2) {
      return Optional.empty();
    }
    try {
      SealingKey key = new SealingKey(Base64.getDecoder().decode(parts[1]));
      return key.bytes.length == SIZE && HexFormat.of().formatHex(key.id).equals(parts[0])
          ? Optional.of(key)
          : Optional.empty();
    } catch (IllegalArgumentException _) {
      return Optional.empty(); // not base64: no key either
    }
  }

  String line() {
    return HexFormat.of().formatHex(id) + " " + Base64.getEncoder().encodeToString(bytes) + "\n";
  }

  /// Its name, in what it sealed.
  byte[] id() {
    return id.clone();
  }

  /// @param nonce never used before with this key
  byte[] seal(byte[] nonce, byte[] bound, byte[] plain) {
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, nonce, bound);
      return cipher.doFinal(plain);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has AES-GCM", e);
    }
  }

  /// What was sealed; empty unless it was sealed so, bound to that.
  Optional<byte[]> open(byte[] nonce, byte[] bound, byte[] sealed) {
    try {
      return Optional.of(cipher(Cipher.DECRYPT_MODE, nonce, bound).doFinal(sealed));
    } catch (GeneralSecurityException _) {
      return Optional.empty(); // which of them was changed, nobody can tell
    }
  }

  private Cipher cipher(int mode, byte[] nonce, byte[] bound) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(CIPHER);
    cipher.init(mode, new SecretKeySpec(bytes, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(bound);
    return cipher;
  }

  /// Never the key.
  @Override
  public String toString() {
    return "sealing key " + HexFormat.of().formatHex(id);
  }
}
