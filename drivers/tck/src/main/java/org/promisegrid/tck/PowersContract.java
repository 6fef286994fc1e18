package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Attach;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.ImageBuilder;
import org.promisegrid.sandbox.Images;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Prepare;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Stats;
import org.promisegrid.sandbox.Trait;
import org.promisegrid.sandbox.service.Services;

/// An optional power is there exactly when its trait is, and then does what it says.
abstract class PowersContract {

  /// A power that no driver has.
  private interface Flight extends Power {}

  private static final Duration A_MOMENT = Duration.ofMillis(500);

  private final Bench bench;

  PowersContract(Bench bench) {
    this.bench = bench;
  }

  @Test
  void aDriversPowerIsThereExactlyWhenItsTraitIs() {
    assertThat(bench.driver().power(Prepare.class).isPresent()).isEqualTo(has(Trait.PREPARE));
    assertThat(bench.driver().power(Services.class).isPresent()).isEqualTo(has(Trait.SERVICES));
    assertThat(bench.driver().power(Images.class).isPresent()).isEqualTo(has(Trait.IMAGES));
    assertThat(bench.driver().power(ImageBuilder.class).isPresent())
        .isEqualTo(has(Trait.BUILDS_IMAGES));
  }

  @Test
  void aSandboxsPowerIsThereExactlyWhenItsTraitIs() throws InterruptedException {
    try (Run run = bench.waiting()) {
      assertThat(run.sandbox().power(Stats.class).isPresent()).isEqualTo(has(Trait.STATS));
      assertThat(run.sandbox().power(Attach.class).isPresent()).isEqualTo(has(Trait.KEEPS_OUTPUT));
      bench.release(run);
    }
  }

  @Test
  void aPowerOfTheOtherOneOrOfNobodyIsAbsent() throws InterruptedException {
    try (Sandbox sandbox = bench.create(bench.spec(TestProgram.EXIT))) {
      assertThat(bench.driver().power(Stats.class)).isEmpty();
      assertThat(bench.driver().power(Flight.class)).isEmpty();
      assertThat(sandbox.power(Prepare.class)).isEmpty();
      assertThat(sandbox.power(Flight.class)).isEmpty();
    }
  }

  @Test
  void whatWasPreparedIsOfferedWarm() throws InterruptedException {
    Prepare prepare = prepare();
    SandboxSpec spec = bench.spec(TestProgram.ECHO);
    assertThat(warm(spec)).as("warm before it was prepared").isFalse();
    prepare.prepare(spec.form());
    assertThat(warm(spec)).isTrue();
    assertThat(bench.listed()).as("sandboxes made by prepare").isEmpty();
    prepare.prepare(spec.form());
    assertThat(warm(spec)).isTrue();
  }

  @Test
  void preparingOneFormLeavesOthersCold() throws InterruptedException {
    prepare().prepare(bench.spec(TestProgram.ECHO).form());
    assertThat(warm(bench.spec(TestProgram.SPIN))).isFalse();
  }

  @Test
  void codeThatCantRunCantBePrepared() throws InterruptedException {
    Prepare prepare = prepare();
    var nonsense = bench.nonsense();
    Bench.assertFails(DriverException.Kind.UNSUPPORTED, () -> prepare.prepare(nonsense));
    assertThat(warm(bench.spec(nonsense))).isFalse();
  }

  @Test
  void anInterruptedPrepareEnds() throws InterruptedException {
    Prepare prepare = prepare();
    var form = bench.spec(TestProgram.ECHO).form();
    Attempt<Boolean> preparing =
        Attempt.interrupted(() -> {
          prepare.prepare(form);
          return true;
        });
    assertThat(preparing.failure()).isInstanceOf(InterruptedException.class);
    prepare.prepare(form);
    assertThat(warm(bench.spec(form))).isTrue();
  }

  /// All of them ask while the code can't be read yet; it is then read as often as for one. A
  /// driver that reads it for each is seen to at once; one that doesn't is given a moment.
  @Test
  void whoAsksMeanwhileWaitsForTheSameWork() throws InterruptedException {
    Prepare prepare = prepare();
    var alone = bench.spec(TestProgram.EXIT).form();
    prepare.prepare(alone);
    int readForOne = bench.content().opened(alone.code());
    assumeThat(readForOne).as("how often code is read for one").isPositive();

    var form = bench.spec(TestProgram.ECHO).form();
    CountDownLatch asking = new CountDownLatch(8);
    List<Attempt<Boolean>> attempts;
    bench.content().block();
    try {
      attempts =
          Stream.generate(() -> Attempt.of(() -> prepared(prepare, form, asking)))
              .limit(asking.getCount())
              .toList();
      asking.await();
      assertThat(bench.content().awaitOpened(form.code(), readForOne + 1, A_MOMENT))
          .as("code read again for who came later")
          .isFalse();
    } finally {
      bench.content().unblock();
    }
    for (Attempt<Boolean> attempt : attempts) {
      assertThat(attempt.result()).isTrue();
    }
    assertThat(bench.content().opened(form.code())).isEqualTo(readForOne);
  }

  @Test
  void statsTellWhatARunUsed() throws InterruptedException {
    assumeThat(bench.driver().traits()).contains(Trait.STATS);
    int size = 8 << 20;
    try (Run run = bench.start(bench.spec(TestProgram.ALLOCATE), Integer.toString(size))) {
      Stats stats = run.sandbox().power(Stats.class).orElseThrow();
      assertThat(stats.usage().memory()).isNotNegative();
      var ending = run.sandbox().await();
      assertThat(stats.usage()).isEqualTo(ending.usage());
      if (ending.usage().memory() > 0) { // zero where the driver can't tell
        assertThat(ending.usage().memory()).isGreaterThanOrEqualTo(size);
      }
    }
  }

  @Test
  void statsOfALoopGrow() throws InterruptedException {
    assumeThat(bench.driver().traits()).contains(Trait.STATS);
    Duration time = Duration.ofMillis(500);
    try (Run run = bench.start(bench.spec(TestProgram.SPIN, Bench.time(time)))) {
      Stats stats = run.sandbox().power(Stats.class).orElseThrow();
      Duration early = stats.usage().cpu();
      Duration late = run.sandbox().await().usage().cpu();
      assertThat(late).isGreaterThanOrEqualTo(early);
    }
  }

  private static boolean prepared(Prepare prepare, Form form, CountDownLatch asking)
      throws InterruptedException {
    asking.countDown();
    prepare.prepare(form);
    return true;
  }

  private Prepare prepare() {
    assumeThat(bench.driver().traits()).contains(Trait.PREPARE);
    return bench.driver().power(Prepare.class).orElseThrow();
  }

  private boolean has(Trait trait) {
    return bench.driver().traits().contains(trait);
  }

  private boolean warm(SandboxSpec spec) {
    return bench.driver().offers(spec) instanceof Quote.Offered offered
        && offered.offers().stream().anyMatch(Offer::warm);
  }
}
