package org.promisegrid.kernel.content;

/// How much of a disk: so many bytes, or a part of all that it has.
///
/// @param bytes if the amount isn't a part
/// @param percent of the disk; 0 if the amount is so many bytes
public record Amount(long bytes, int percent) {

  /// As much as there is.
  public static final Amount ALL = new Amount(0, 100);

  /// @throws IllegalArgumentException if it is negative, or more than all
  public Amount {
    if (bytes < 0 || percent < 0 || percent > 100) {
      throw new IllegalArgumentException("an amount is so many bytes, or 1% to 100%");
    }
  }

  /// So many bytes.
  public static Amount ofBytes(long bytes) {
    return new Amount(bytes, 0);
  }

  /// How many bytes that are, of a disk with `total`.
  public long of(long total) {
    return percent == 0 ? bytes : total / 100 * percent;
  }
}
