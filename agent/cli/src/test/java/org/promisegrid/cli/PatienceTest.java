package org.promisegrid.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class PatienceTest {

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);

  private void pass(int seconds) {
    nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }

  @Test
  void whoShowsNothingIsWaitedForOnce() {
    Patience patience = new Patience(Duration.ofSeconds(60), nanos::get, Optional.empty());
    pass(59);
    assertThat(patience.isOver(Optional.empty())).isFalse();
    pass(1);
    assertThat(patience.isOver(Optional.empty())).isTrue();
  }

  @Test
  void whoGoesOnIsWaitedForAsLongAsTheyDo() {
    Patience patience = new Patience(Duration.ofSeconds(60), nanos::get, Optional.empty());
    for (int i = 0; i < 100; i++) {
      pass(59);
      assertThat(patience.isOver(Optional.of("step " + i))).isFalse();
    }
    pass(60);
    assertThat(patience.isOver(Optional.of("step 99"))).isTrue();
  }

  @Test
  void aSignOfOldIsNone() {
    Patience patience = new Patience(Duration.ofSeconds(60), nanos::get, Optional.of("old"));
    pass(60);
    assertThat(patience.isOver(Optional.of("old"))).isTrue();
    assertThat(patience.isOver(Optional.empty())).isFalse();
  }
}
