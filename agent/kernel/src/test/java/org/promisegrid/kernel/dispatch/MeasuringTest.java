package org.promisegrid.kernel.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.promisegrid.driver.memory.MemoryDriverFactory;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Expectation;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Sample;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;

final class MeasuringTest {

  private static final Duration STALE = Duration.ofHours(6);

  private final MemoryTarget target = new MemoryTarget("here");

  @Test
  void aSampleTurnsWhatIsAssumedIntoWhatIsMeasured() throws Exception {
    target.expect(
        new Expectation(Duration.ofMillis(10), Duration.ofMillis(1), 0, 0),
        new Expectation(Duration.ofMillis(2), Duration.ofMillis(1), 0, 0));
    AtomicInteger creates = new AtomicInteger();
    Scene[] made = new Scene[1];
    try (Scene scene =
        new Scene(
            Scene.RARELY,
            8,
            Meddling.factory(
                driver -> slow(driver, made, creates, Duration.ofMillis(30)), target))) {
      made[0] = scene;
      Form form = scene.program(workload -> 0, target);
      assertThat(first(scene, form).basis()).isEqualTo(Basis.ASSUMED);
      try (Measuring measuring = measuring(scene)) {
        measuring.look();
      }
      // The sample was expected to start in 10 ms cold, 2 ms warm; it took 30 ms.
      Bid cold = first(scene, form);
      assertThat(cold.offer().warm()).isFalse();
      assertThat(cold.basis()).isEqualTo(Basis.MEASURED);
      assertThat(cold.price().waited()).isGreaterThanOrEqualTo(30_000);
      assertThat(scene.events())
          .contains(
              new Event.Measured(Scene.named("here"), false),
              new Event.Measured(Scene.named("here"), true));
      assertThat(creates.get()).isEqualTo(6);
      DispatchTest.assertNothingIsLeft(scene);
    }
  }

  @Test
  void aTargetIsMeasuredOnceUntilItHasBeenIdleForLong() throws Exception {
    AtomicInteger creates = new AtomicInteger();
    Scene[] made = new Scene[1];
    try (Scene scene =
        new Scene(
            Scene.RARELY,
            8,
            Meddling.factory(driver -> slow(driver, made, creates, Duration.ZERO), target))) {
      made[0] = scene;
      try (Measuring measuring = measuring(scene)) {
        measuring.look();
        measuring.look();
        assertThat(creates).hasValue(6);
        scene.pass(STALE.minusMinutes(1));
        assertThat(scene.run(scene.order(scene.program(workload -> 0, target)).build()))
            .isInstanceOf(Result.Ended.class);
        scene.pass(Duration.ofMinutes(2));
        measuring.look();
        assertThat(creates).as("a run six hours ago at most").hasValue(7);
        scene.pass(STALE);
        measuring.look();
        assertThat(creates).hasValue(13);
      }
    }
  }

  @Test
  void usersCallsComeFirst() throws Exception {
    target.become(Scene.fit(1));
    try (Scene scene = new Scene(target)) {
      Order order = scene.order(scene.program(workload -> 0, target)).build();
      OpenTarget open = scene.targets.opened().getFirst();
      try (Measuring measuring = measuring(scene)) {
        try (Admission.Slot slot =
            ((Admission.Run) scene.fair.admit(Market.candidate(order, open))).slot()) {
          assertThat(slot).isNotNull();
          measuring.look();
          assertThat(scene.fair.load(Scene.named("here"))).isEqualTo(new FairShare.Load(1, 0));
          assertThat(scene.events()).noneMatch(Event.Measured.class::isInstance);
        }
        measuring.look();
        assertThat(scene.events()).anyMatch(Event.Measured.class::isInstance);
      }
    }
  }

  @Test
  void anUnfitTargetIsNotMeasuredAndOneThatFailsIsNamedAndLosesTrust() throws Exception {
    MemoryTarget sick = new MemoryTarget("sick");
    sick.become(Fitness.unfit(Fitness.Status.UNHEALTHY, "on fire"));
    try (Scene scene = new Scene(target, sick)) {
      Form form = scene.program(workload -> 0, target);
      target.refuse(Kind.BROKEN, 1);
      try (Measuring measuring = measuring(scene)) {
        measuring.look();
        assertThat(scene.events()).noneMatch(Event.Measured.class::isInstance);
        assertThat(scene.events().stream().filter(Event.NotMeasured.class::isInstance)).hasSize(1);
        assertThat(first(scene, form).kept()).isLessThan(980_100);
        measuring.look();
        assertThat(scene.events()).anyMatch(Event.Measured.class::isInstance);
      }
    }
  }

  @Test
  void aDriverWithoutAWorkingSampleKeepsNobodyElseFromBeingMeasured() throws Exception {
    MemoryTarget bad = new MemoryTarget("bad");
    try (Scene scene =
        new Scene(
            Scene.RARELY,
            8,
            new MemoryDriverFactory(target),
            Meddling.factory(
                driver ->
                    new Meddling(driver) {
                      @Override
                      public Sample sample() {
                        throw new IllegalStateException("no sample");
                      }
                    },
                bad))) {
      try (Measuring measuring = measuring(scene)) {
        measuring.look();
      }
      assertThat(scene.events())
          .contains(new Event.Measured(Scene.named("here"), true))
          .anyMatch(Event.NotMeasured.class::isInstance);
    }
  }

  @Test
  void itStartsOnceTheTargetsAreReadyAndEndsWhenClosed() throws Exception {
    try (Scene scene = new Scene(target)) {
      try (Measuring measuring = measuring(scene)) {
        measuring.start();
        scene.await(Event.Measured.class::isInstance);
      }
      DispatchTest.assertNothingIsLeft(scene);
    }
  }

  private static Measuring measuring(Scene scene) {
    return new Measuring(
        scene.targets,
        scene.learning,
        scene.fair,
        scene.clock,
        scene.nanos,
        scene.alarms,
        scene.sink(),
        Scene.HOUR,
        STALE);
  }

  private static Bid first(Scene scene, Form form) {
    return scene.dispatch.explain(scene.order(form).build()).bids().getFirst();
  }

  /// Takes that long to create a sandbox, by the scene's clock.
  private static SandboxDriver slow(
      SandboxDriver driver, Scene[] scene, AtomicInteger creates, Duration time) {
    return new Meddling(driver) {
      @Override
      public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer)
          throws InterruptedException {
        creates.incrementAndGet();
        scene[0].ticks.addAndGet(time.toNanos());
        return super.create(id, spec, offer);
      }
    };
  }
}
