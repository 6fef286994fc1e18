package org.promisegrid.kernel.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ExactTest {

  private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

  @Test
  void scalingIsTheExactQuotientRoundedUp() {
    assertThat(Exact.scale(10, 3, 4)).isEqualTo(8);
    assertThat(Exact.scale(10, 2, 4)).isEqualTo(5);
    assertThat(Exact.scale(0, Long.MAX_VALUE, 7)).isZero();
    assertThat(Exact.scale(1, 1, Long.MAX_VALUE)).isEqualTo(1);
    assertThat(Exact.scale(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE))
        .isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void whatIsTooLargeIsTheLargestAndNeverNegative() {
    assertThat(Exact.scale(Long.MAX_VALUE, 2, 1)).isEqualTo(Long.MAX_VALUE);
    assertThat(Exact.scale(Long.MAX_VALUE, Long.MAX_VALUE, 1)).isEqualTo(Long.MAX_VALUE);
    assertThat(Exact.scale(Long.MAX_VALUE, 3, 2)).isEqualTo(Long.MAX_VALUE);
    assertThat(Exact.add(Long.MAX_VALUE, 1)).isEqualTo(Long.MAX_VALUE);
    assertThat(Exact.add(Long.MAX_VALUE, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void scalingAgreesWithBigIntegers() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      long a = random.nextLong() >>> (1 + random.nextInt(63));
      long b = random.nextLong() >>> (1 + random.nextInt(63));
      long divisor = Math.max(1, random.nextLong() >>> (1 + random.nextInt(63)));
      BigInteger[] exact =
          BigInteger.valueOf(a)
              .multiply(BigInteger.valueOf(b))
              .divideAndRemainder(BigInteger.valueOf(divisor));
      BigInteger up = exact[1].signum() == 0 ? exact[0] : exact[0].add(BigInteger.ONE);
      assertThat(Exact.scale(a, b, divisor))
          .as("seed %d: %d * %d / %d", seed, a, b, divisor)
          .isEqualTo(up.min(MOST).longValueExact());
    }
  }

  @Test
  void aMixLiesBetweenItsPartsByTheirWeights() {
    assertThat(Exact.mix(100, 1, 200, 1)).isEqualTo(150);
    assertThat(Exact.mix(200, 1, 100, 1)).isEqualTo(150);
    assertThat(Exact.mix(100, 3, 200, 1)).isEqualTo(125);
    assertThat(Exact.mix(100, 0, 200, 1)).isEqualTo(200);
    assertThat(Exact.mix(100, 1, 200, 0)).isEqualTo(100);
    assertThat(Exact.mix(100, 0, 200, 0)).isEqualTo(100);
    assertThat(Exact.mix(0, 1, Long.MAX_VALUE, Long.MAX_VALUE)).isPositive();
  }

  @Test
  void durationsSaturateAndNegativeOnesAreNone() {
    assertThat(Exact.nanos(Duration.ofSeconds(2))).isEqualTo(2_000_000_000L);
    assertThat(Exact.nanos(Duration.ofSeconds(-2))).isZero();
    assertThat(Exact.nanos(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(Long.MAX_VALUE);
    assertThat(Exact.nanos(Duration.ofSeconds(9_223_372_036L, 999_999_999))).isPositive();
  }

  @Test
  void nonsenseIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Exact.scale(-1, 1, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> Exact.scale(1, 1, 0));
  }
}
