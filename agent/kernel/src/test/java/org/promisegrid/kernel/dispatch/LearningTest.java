package org.promisegrid.kernel.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.dispatch.Learning.Saved;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Expectation;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Target;

final class LearningTest {

  private static final long MILLI = 1_000_000L;
  private static final Target HERE = new Target("memory", "here");
  private static final Target THERE = new Target("memory", "there");
  private static final Cid ARTIFACT = cid("artifact");
  private static final Offer COLD = offer(false, 100, 10, 1 << 20);
  private static final Offer WARM = offer(true, 1, 10, 1 << 20);

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  private final Learning learning = new Learning(now::get, 64, Duration.ofDays(7));

  @Test
  void whatNothingIsKnownOfIsAsTheDriverSays() {
    Estimate estimate = learning.estimate(ARTIFACT, HERE, COLD);
    assertThat(estimate.setup()).isEqualTo(100 * MILLI);
    assertThat(estimate.run()).isEqualTo(10 * MILLI);
    assertThat(estimate.cpu()).isEqualTo(10 * MILLI);
    assertThat(estimate.memory()).isEqualTo(1 << 20);
    assertThat(estimate.basis()).isEqualTo(Basis.ASSUMED);
    // target 0.99 × function 0.99
    assertThat(estimate.kept()).isEqualTo(980_100);
  }

  @Test
  void measuringCorrectsTheDriverByTheRatioOfItsOwnSample() {
    // The sample was expected to take 50 + 5 ms and took 200 + 1.
    learning.measured(HERE, false, expectation(50, 5, 0), took(200, 1, 0));
    Estimate estimate = learning.estimate(ARTIFACT, HERE, COLD);
    assertThat(estimate.basis()).isEqualTo(Basis.MEASURED);
    assertThat(estimate.setup()).isEqualTo(400 * MILLI);
    assertThat(estimate.run()).isEqualTo(2 * MILLI);
    assertThat(learning.estimate(ARTIFACT, HERE, WARM).basis()).isEqualTo(Basis.ASSUMED);
    assertThat(learning.estimate(ARTIFACT, THERE, COLD).basis()).isEqualTo(Basis.ASSUMED);
  }

  @Test
  void whereTheDriverExpectedNothingMeasuringAddsTheDifference() {
    learning.measured(HERE, false, expectation(0, 0, 0), took(30, 4, 0));
    Estimate estimate = learning.estimate(ARTIFACT, HERE, COLD);
    assertThat(estimate.setup()).isEqualTo(130 * MILLI);
    assertThat(estimate.run()).isEqualTo(14 * MILLI);
  }

  @Test
  void oneRunWeighsAsMuchAsThePriorAndManyOutweighIt() {
    learning.ran(ARTIFACT, HERE, false, took(300, 30, 1 << 20), true);
    Estimate once = learning.estimate(ARTIFACT, HERE, COLD);
    assertThat(once.basis()).isEqualTo(Basis.LEARNED);
    assertThat(once.setup()).isEqualTo(200 * MILLI);
    assertThat(once.run()).isEqualTo(20 * MILLI);
    assertThat(once.memory()).isEqualTo((1 << 20) + (1 << 19));
    for (int i = 0; i < 100; i++) {
      learning.ran(ARTIFACT, HERE, false, took(300, 30, 1 << 20), true);
    }
    // (100 + 16 × 300) / 17: a mean weighs at most as sixteen runs.
    assertThat(learning.estimate(ARTIFACT, HERE, COLD).setup()).isEqualTo(288_235_295L);
  }

  @Test
  void artifactsAndTargetsAreLearnedApart() {
    learning.ran(ARTIFACT, HERE, true, took(300, 30, 0), true);
    assertThat(learning.estimate(cid("other"), HERE, WARM).basis()).isEqualTo(Basis.ASSUMED);
    assertThat(learning.estimate(ARTIFACT, THERE, WARM).basis()).isEqualTo(Basis.ASSUMED);
    assertThat(learning.estimate(ARTIFACT, HERE, WARM).basis()).isEqualTo(Basis.LEARNED);
  }

