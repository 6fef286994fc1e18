package org.promisegrid.sandbox;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/// A name made from bytes: a CIDv1 with the `raw` codec and a sha2-256 multihash.
///
/// Binary form: the 36 bytes `01 55 12 20` + digest. Text form: multibase base32, lower case, no
/// padding, `bafkrei…`, 59 characters. There is one write hash, so equal bytes have equal names.
/// Source: [CID specification](https://github.com/multiformats/cid).
public final class Cid implements Comparable<Cid> {

  /// Length of the binary form, in bytes.
  public static final int SIZE = 36;

  private static final byte[] PREFIX = {0x01, 0x55, 0x12, 0x20};
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
  private static final byte[] DIGITS = ALPHABET.getBytes(StandardCharsets.ISO_8859_1);
  private static final int TEXT_LENGTH = 59; // 'b' + ceil(36 * 8 / 5)

  private final byte[] bytes;

  private Cid(byte[] bytes) {
    this.bytes = bytes;
  }

  /// The name of `content`.
  public static Cid of(byte[] content) {
    return ofDigest(sha256().digest(content));
  }

  /// The name whose sha2-256 digest is the given 32 bytes.
  ///
  /// @throws IllegalArgumentException if `digest` isn't 32 bytes long
  public static Cid ofDigest(byte[] digest) {
    if (digest.length != SIZE - PREFIX.length) {
      throw new IllegalArgumentException("a sha2-256 digest has 32 bytes, not " + digest.length);
    }
    byte[] bytes = Arrays.copyOf(PREFIX, SIZE);
    System.arraycopy(digest, 0, bytes, PREFIX.length, digest.length);
    return new Cid(bytes);
  }

  /// Reads the binary form.
  ///
  /// @throws IllegalArgumentException if it is anything but 36 bytes of CIDv1, raw, sha2-256
  public static Cid fromBytes(byte[] bytes) {
    if (bytes.length != SIZE || !startsWithPrefix(bytes)) {
      throw new IllegalArgumentException("not a CIDv1 of raw bytes with sha2-256");
    }
    return new Cid(bytes.clone());
  }

  /// Reads the text form if it is one. Where most texts aren't, [#parse] would spend more on its
  /// exceptions than on everything else.
  public static Optional<Cid> find(String text) {
    if (text.length() != TEXT_LENGTH || text.charAt(0) != 'b') {
      return Optional.empty();
    }
    try {
      return Optional.of(parse(text));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /// Reads the text form.
  ///
  /// @throws IllegalArgumentException if it isn't the one canonical text of a [Cid]
  public static Cid parse(String text) {
    if (text.length() != TEXT_LENGTH || text.charAt(0) != 'b') {
      throw new IllegalArgumentException("not a CID: " + shorten(text));
    }
    byte[] bytes = new byte[SIZE];
    int at = 0;
    int held = 0;
    int bits = 0;
    for (int i = 1; i < text.length(); i++) {
      int value = ALPHABET.indexOf(text.charAt(i));
      if (value < 0) {
        throw new IllegalArgumentException("not a CID: " + shorten(text));
      }
      held = (held << 5 | value) & 0xfff;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        bytes[at++] = (byte) (held >> bits);
      }
    }
    // 58 * 5 = 290 = 36 * 8 + 2: two padding bits, which must be zero for the text to be canonical.
    if ((held & 3) != 0 || !startsWithPrefix(bytes)) {
      throw new IllegalArgumentException("not a CID of raw bytes with sha2-256: " + shorten(text));
    }
    return new Cid(bytes);
  }

  /// A fresh digest of the write hash; its result goes to [#ofDigest].
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /// The 36 bytes of the binary form; a copy.
  public byte[] bytes() {
    return bytes.clone();
  }

  /// The 32 bytes of the sha2-256 digest; a copy.
  public byte[] digest() {
    return Arrays.copyOfRange(bytes, PREFIX.length, SIZE);
  }

  /// Whether `content` is what this name names.
  public boolean names(byte[] content) {
    return MessageDigest.isEqual(sha256().digest(content), digest());
  }

  @Override
  public int compareTo(Cid other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Cid cid && Arrays.equals(bytes, cid.bytes);
  }

  @Override
  public int hashCode() {
    // A digest is evenly spread: four of its bytes are as good as all of them.
    return bytes[4] << 24 | (bytes[5] & 0xff) << 16 | (bytes[6] & 0xff) << 8 | (bytes[7] & 0xff);
  }

  /// The text form.
  @Override
  public String toString() {
    // Answers hold thousands of them: what is in Latin-1 needn't be looked at again to become text.
    byte[] text = new byte[TEXT_LENGTH];
    text[0] = 'b';
    int at = 1;
    int from = 0;
    for (; from + 5 <= SIZE; from += 5) {
      long group = 0;
      for (int i = from; i < from + 5; i++) {
        group = group << 8 | (bytes[i] & 0xff);
      }
      for (int shift = 35; shift >= 0; shift -= 5) {
        text[at++] = DIGITS[(int) (group >> shift) & 31];
      }
    }
    int last = bytes[from] & 0xff; // 36 bytes are seven groups and this one
    text[at++] = DIGITS[last >> 3];
    text[at] = DIGITS[last << 2 & 31];
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  private static boolean startsWithPrefix(byte[] bytes) {
    return Arrays.equals(bytes, 0, PREFIX.length, PREFIX, 0, PREFIX.length);
  }

  private static String shorten(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }
}
