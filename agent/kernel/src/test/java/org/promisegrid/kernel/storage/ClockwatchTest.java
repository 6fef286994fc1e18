package org.promisegrid.kernel.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.index.Reckoning;

/// When nothing is collected for what the clock says.
final class ClockwatchTest {

  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
  private final AtomicLong nanos = new AtomicLong(-5);
  private final AtomicReference<Reckoning> reckoning =
      new AtomicReference<>(Reckoning.NONE.after(NOW.toEpochMilli()));
  private final Clockwatch watch = new Clockwatch(now::get, nanos::get, reckoning::get);

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
    now.set(now.get().plus(time));
  }

  private void set(Duration by) {
    now.set(now.get().plus(by));
  }

  @Test
  void aClockThatGoesAsTimePassesIsBelievedHoweverLongNothingIsWrittenDown() {
    assertThat(watch.doubt(watch.now())).isEmpty();
    pass(Duration.ofDays(400));
    assertThat(watch.doubt(watch.now())).isEmpty();
    set(Duration.ofMinutes(59));
    assertThat(watch.doubt(watch.now())).isEmpty();
  }

  @Test
  void oneThatWasSetByMoreThanAnHourIsNot() {
    pass(Duration.ofDays(1));
    set(Duration.ofMinutes(61));
    assertThat(watch.doubt(watch.now()).orElseThrow()).contains("set ahead by PT1H1M");
    set(Duration.ofMinutes(-122));
    assertThat(watch.doubt(watch.now()).orElseThrow()).contains("set back by PT1H1M");
    set(Duration.ofMinutes(61));
    assertThat(watch.doubt(watch.now())).isEmpty();
  }

  @Test
  void oneThatWasFarAwayWhenTheAgentWasStartedIsBelievedAfterADay() {
    for (Duration off : new Duration[] {Duration.ofDays(9), Duration.ofDays(-9)}) {
      reckoning.set(Reckoning.NONE.after(now.get().minus(off).toEpochMilli()));
      Clockwatch fresh = new Clockwatch(now::get, nanos::get, reckoning::get);
      assertThat(fresh.doubt(fresh.now()).orElseThrow()).contains("believed after a day");
      pass(Duration.ofDays(1));
      assertThat(fresh.doubt(fresh.now())).isEqualTo(Optional.empty());
    }
  }

  @Test
  void theHostTellsHowTimePasses() {
    LongSupplier passing = Clockwatch.passing();
    long before = passing.getAsLong();
    assertThat(passing.getAsLong()).isGreaterThanOrEqualTo(before);
  }
}
