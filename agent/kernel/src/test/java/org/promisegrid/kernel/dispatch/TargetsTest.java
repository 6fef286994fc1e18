package org.promisegrid.kernel.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.promisegrid.driver.memory.MemoryDriverFactory;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.dispatch.Scene.Gate;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Fitness.Status;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Trait;

final class TargetsTest {

  private static final Duration SOON = Duration.ofMillis(5);

  private final MemoryTarget one = Scene.target("one", 1);
  private final MemoryTarget two = Scene.target("two", 2);

  @Test
  void everyTargetIsOpenedAndProbed() {
    try (Scene scene = new Scene(two, one)) {
      assertThat(scene.targets.all())
          .extracting(view -> view.target().address(), view -> view.fitness().status())
          .containsExactly(tuple("one", Status.HEALTHY), tuple("two", Status.HEALTHY));
    }
  }

  @Test
  void aFactoryThatFailsIsNamedAndTheOthersWork() {
    SandboxDriverFactory broken =
        factory(
            "broken",
            () -> {
              throw new ExceptionInInitializerError("no native library");
            });
    try (Scene scene = new Scene(Scene.RARELY, 8, broken, new MemoryDriverFactory(one))) {
      assertThat(scene.targets.all()).hasSize(1);
      assertThat(scene.events())
          .anySatisfy(event ->
              assertThat(event)
                  .isInstanceOfSatisfying(
                      Event.Skipped.class,
                      skipped -> {
                        assertThat(skipped.driver()).isEqualTo("broken");
                        assertThat(skipped.why()).contains("no native library");
                      }));
    }
  }

  @Test
  void aTargetThatFailsToOpenOrIsNamedTwiceIsNamedAndTheOthersWork() {
    AtomicInteger closed = new AtomicInteger();
    SandboxDriverFactory picky =
        Meddling.factory(
            driver -> {
              if (driver.target().equals(Scene.named("two"))) {
                return new Meddling(driver) {
                  @Override
                  public Set<Trait> traits() {
                    throw new IllegalStateException("doesn't know itself");
                  }

                  @Override
                  public void close() {
                    closed.incrementAndGet();
                    super.close();
                  }
                };
              }
              return driver;
            },
            one,
            two);
    try (Scene scene = new Scene(Scene.RARELY, 8, picky, new MemoryDriverFactory(one))) {
      assertThat(scene.targets.all())
          .extracting(view -> view.target().address())
          .containsExactly("one");
      assertThat(scene.events().stream().filter(Event.Skipped.class::isInstance)).hasSize(2);
      assertThat(closed).hasValue(1);
    }
  }

  @Test
  void anUnknownSettingSkipsItsDriverOnly() {
    try (Scene scene = new Scene(one)) {
      List<Event> events = new CopyOnWriteArrayList<>();
      try (Targets targets =
          Targets.open(
              List.of(new MemoryDriverFactory(two)),
              Map.of("memory", Map.of("colour", "red")),
              target -> {
                throw new AssertionError("nothing is opened");
              },
              Scene.RARELY,
              scene.alarms,
              scene.nanos,
              events::add)) {
        assertThat(targets.all()).isEmpty();
        assertThat(targets.ready()).isCompleted();
        assertThat(events.toString()).contains("colour");
      }
    }
  }

  @Test
  void aDriverThatTellsOfAChangeIsProbedAtOnce() throws Exception {
    try (Scene scene = new Scene(one)) {
      Form form = scene.program(workload -> 0, one);
      one.become(Fitness.unfit(Status.UNHEALTHY, "on fire"));
      scene.await(event -> changed(event, Status.UNHEALTHY));
      assertThat(scene.dispatch.explain(scene.order(form).build()).bids()).isEmpty();
      scene.forgetEvents();
      one.become(Scene.fit(4));
      scene.await(event -> changed(event, Status.HEALTHY));
      assertThat(scene.dispatch.explain(scene.order(form).build()).bids()).hasSize(1);
    }
  }

  @Test
  void anUnfitTargetComesBackByItself() throws Exception {
    AtomicInteger probes = new AtomicInteger();
    Pace eager = new Pace(Scene.HOUR, SOON, Scene.HOUR, Duration.ofMinutes(1));
    try (Scene scene =
        new Scene(
            eager,
            8,
            Meddling.factory(
                driver ->
                    new Meddling(driver) {
                      @Override
                      public Fitness probe() throws InterruptedException {
                        if (probes.incrementAndGet() < 4) {
                          throw new DriverException(Kind.UNAVAILABLE, "not yet");
                        }
                        return super.probe();
                      }
                    },
                one))) {
      scene.await(event -> changed(event, Status.HEALTHY));
      assertThat(probes.get()).isGreaterThanOrEqualTo(4);
      assertThat(scene.events()).anyMatch(event -> changed(event, Status.UNHEALTHY));
    }
  }