  @Test
  void howLongStartingTakesIsLearnedColdAndWarmApartAndTheRestForBoth() {
    learning.ran(ARTIFACT, HERE, false, took(900, 30, 1 << 20), true);
    Estimate warm = learning.estimate(ARTIFACT, HERE, WARM);
    assertThat(warm.setup()).isEqualTo(MILLI);
    assertThat(warm.run()).isEqualTo(20 * MILLI);
    assertThat(warm.cpu()).isEqualTo(20 * MILLI);
    assertThat(warm.memory()).isEqualTo((1 << 20) + (1 << 19));
    assertThat(warm.basis()).isEqualTo(Basis.LEARNED);
  }

  @Test
  void aNewMeasureIsFollowedWithinTensOfRuns() {
    for (int i = 0; i < 1000; i++) {
      learning.ran(ARTIFACT, HERE, true, took(1, 10, 0), true);
    }
    for (int i = 0; i < 60; i++) {
      learning.ran(ARTIFACT, HERE, true, took(1, 1000, 0), true);
    }
    assertThat(learning.estimate(ARTIFACT, HERE, WARM).run()).isGreaterThan(900 * MILLI);
  }

  @Test
  void evidenceFadesToThePrior() {
    learning.ran(ARTIFACT, HERE, false, took(300, 30, 0), true);
    now.updateAndGet(instant -> instant.plus(Duration.ofDays(7)));
    // Half of one run against a prior of one: (1 × 100 + ½ × 300) / 1½.
    Estimate later = learning.estimate(ARTIFACT, HERE, COLD);
    assertThat(later.setup()).isBetween(166 * MILLI, 167 * MILLI);
    assertThat(later.basis()).isEqualTo(Basis.LEARNED);
    now.updateAndGet(instant -> instant.plus(Duration.ofDays(700)));
    Estimate gone = learning.estimate(ARTIFACT, HERE, COLD);
    assertThat(gone.setup()).isEqualTo(100 * MILLI);
    assertThat(gone.basis()).isEqualTo(Basis.ASSUMED);
    assertThat(gone.kept()).isEqualTo(980_100);
  }

  @Test
  void fadingIsSteadyBetweenHalfLives() {
    Evidence fresh = Evidence.none(0).with(took(1, 1, 1));
    long before = Long.MAX_VALUE;
    for (long age = 0; age < 70; age++) {
      long weight = fresh.faded(age, 10).weight();
      assertThat(weight).isLessThanOrEqualTo(before);
      before = weight;
    }
    assertThat(fresh.faded(10, 10).weight()).isEqualTo(500);
    assertThat(fresh.faded(15, 10).weight()).isEqualTo(375);
    assertThat(fresh.faded(20, 10).weight()).isEqualTo(250);
    assertThat(fresh.faded(Long.MAX_VALUE, 10).weight()).isZero();
  }

  @Test
  void aClockSetBackFadesNothing() {
    learning.ran(ARTIFACT, HERE, false, took(300, 30, 0), true);
    Estimate before = learning.estimate(ARTIFACT, HERE, COLD);
    now.updateAndGet(instant -> instant.minus(Duration.ofDays(3650)));
    assertThat(learning.estimate(ARTIFACT, HERE, COLD)).isEqualTo(before);
  }

  @Test
  void aDriversFailureCountsAgainstItsTargetForEveryArtifact() {
    int before = learning.estimate(cid("other"), HERE, COLD).kept();
    learning.failed(ARTIFACT, HERE, false);
    assertThat(learning.estimate(ARTIFACT, HERE, COLD).kept())
        .isLessThan(learning.estimate(cid("other"), HERE, COLD).kept());
    assertThat(learning.estimate(cid("other"), HERE, COLD).kept()).isLessThan(before);
    assertThat(learning.estimate(ARTIFACT, THERE, COLD).kept()).isEqualTo(before);
  }

  @Test
  void aFunctionsFailureCountsAgainstTheFunctionWhereverItRuns() {
    int before = learning.estimate(ARTIFACT, THERE, COLD).kept();
    int other = learning.estimate(cid("other"), HERE, COLD).kept();
    learning.ran(ARTIFACT, HERE, false, took(1, 1, 0), false);
    assertThat(learning.estimate(ARTIFACT, THERE, COLD).kept()).isLessThan(before);
    assertThat(learning.estimate(cid("other"), HERE, COLD).kept()).isGreaterThanOrEqualTo(other);
  }

