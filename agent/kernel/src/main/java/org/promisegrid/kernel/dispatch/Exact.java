package org.promisegrid.kernel.dispatch;

import java.time.Duration;

/// Whole-number arithmetic on non-negative values that saturates at `Long.MAX_VALUE` instead of
/// wrapping: a price that overflows is the highest price, never a bargain.
final class Exact {

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private Exact() {}

  /// `a + b`.
  static long add(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  /// `a * b / divisor`, rounded up, with a product of up to 126 bits between the two.
  ///
  /// @throws IllegalArgumentException if a factor is negative or the divisor isn't positive
  static long scale(long a, long b, long divisor) {
    if (a < 0 || b < 0 || divisor <= 0) {
      throw new IllegalArgumentException("scale(" + a + ", " + b + ", " + divisor + ")");
    }
    long high = Math.multiplyHigh(a, b);
    long low = a * b;
    if (high == 0 && low >= 0) {
      return low / divisor + (low % divisor == 0 ? 0 : 1);
    }
    if (high >= divisor) {
      return Long.MAX_VALUE; // the quotient has more than 64 bits
    }
    // Long division, one bit at a time. remainder < divisor < 2^63, so doubling it keeps 64 bits.
    long remainder = high;
    long quotient = 0;
    for (int bit = 63; bit >= 0; bit--) {
      remainder = remainder << 1 | (low >>> bit & 1);
      quotient <<= 1;
      if (Long.compareUnsigned(remainder, divisor) >= 0) {
        remainder -= divisor;
        quotient |= 1;
      }
    }
    if (quotient < 0) {
      return Long.MAX_VALUE;
    }
    return remainder == 0 ? quotient : add(quotient, 1);
  }

  /// The mean of two values, each with its weight; `a` where neither weighs anything.
  static long mix(long a, long weightOfA, long b, long weightOfB) {
    long weight = add(weightOfA, weightOfB);
    if (weight == 0) {
      return a;
    }
    return b >= a ? a + scale(b - a, weightOfB, weight) : a - scale(a - b, weightOfB, weight);
  }

  /// A duration in nanoseconds; a negative one is none.
  static long nanos(Duration duration) {
    if (duration.isNegative()) {
      return 0;
    }
    if (duration.toSeconds() >= Long.MAX_VALUE / NANOS_PER_SECOND) {
      return Long.MAX_VALUE;
    }
    return duration.toNanos();
  }
}
