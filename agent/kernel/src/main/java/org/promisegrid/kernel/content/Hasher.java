package org.promisegrid.kernel.content;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.Blake2bDigest;
import org.bouncycastle.crypto.digests.Blake3Digest;

/// Computes one digest; where the JDK has the algorithm it is several times faster.
public sealed interface Hasher {

  /// Takes the next bytes.
  void update(byte[] bytes, int offset, int length);

  /// The digest of what was updated.
  Multihash finish();

  /// One that computes digests of that algorithm.
  static Hasher of(Multihash.Algorithm algorithm) {
    return switch (algorithm) {
      case SHA2_256 -> new Jdk(algorithm, digest("SHA-256"));
      case SHA2_512 -> new Jdk(algorithm, digest("SHA-512"));
      case SHA3_256 -> new Jdk(algorithm, digest("SHA3-256"));
      case SHA3_512 -> new Jdk(algorithm, digest("SHA3-512"));
      case BLAKE2B_256 -> new BouncyCastle(algorithm, new Blake2bDigest(256));
      case BLAKE3 -> new BouncyCastle(algorithm, new Blake3Digest(256));
    };
  }

  private static MessageDigest digest(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no " + name, e);
    }
  }

  /// An algorithm of the platform.
  record Jdk(Multihash.Algorithm algorithm, MessageDigest digest) implements Hasher {
    @Override
    public void update(byte[] bytes, int offset, int length) {
      digest.update(bytes, offset, length);
    }

    @Override
    public Multihash finish() {
      return new Multihash(algorithm, digest.digest());
    }
  }

  /// An algorithm that the platform lacks.
  record BouncyCastle(Multihash.Algorithm algorithm, Digest digest) implements Hasher {
    @Override
    public void update(byte[] bytes, int offset, int length) {
      digest.update(bytes, offset, length);
    }

    @Override
    public Multihash finish() {
      byte[] sum = new byte[digest.getDigestSize()];
      digest.doFinal(sum, 0);
      return new Multihash(algorithm, sum);
    }
  }
}
