package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class BucketTest {

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 10);

  private int taken(Bucket bucket) {
    int taken = 0;
    while (bucket.take().isZero()) {
      taken++;
    }
    return taken;
  }

  @Test
  void asManyAtOnceAsInASecondAndThenAsTimeGoesBy() {
    Bucket bucket = new Bucket(4, now::get);

    assertThat(taken(bucket)).isEqualTo(4);
    assertThat(bucket.take()).isEqualTo(Duration.ofMillis(250));
    now.addAndGet(Duration.ofMillis(500).toNanos()); // beyond the largest number, as it may be
    assertThat(taken(bucket)).isEqualTo(2);
    assertThat(bucket.isFull()).isFalse();
    now.addAndGet(Duration.ofHours(1).toNanos());
    assertThat(bucket.isFull()).isTrue();
    assertThat(taken(bucket)).isEqualTo(4);
  }

  @Test
  void oneInASecondIsOneInASecond() {
    Bucket bucket = new Bucket(1, now::get);

    assertThat(taken(bucket)).isEqualTo(1);
    now.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(taken(bucket)).isEqualTo(1);
  }
}
