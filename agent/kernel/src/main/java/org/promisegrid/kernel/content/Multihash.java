package org.promisegrid.kernel.content;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// A digest and the algorithm that made it: how the rest of the world names content.
///
/// Text form: `alg:hex`, such as the sums that are published beside downloads. Binary form: the
/// [multihash](https://github.com/multiformats/multihash), code and length as varints, then the
/// digest.
public final class Multihash {

  /// The hashes that content is verified with. Only sha2-256 also names it: see [Cid].
  public enum Algorithm {
    SHA2_256("sha2-256", 0x12, 32),
    SHA2_512("sha2-512", 0x13, 64),
    SHA3_512("sha3-512", 0x14, 64),
    SHA3_256("sha3-256", 0x16, 32),
    BLAKE3("blake3", 0x1e, 32),
    BLAKE2B_256("blake2b-256", 0xb220, 32);

    private final String text;
    private final int code;
    private final int size;

    Algorithm(String text, int code, int size) {
      this.text = text;
      this.code = code;
      this.size = size;
    }

    /// The multicodec name, such as `sha2-256`.
    public String text() {
      return text;
    }

    /// The multicodec code.
    public int code() {
      return code;
    }

    /// Length of a digest, in bytes.
    public int size() {
      return size;
    }

    private static Optional<Algorithm> named(String name) {
      // Sums are published as "sha256:…" and "sha512:…" more often than under the multicodec names.
      String canonical =
          switch (name) {
            case "sha256" -> "sha2-256";
            case "sha512" -> "sha2-512";
            default -> name;
          };
      return Arrays.stream(values()).filter(each -> each.text.equals(canonical)).findFirst();
    }

    private static Optional<Algorithm> coded(long code) {
      return Arrays.stream(values()).filter(each -> each.code == code).findFirst();
    }
  }

  private final Algorithm algorithm;
  private final byte[] digest;

  /// The digest is copied.
  ///
  /// @throws IllegalArgumentException if it isn't as long as the algorithm's digests are
  public Multihash(Algorithm algorithm, byte[] digest) {
    if (digest.length != algorithm.size()) {
      throw new IllegalArgumentException(
          "a %s digest has %d bytes, not %d"
              .formatted(algorithm.text(), algorithm.size(), digest.length));
    }
    this.algorithm = algorithm;
    this.digest = digest.clone();
  }

  /// The hash that a CID is made of.
  public static Multihash of(Cid cid) {
    return new Multihash(Algorithm.SHA2_256, cid.digest());
  }

  /// Reads `alg:hex`; the digits may be of either case.
  ///
  /// @throws MalformedException if the algorithm isn't one of the six, or the digits aren't a
  ///   digest
  public static Multihash parse(String text) throws MalformedException {
    int colon = text.indexOf(':');
    // The longest is "sha2-512:" and 128 digits.
    if (colon < 0 || text.length() > 160) {
      throw new MalformedException("not a sum of the form alg:hex: " + shorten(text));
    }
    Algorithm algorithm =
        Algorithm.named(text.substring(0, colon))
            .orElseThrow(
                () -> new MalformedException("no hash that is known here: " + shorten(text)));
    String digits = text.substring(colon + 1);
    if (digits.length() != 2 * algorithm.size()) {
      throw new MalformedException(
          "a %s sum has %d hexadecimal digits, not %d"
              .formatted(algorithm.text(), 2 * algorithm.size(), digits.length()));
    }
    try {
      return new Multihash(algorithm, HexFormat.of().parseHex(digits));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("not hexadecimal digits: " + shorten(text), e);
    }
  }

  /// Reads the binary form.
  ///
  /// @throws MalformedException if it is anything but one multihash of the six algorithms
  public static Multihash fromBytes(byte[] bytes) throws MalformedException {
    Varints varints = new Varints(bytes);
    long code = varints.next();
    long size = varints.next();
    Algorithm algorithm =
        Algorithm.coded(code)
            .orElseThrow(() -> new MalformedException("no hash that is known here: code " + code));
    if (size != algorithm.size() || bytes.length - varints.at != size) {
      throw new MalformedException(
          "a %s digest has %d bytes".formatted(algorithm.text(), algorithm.size()));
    }
    return new Multihash(algorithm, Arrays.copyOfRange(bytes, varints.at, bytes.length));
  }

  public Algorithm algorithm() {
    return algorithm;
  }

  /// The digest; a copy.
  public byte[] digest() {
    return digest.clone();
  }

  /// The CID of the content that this hash is of, if that can be told without looking it up.
  public Optional<Cid> cid() {
    return algorithm == Algorithm.SHA2_256 ? Optional.of(Cid.ofDigest(digest)) : Optional.empty();
  }

  /// The binary form.
  public byte[] bytes() {
    int code = algorithm.code();
    int codeSize = code < 0x80 ? 1 : code < 0x4000 ? 2 : 3;
    byte[] bytes = new byte[codeSize + 1 + digest.length];
    for (int i = 0; i < codeSize; i++) {
      bytes[i] = (byte) (((code >> (7 * i)) & 0x7f) | (i < codeSize - 1 ? 0x80 : 0));
    }
    bytes[codeSize] = (byte) digest.length;
    System.arraycopy(digest, 0, bytes, codeSize + 1, digest.length);
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Multihash hash
        && algorithm == hash.algorithm
        && Arrays.equals(digest, hash.digest);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(digest);
  }

  /// `alg:hex`, in lower case.
  @Override
  public String toString() {
    return algorithm.text() + ":" + HexFormat.of().formatHex(digest);
  }

  private static String shorten(String text) {
    String shown = text.length() <= 80 ? text : text.substring(0, 80) + "…";
    return shown.toLowerCase(Locale.ROOT);
  }

  /// Reads unsigned varints, shortest form only, of at most 4 bytes: no code here needs more.
  private static final class Varints {
    private final byte[] bytes;
    private int at;

    Varints(byte[] bytes) {
      this.bytes = bytes;
    }

    long next() throws MalformedException {
      long value = 0;
      for (int shift = 0; shift < 28; shift += 7) {
        if (at == bytes.length) {
          throw new MalformedException("the end in the middle of a multihash");
        }
        int part = bytes[at++];
        value |= (long) (part & 0x7f) << shift;
        if (part >= 0) {
          if (part == 0 && shift > 0) {
            throw new MalformedException("a varint that is not as short as it could be");
          }
          return value;
        }
      }
      throw new MalformedException("a varint of more than 4 bytes");
    }
  }
}
