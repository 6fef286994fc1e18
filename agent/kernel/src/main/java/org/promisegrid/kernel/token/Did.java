package org.promisegrid.kernel.token;

import java.util.Arrays;
import org.promisegrid.kernel.message.MalformedException;

/// The name of a key's holder, a person or a node: `did:key` of an Ed25519 key.
///
/// Text: `did:key:z` and the base58btc of `ed 01` + 32 bytes, always 56 characters,
/// `did:key:z6Mk…`. Source: [the did:key method](https://w3c-ccg.github.io/did-key-spec/). Other
/// kinds of key and other DID methods are not read.
public final class Did {

  private static final String PREFIX = "did:key:z";
  private static final String ALPHABET =
      "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  // 34 bytes that begin with ed need ceil(log58(0xed * 256^33)) = 47 digits, whatever follows.
  private static final int DIGITS = 47;
  private static final int BINARY = 2 + PublicKey.SIZE;
  private static final byte[] DIGIT_VALUES = digitValues();

  private final String text;
  private final PublicKey key;

  private Did(String text, PublicKey key) {
    this.text = text;
    this.key = key;
  }

  public static Did of(PublicKey key) {
    byte[] binary = new byte[BINARY];
    binary[0] = (byte) 0xed;
    binary[1] = 0x01;
    System.arraycopy(key.bytes(), 0, binary, 2, PublicKey.SIZE);
    return new Did(PREFIX + base58(binary), key);
  }

  /// Reads the text form.
  ///
  /// @throws MalformedException if it isn't the one text of an Ed25519 key
  public static Did parse(String text) throws MalformedException {
    if (text.length() != PREFIX.length() + DIGITS || !text.startsWith(PREFIX)) {
      throw new MalformedException("not the did:key of an Ed25519 key");
    }
    byte[] binary = unbase58(text);
    if (binary[0] != (byte) 0xed || binary[1] != 0x01) {
      throw new MalformedException("a did:key of another kind than Ed25519");
    }
    return new Did(text, PublicKey.of(Arrays.copyOfRange(binary, 2, BINARY)));
  }

  public PublicKey key() {
    return key;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Did did && text.equals(did.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /// The text form.
  @Override
  public String toString() {
    return text;
  }

  private static String base58(byte[] binary) {
    byte[] digits = new byte[DIGITS];
    for (byte b : binary) {
      int carry = b & 0xff;
      for (int i = DIGITS - 1; i >= 0; i--) {
        carry += digits[i] << 8;
        digits[i] = (byte) (carry % 58);
        carry /= 58;
      }
    }
    StringBuilder text = new StringBuilder(DIGITS);
    for (byte digit : digits) {
      text.append(ALPHABET.charAt(digit));
    }
    return text.toString();
  }

  private static byte[] unbase58(String text) throws MalformedException {
    byte[] binary = new byte[BINARY];
    for (int at = PREFIX.length(); at < text.length(); at++) {
      char c = text.charAt(at);
      int carry = c < DIGIT_VALUES.length ? DIGIT_VALUES[c] : -1;
      if (carry < 0) {
        throw new MalformedException("a did:key with a character that is not base58");
      }
      for (int i = BINARY - 1; i >= 0; i--) {
        carry += 58 * (binary[i] & 0xff);
        binary[i] = (byte) carry;
        carry >>= 8;
      }
      if (carry != 0) {
        throw new MalformedException("a did:key of more bytes than an Ed25519 key has");
      }
    }
    return binary;
  }

  private static byte[] digitValues() {
    byte[] values = new byte[128];
    Arrays.fill(values, (byte) -1);
    for (int i = 0; i < ALPHABET.length(); i++) {
      values[ALPHABET.charAt(i)] = (byte) i;
    }
    return values;
  }
}