  @Test
  void probabilityIsAlwaysAboveNoneAndAtMostAll() {
    for (int i = 0; i < 5000; i++) {
      learning.failed(ARTIFACT, HERE, false);
      learning.ran(cid("good"), THERE, false, took(1, 1, 0), true);
    }
    assertThat(learning.estimate(ARTIFACT, HERE, COLD).kept()).isBetween(1, 10_000);
    assertThat(learning.estimate(cid("good"), THERE, COLD).kept()).isBetween(990_000, 1_000_000);
  }

  @Test
  void aTargetThatWentBadIsNoticedHoweverLongItWasGood() {
    for (int i = 0; i < 100_000; i++) {
      learning.ran(ARTIFACT, HERE, false, took(1, 1, 0), true);
    }
    for (int i = 0; i < 200; i++) {
      learning.failed(ARTIFACT, HERE, false);
    }
    assertThat(learning.estimate(ARTIFACT, HERE, COLD).kept()).isLessThan(500_000);
  }

  @Test
  void whatIsSavedIsRestored() {
    learning.ran(ARTIFACT, HERE, false, took(300, 30, 7), true);
    learning.failed(cid("other"), THERE, true);
    Learning other = new Learning(now::get);
    assertThat(other.restore(learning.snapshot())).isZero();
    assertThat(other.estimate(ARTIFACT, HERE, COLD))
        .isEqualTo(learning.estimate(ARTIFACT, HERE, COLD));
    assertThat(other.estimate(cid("other"), THERE, WARM))
        .isEqualTo(learning.estimate(cid("other"), THERE, WARM));
    assertThat(other.snapshot()).isEqualTo(learning.snapshot());
  }

  @Test
  void whatCannotBeReadIsLeftOutAndCounted() {
    List<Saved> bad = new ArrayList<>();
    bad.add(new Saved("run a", Item.NULL));
    bad.add(new Saved("run b", Item.array(Item.of(1))));
    bad.add(new Saved("run c", field(0, -1)));
    bad.add(new Saved("run d", field(4, Long.MAX_VALUE)));
    bad.add(new Saved("run e", field(5, Long.MAX_VALUE)));
    bad.add(new Saved("run f", field(6, Long.MAX_VALUE)));
    bad.add(new Saved("run g", field(7, 5)));
    assertThat(learning.restore(bad)).isEqualTo(6);
    assertThat(learning.snapshot()).extracting(Saved::key).containsExactly("run g");
  }

  @Test
  void theLeastRecentlyUsedGoesFirst() {
    learning.ran(ARTIFACT, HERE, false, took(300, 30, 0), true);
    for (int i = 0; i < 200; i++) {
      learning.ran(cid("artifact " + i), HERE, false, took(1, 1, 0), true);
      learning.estimate(ARTIFACT, HERE, COLD); // used, so it stays
    }
    assertThat(learning.snapshot()).hasSize(64);
    assertThat(learning.estimate(ARTIFACT, HERE, COLD).basis()).isEqualTo(Basis.LEARNED);
    assertThat(learning.estimate(cid("artifact 0"), HERE, COLD).basis()).isEqualTo(Basis.ASSUMED);
  }

  @Test
  void absurdObservationsOverflowNothing() {
    Took absurd = new Took(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);
    for (int i = 0; i < 50; i++) {
      learning.ran(ARTIFACT, HERE, false, absurd, true);
      learning.measured(HERE, false, expectation(1, 1, 1), absurd);
    }
    Estimate estimate = learning.estimate(ARTIFACT, HERE, COLD);
    assertThat(estimate.setup()).isPositive();
    assertThat(estimate.memory()).isPositive();
    assertThat(Rates.DEFAULT.price(estimate).total()).isEqualTo(Long.MAX_VALUE);
  }

  private static Item field(int at, long value) {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      items.add(Item.of(i == at ? value : 1));
    }
    return Item.array(items);
  }

  private static Took took(long setup, long run, long memory) {
    return new Took(setup * MILLI, run * MILLI, run * MILLI, memory);
  }

  private static Expectation expectation(long setup, long run, long memory) {
    return new Expectation(Duration.ofMillis(setup), Duration.ofMillis(run), memory, 0);
  }

  private static Offer offer(boolean warm, long setup, long run, long memory) {
    return new Offer(warm, Isolation.SANDBOX, expectation(setup, run, memory), Instant.MAX);
  }

  private static Cid cid(String text) {
    return Cid.of(text.getBytes(StandardCharsets.UTF_8));
  }
}
