package org.promisegrid.shim;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/// What an agent proves itself by to its shim, and a shim to its agent: 16 bytes that nobody else
/// can know. It is the same for the whole life of a shim, whichever process speaks to it.
public final class ShimKey {

  /// Length in bytes.
  public static final int SIZE = 16;

  private final byte[] bytes;

  private ShimKey(byte[] bytes) {
    this.bytes = bytes;
  }

  /// The key that these bytes are.
  ///
  /// @throws IllegalArgumentException if it isn't [#SIZE] bytes long
  public static ShimKey of(byte[] bytes) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException("a shim's key has 16 bytes, not " + bytes.length);
    }
    return new ShimKey(bytes.clone());
  }

  /// A new one.
  ///
  /// @param random one that nobody can foresee: a [java.security.SecureRandom]
  public static ShimKey random(RandomGenerator random) {
    byte[] bytes = new byte[SIZE];
    random.nextBytes(bytes);
    return new ShimKey(bytes);
  }

  /// A copy.
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ShimKey key && MessageDigest.isEqual(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /// Says nothing of it.
  @Override
  public String toString() {
    return "ShimKey";
  }
}
