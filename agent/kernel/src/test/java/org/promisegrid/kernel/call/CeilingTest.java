package org.promisegrid.kernel.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Answer.Payload.NotPromised;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.sandbox.Limits;

final class CeilingTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);

  private final Ceiling ceiling = new Ceiling(1L << 30, HOUR);

  private static Terms time(Duration time) {
    return limits(
        new Terms.Bounds(
            Optional.of(time), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty()));
  }

  private static Terms written(long output, long log) {
    return limits(
        new Terms.Bounds(
            Optional.empty(), OptionalLong.empty(), OptionalLong.of(output), OptionalLong.of(log)));
  }

  private static Terms limits(Terms.Bounds bounds) {
    return Terms.builder().limits(bounds).build();
  }

  private static void assertRefused(
      Ceiling ceiling, Terms terms, boolean owner, Terms granted, String what) {
    assertThatExceptionOfType(Refusal.class)
        .isThrownBy(() -> ceiling.hold(terms, owner, granted))
        .extracting(Refusal::payload)
        .isInstanceOfSatisfying(
            NotPromised.class,
            refused -> {
              assertThat(refused.reason()).isEqualTo(Reason.REFUSED);
              assertThat(refused.toString()).contains(what);
            });
  }

  @Test
  void outputAndLogAreBoundedForEverybody() throws Refusal {
    for (boolean owner : new boolean[] {true, false}) {
      Terms most = written(1 << 30, 1 << 30);
      assertThat(ceiling.hold(most, owner, Terms.NONE)).isEqualTo(most);
      assertRefused(ceiling, written((1 << 30) + 1, 0), owner, Terms.NONE, "limits.output");
      assertRefused(ceiling, written(0, (1 << 30) + 1), owner, Terms.NONE, "limits.log");
    }
  }

  @Test
  void timeIsBoundedForAllButTheOwnerUnlessTheOwnersBindingGivesMore() throws Refusal {
    assertThat(ceiling.hold(time(HOUR), false, Terms.NONE)).isEqualTo(time(HOUR));
    assertRefused(ceiling, time(HOUR.plusMillis(1)), false, Terms.NONE, "limits.time");
    assertThat(ceiling.hold(time(Terms.LONGEST), true, Terms.NONE)).isEqualTo(time(Terms.LONGEST));
    assertThat(ceiling.hold(time(DAY), false, time(DAY))).isEqualTo(time(DAY));
    assertRefused(ceiling, time(DAY.plusMillis(1)), false, time(DAY), "limits.time");
    // A binding that says less takes nothing away: it only fills what a call leaves out.
    assertThat(ceiling.hold(time(HOUR), false, time(MINUTE))).isEqualTo(time(HOUR));
  }

  @Test
  void whoAsksForNothingGetsNoMoreThanMayBeAskedFor() throws Refusal {
    assertThat(ceiling.hold(Terms.NONE, false, Terms.NONE)).isEqualTo(Terms.NONE);
    Ceiling low = new Ceiling(1000, Duration.ofSeconds(1));
    assertThat(low.hold(Terms.NONE, false, Terms.NONE).limits().over(Limits.DEFAULT))
        .isEqualTo(new Limits(Duration.ofSeconds(1), Limits.DEFAULT.memory(), 1000, 1000));
    assertThat(low.hold(Terms.NONE, true, Terms.NONE).limits().over(Limits.DEFAULT))
        .isEqualTo(new Limits(Limits.DEFAULT.time(), Limits.DEFAULT.memory(), 1000, 1000));
  }
}
