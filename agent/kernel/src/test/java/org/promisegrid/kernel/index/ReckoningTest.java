package org.promisegrid.kernel.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// What is believed of a clock that jumps.
final class ReckoningTest {

  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  private static final Instant FAR = NOW.plus(Duration.ofDays(20_000));
  private static final Instant LONG_AGO = NOW.minus(Duration.ofDays(10_000));

  /// After entries at these times.
  private static Reckoning after(Reckoning before, Instant... times) {
    Reckoning passed = before;
    for (Instant time : times) {
      passed = passed.after(time.toEpochMilli());
    }
    return passed;
  }

  private static Reckoning after(Instant... times) {
    return after(Reckoning.NONE, times);
  }

  private static Instant days(Instant from, int days) {
    return from.plus(Duration.ofDays(days));
  }

  @Test
  void theFirstTimeIsBelieved() {
    assertThat(after(NOW)).isEqualTo(new Reckoning(NOW.toEpochMilli(), 0, 0));
    assertThat(after(NOW).lease(NOW)).isEqualTo(NOW);
  }

  @Test
  void leasesBeginNoEarlierThanTheClockWasEver() {
    Reckoning set = after(NOW, NOW.minusSeconds(10));
    assertThat(set.lease(NOW.minusSeconds(10))).isEqualTo(NOW);
    assertThat(set.isSettled()).isTrue();
    Reckoning behind = after(NOW, LONG_AGO);
    assertThat(behind.lease(LONG_AGO)).isEqualTo(NOW);
    assertThat(behind.isSettled()).isFalse();
    assertThat(after(behind, days(NOW, 1))).isEqualTo(after(days(NOW, 1)));
  }

  @Test
  void aJumpAheadThatIsTakenBackLeavesNothing() {
    Reckoning jumped = after(NOW, FAR, FAR.plusSeconds(60), FAR.plus(Duration.ofHours(23)));
    assertThat(jumped.isSettled()).isFalse();
    assertThat(jumped.lease(NOW)).isEqualTo(NOW);
    assertThat(after(jumped, NOW.plusSeconds(3600))).isEqualTo(after(NOW.plusSeconds(3600)));
  }

  @Test
  void aClockThatWentOnFromThereForADayIsBelieved() {
    assertThat(after(NOW, FAR, FAR.plus(Reckoning.AHEAD)))
        .isEqualTo(new Reckoning(FAR.plus(Reckoning.AHEAD).toEpochMilli(), 0, 0));
    // Another jump begins that anew.
    assertThat(after(NOW, FAR, days(FAR, 100)).isSettled()).isFalse();
  }

  @Test
  void oneThatIsBehindIsBelievedAfterMonthsSoThatNoMistakeStaysForEver() {
    Reckoning passed = after(FAR);
    int day = 0;
    while (!passed.isSettled() || day == 0) {
      passed = after(passed, days(NOW, day));
      day += 7;
    }
    assertThat(Duration.ofDays(day)).isBetween(Reckoning.BEHIND, Reckoning.BEHIND.plusDays(14));
    assertThat(passed.lease(NOW)).isBefore(FAR);
  }

  @Test
  void anAgentThatIsUsedOnceAWeekIsUsual() {
    Reckoning passed = after(NOW);
    for (int week = 1; week < 100; week++) {
      passed = after(passed, days(NOW, 7 * week));
      assertThat(passed.isSettled()).isTrue();
      assertThat(passed.highest()).isEqualTo(days(NOW, 7 * week).toEpochMilli());
    }
  }
}