  @Test
  void aRunThatFindsATargetUnavailableHasItProbedAtOnce() throws Exception {
    AtomicInteger probes = new AtomicInteger();
    try (Scene scene =
        new Scene(
            Scene.RARELY,
            8,
            Meddling.factory(
                driver ->
                    new Meddling(driver) {
                      @Override
                      public Fitness probe() throws InterruptedException {
                        return probes.incrementAndGet() == 1
                            ? super.probe()
                            : Fitness.unfit(Status.UNHEALTHY, "it is gone");
                      }
                    },
                one))) {
      Form form = scene.program(workload -> 0, one);
      one.refuse(Kind.UNAVAILABLE, 1);
      assertThat(scene.run(scene.order(form).build())).isInstanceOf(Result.NotPromised.class);
      scene.await(event -> changed(event, Status.UNHEALTHY));
      assertThat(probes).hasValue(2);
    }
  }

  @Test
  void readyDoesNotWaitForAProbeThatHangs() throws Exception {
    Gate never = new Gate();
    Pace pace = new Pace(Scene.HOUR, Scene.HOUR, Scene.HOUR, Duration.ofMillis(20));
    try (Scene scene = new Scene(pace, 8, hanging("two", never), new MemoryDriverFactory())) {
      assertThat(scene.targets.ready()).isCompleted();
      OpenTarget hanging = scene.targets.opened().getLast();
      assertThat(hanging.fitness().reason()).isEqualTo("not probed yet");
      assertThat(hanging.probed()).isNotDone();
      never.open();
      hanging.probed().join();
      assertThat(hanging.fitness().status()).isEqualTo(Status.HEALTHY);
    }
  }

  @Test
  void aProbeThatTakesTooLongIsInterruptedAndCountsAsUnhealthy() throws Exception {
    Pace pace = new Pace(Scene.HOUR, Scene.HOUR, Duration.ofMillis(20), Duration.ofMinutes(1));
    try (Scene scene = new Scene(pace, 8, hanging("two", new Gate()))) {
      OpenTarget hanging = scene.targets.opened().getLast();
      assertThat(hanging.fitness().status()).isEqualTo(Status.UNHEALTHY);
      assertThat(hanging.fitness().reason()).contains("20 ms");
    }
  }

  @Test
  void closingClosesEveryDriverWhateverOneThrows() {
    AtomicInteger closed = new AtomicInteger();
    Scene scene =
        new Scene(
            Scene.RARELY,
            8,
            Meddling.factory(
                driver ->
                    new Meddling(driver) {
                      @Override
                      public void close() {
                        closed.incrementAndGet();
                        super.close();
                        throw new IllegalStateException("won't close");
                      }
                    },
                one,
                two));
    scene.close();
    scene.targets.close();
    assertThat(closed).hasValue(2);
    assertThat(scene.events().stream().filter(Event.NotClosed.class::isInstance)).hasSize(2);
    assertThat(scene.targets.all())
        .allSatisfy(view -> assertThat(view.fitness().status()).isEqualTo(Status.UNHEALTHY));
  }

  private static boolean changed(Event event, Status status) {
    return event instanceof Event.FitnessChanged(Target target, Fitness fitness)
        && fitness.status() == status;
  }

  private SandboxDriverFactory hanging(String name, Gate gate) {
    return Meddling.factory(
        driver ->
            !driver.target().equals(Scene.named(name))
                ? driver
                : new Meddling(driver) {
                  @Override
                  public Fitness probe() throws InterruptedException {
                    gate.pass();
                    return super.probe();
                  }
                },
        one,
        two);
  }

  private interface Targeting {
    List<Target> targets();
  }

  private static SandboxDriverFactory factory(String name, Targeting targeting) {
    return new SandboxDriverFactory() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public List<Target> targets(Map<String, String> settings) {
        return targeting.targets();
      }

      @Override
      public SandboxDriver open(Target target, Map<String, String> settings, Host host) {
        throw new AssertionError("it has no targets");
      }
    };
  }
}
