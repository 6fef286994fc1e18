package org.promisegrid.kernel.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.driver.memory.Program;
import org.promisegrid.kernel.dispatch.Account.Obstacle;
import org.promisegrid.kernel.dispatch.Account.Unable;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Expectation;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.SandboxSpec;

final class ExplainTest {

  private static final Program NOTHING = workload -> 0;

  private final MemoryTarget a = Scene.target("a", 30);
  private final MemoryTarget b = Scene.target("b", 10);
  private final MemoryTarget c = Scene.target("c", 20);

  @Test
  void bidsAreCheapestFirstAndTheFirstWouldBeChosen() {
    try (Scene scene = new Scene(a, b, c)) {
      Account account =
          scene.dispatch.explain(scene.order(scene.program(NOTHING, a, b, c)).build());
      assertThat(names(account)).containsExactly("b", "c", "a");
      assertThat(account.chosen()).contains(account.bids().getFirst());
      assertThat(account.unable()).isEmpty();
      Bid first = account.bids().getFirst();
      // 10 ms waited at a credit a second.
      assertThat(first.price()).isEqualTo(new Price(0, 0, 0, 10_000));
      assertThat(first.kept()).isEqualTo(980_100);
      assertThat(first.expected()).isEqualTo(10_204); // 10,000 ÷ 0.9801, rounded up
      assertThat(first.basis()).isEqualTo(Basis.ASSUMED);
    }
  }

  @Test
  void equalsAreToldApartAlwaysTheSameWay() {
    MemoryTarget one = Scene.target("one", 10);
    MemoryTarget two = Scene.target("two", 10);
    for (int i = 0; i < 10; i++) {
      try (Scene scene = i % 2 == 0 ? new Scene(one, two) : new Scene(two, one)) {
        Form form = scene.program(NOTHING, one, two);
        assertThat(names(scene.dispatch.explain(scene.order(form).build())))
            .containsExactly("one", "two");
      }
    }
  }

  @Test
  void betweenEqualsTheDescriptorsOrderDecidesBeforeTheTargetsName() {
    try (Scene scene = new Scene(a)) {
      Form first = scene.program(NOTHING, a);
      Form second = scene.program(NOTHING, a);
      assertThat(scene.dispatch.explain(scene.order(first, second).build()).bids())
          .extracting(Bid::form)
          .containsExactly(first, second);
      assertThat(scene.dispatch.explain(scene.order(second, first).build()).bids())
          .extracting(Bid::form)
          .containsExactly(second, first);
    }
  }

  @Test
  void aTargetThatFailsOftenLosesToADearerOne() {
    MemoryTarget flaky = Scene.target("flaky", 10);
    MemoryTarget sound = Scene.target("sound", 12);
    try (Scene scene = new Scene(flaky, sound)) {
      Order order = scene.order(scene.program(NOTHING, flaky, sound)).build();
      assertThat(names(scene.dispatch.explain(order))).containsExactly("flaky", "sound");
      for (int i = 0; i < 4; i++) {
        scene.learning.failed(order.artifact(), Scene.named("flaky"), false);
      }
      Account account = scene.dispatch.explain(order);
      assertThat(names(account)).containsExactly("sound", "flaky");
      assertThat(account.bids().get(1).price().total())
          .isLessThan(account.bids().get(0).price().total());
    }
  }

  @Test
  void whatIsWarmAlreadyIsCheaper() throws Exception {
    a.expect(
        new Expectation(Duration.ofSeconds(1), Duration.ZERO, 0, 0),
        new Expectation(Duration.ofMillis(1), Duration.ZERO, 0, 0));
    try (Scene scene = new Scene(a, b)) {
      Form form = scene.program(NOTHING, a, b);
      assertThat(names(scene.dispatch.explain(scene.order(form).build())))
          .containsExactly("b", "a");
      Order there = scene.order(form).placement(place("memory:a")).build();
      scene.run(there);
      Account account = scene.dispatch.explain(scene.order(form).build());
      assertThat(account.chosen().orElseThrow().target()).isEqualTo(Scene.named("a"));
      assertThat(account.chosen().orElseThrow().offer().warm()).isTrue();
    }
  }

  @Test
  void aCapLeavesOutWhatIsDearerAndShowsItsPrice() {
    try (Scene scene = new Scene(a, b, c)) {
      Form form = scene.program(NOTHING, a, b, c);
      Account account = scene.dispatch.explain(scene.order(form).cap(20_000).build());
      assertThat(names(account)).containsExactly("b", "c");
      Unable dearer = account.unable().getFirst();
      assertThat(dearer.obstacle()).isEqualTo(Obstacle.PRICE);
      assertThat(dearer.bid().orElseThrow().price().total()).isEqualTo(30_000);
      assertThat(dearer.detail()).contains("30000").contains("20000");
      assertThat(scene.dispatch.explain(scene.order(form).cap(9_999).build()).chosen()).isEmpty();
    }
  }

  @Test
  void placementNamesDriversTargetsAndLabels() {
    Fitness arm =
        new Fitness(
            Fitness.Status.HEALTHY, "", new Fitness.Capacity(4, 1L << 40), Map.of("arch", "arm64"));
    a.become(arm);
    try (Scene scene = new Scene(a, b)) {
      Form form = scene.program(NOTHING, a, b);
      Function<Placement, List<String>> at =
          placement ->
              names(scene.dispatch.explain(scene.order(form).placement(placement).build()));
      assertThat(at.apply(place("memory"))).containsExactly("b", "a");
      assertThat(at.apply(place("memory:a"))).containsExactly("a");
      assertThat(at.apply(place("docker"))).isEmpty();
      assertThat(at.apply(new Placement(Set.of(), Map.of("arch", "arm64")))).containsExactly("a");
      assertThat(at.apply(new Placement(Set.of(), Map.of("arch", "x86")))).isEmpty();
      assertThat(at.apply(new Placement(Set.of("memory:b"), Map.of("arch", "arm64")))).isEmpty();
    }
  }

  @Test
  void isolationIsAtLeastWhatIsAsked() {
    a.isolate(Isolation.ANY);
    b.isolate(Isolation.SANDBOX);
    c.isolate(Isolation.KERNEL);
    try (Scene scene = new Scene(a, b, c)) {
      Form form = scene.program(NOTHING, a, b, c);
      assertThat(names(scene.dispatch.explain(scene.order(form).build())))
          .containsExactly("b", "c");
      assertThat(
              names(scene.dispatch.explain(scene.order(form).isolation(Isolation.KERNEL).build())))
          .containsExactly("c");
      assertThat(names(scene.dispatch.explain(scene.order(form).isolation(Isolation.ANY).build())))
          .as("any needs the owner's word")
          .containsExactly("b", "c");
      assertThat(
              names(
                  scene.dispatch.explain(
                      scene.order(form).isolation(Isolation.ANY).anyAllowed(true).build())))
          .containsExactly("b", "c", "a");
    }
  }

  @Test
  void anOfferOfLessIsolationThanAskedIsNotBelieved() {
    try (Scene scene =
        new Scene(
            Scene.RARELY,
            8,
            Meddling.factory(
                driver ->
                    new Meddling(driver) {
                      @Override
                      public Quote offers(SandboxSpec spec) {
                        return new Quote.Offered(
                            List.of(
                                new Offer(
                                    false,
                                    Isolation.ANY,
                                    new Expectation(Duration.ZERO, Duration.ZERO, 0, 0),
                                    Instant.MAX)));
                      }
                    },
                a))) {
      Form form = scene.program(NOTHING, a);
      for (Isolation asked : List.of(Isolation.SANDBOX, Isolation.ANY)) {
        Account account = scene.dispatch.explain(scene.order(form).isolation(asked).build());
        assertThat(account.bids()).isEmpty();
        assertThat(account.unable())
            .extracting(Unable::obstacle)
            .containsExactly(Obstacle.ISOLATION);
      }
    }
  }

  @Test
  void everyTargetThatIsNotAbleSaysWhy() {
    MemoryTarget sick = Scene.target("sick", 1);
    MemoryTarget absent = Scene.target("absent", 1);
    MemoryTarget full = Scene.target("full", 1);
    MemoryTarget small = Scene.target("small", 1);
    sick.become(Fitness.unfit(Fitness.Status.UNHEALTHY, "on fire"));
    absent.become(Fitness.unfit(Fitness.Status.UNDETECTED, "no daemon"));
    full.become(
        new Fitness(Fitness.Status.HEALTHY, "", new Fitness.Capacity(0, 1L << 40), Map.of()));
    small.become(
        new Fitness(Fitness.Status.HEALTHY, "", new Fitness.Capacity(9, 1 << 20), Map.of()));
    try (Scene scene = new Scene(sick, absent, full, small, a)) {
      Account account = scene.dispatch.explain(scene.order(scene.program(NOTHING, a)).build());
      assertThat(names(account)).containsExactly("a");
      assertThat(account.unable())
          .extracting(unable -> unable.target().address(), Unable::obstacle)
          .containsExactly(
              tuple("absent", Obstacle.UNFIT),
              tuple("full", Obstacle.CAPACITY),
              tuple("sick", Obstacle.UNFIT),
              tuple("small", Obstacle.CAPACITY));
      assertThat(account.unable())
          .extracting(Unable::detail)
          .anySatisfy(detail -> assertThat(detail).contains("on fire"))
          .anySatisfy(detail -> assertThat(detail).contains("no daemon"));
    }
  }

  @Test
  void aFormOrSlotThatNobodyHonoursIsToldAsSuch() {
    try (Scene scene = new Scene(a)) {
      Form disk = new Form("disk", Cid.of(new byte[] {1}));
      assertThat(scene.dispatch.explain(scene.order(disk).build()).unable())
          .extracting(Unable::obstacle)
          .containsExactly(Obstacle.FORM);
      Order slotted =
          scene
              .order(scene.program(NOTHING, a))
              .slots(Map.of("db", new Filling.Volume("db", "/var/lib/db", false)))
              .build();
      assertThat(scene.dispatch.explain(slotted).unable())
          .extracting(Unable::obstacle)
          .containsExactly(Obstacle.SLOT);
    }
  }

  @Test
  void aDeadlineLeavesOutWhatWouldNotBeDone() {
    try (Scene scene = new Scene(a, b)) {
      Form form = scene.program(NOTHING, a, b);
      Instant in20 = scene.clock.instant().plusMillis(20);
      Account account = scene.dispatch.explain(scene.order(form).deadline(in20).build());
      assertThat(names(account)).containsExactly("b");
      assertThat(account.unable()).extracting(Unable::obstacle).containsExactly(Obstacle.DEADLINE);
    }
  }

  @Test
  void aDriverThatFailsToQuoteHidesNobodyElse() {
    try (Scene scene =
        new Scene(
            Scene.RARELY,
            8,
            Meddling.factory(
                driver ->
                    !driver.target().address().equals("b")
                        ? driver
                        : new Meddling(driver) {
                          @Override
                          public Quote offers(SandboxSpec spec) {
                            throw new IllegalStateException("a bug");
                          }
                        },
                a,
                b))) {
      Account account = scene.dispatch.explain(scene.order(scene.program(NOTHING, a, b)).build());
      assertThat(names(account)).containsExactly("a");
      assertThat(account.unable().getFirst().detail()).contains("a bug");
    }
  }

  @Test
  void anOfferWhosePromiseHasEndedIsNotTaken() {
    try (Scene scene =
        new Scene(
            Scene.RARELY,
            8,
            Meddling.factory(
                driver ->
                    new Meddling(driver) {
                      @Override
                      public Quote offers(SandboxSpec spec) {
                        return new Quote.Offered(
                            List.of(
                                new Offer(
                                    false,
                                    Isolation.SANDBOX,
                                    new Expectation(Duration.ZERO, Duration.ZERO, 0, 0),
                                    Instant.EPOCH)));
                      }
                    },
                a))) {
      assertThat(scene.dispatch.explain(scene.order(scene.program(NOTHING, a)).build()).unable())
          .extracting(Unable::obstacle)
          .containsExactly(Obstacle.EXPIRED);
    }
  }

  @Test
  void aBusyTargetsQueueIsPartOfItsPrice() throws Exception {
    b.become(Scene.fit(1));
    try (Scene scene = new Scene(a, b)) {
      Form form = scene.program(NOTHING, a, b);
      Order order = scene.order(form).build();
      OpenTarget busy = scene.targets.opened().get(1);
      try (Admission.Slot slot =
          ((Admission.Run) scene.fair.admit(Market.candidate(order, busy))).slot()) {
        assertThat(slot).isNotNull();
        Account account = scene.dispatch.explain(order);
        assertThat(names(account)).containsExactly("a", "b");
        // A run on it is taken to last a second, and nobody else waits: 1 s + 10 ms.
        assertThat(account.bids().get(1).price().waited()).isEqualTo(1_010_000);
      }
      assertThat(names(scene.dispatch.explain(order))).containsExactly("b", "a");
    }
  }

  @Test
  void theAccountAsContentSaysItAll() throws Exception {
    MemoryTarget sick = Scene.target("sick", 1);
    sick.become(Fitness.unfit(Fitness.Status.UNHEALTHY, "on fire"));
    try (Scene scene = new Scene(a, b, sick)) {
      Form form = scene.program(NOTHING, a, b);
      Item.Table item = scene.dispatch.explain(scene.order(form).build()).toItem();
      assertThat(Cbor.decode(Cbor.encode(item))).isEqualTo(item);
      assertThat(item.get("chosen")).contains(Item.of(0));
      List<Item> lines = ((Item.Array) item.get("targets").orElseThrow()).items();
      assertThat(lines).hasSize(3);
      Item.Table best = (Item.Table) lines.getFirst();
      assertThat(best.get("target")).contains(Item.of("memory:b"));
      assertThat(best.get("able")).contains(Item.TRUE);
      assertThat(best.get("warm")).contains(Item.FALSE);
      assertThat(best.get("price")).contains(Item.of(10_000));
      assertThat(best.get("parts"))
          .contains(
              Item.table()
                  .put("cpu", 0)
                  .put("memory", 0)
                  .put("moved", 0)
                  .put("waited", 10_000)
                  .build());
      assertThat(best.get("kept")).contains(Item.of(980_100));
      assertThat(best.get("basis")).contains(Item.of("assumed"));
      assertThat(best.get("expected")).contains(Item.of(10_204));
      Item.Table worst = (Item.Table) lines.getLast();
      assertThat(worst.get("able")).contains(Item.FALSE);
      assertThat(worst.get("obstacle")).contains(Item.of("unfit"));
      assertThat(worst.get("why")).contains(Item.of("unhealthy: on fire"));
    }
  }

  @Test
  void limitsOfMemoryDecideWhetherATargetIsLargeEnough() {
    a.become(new Fitness(Fitness.Status.HEALTHY, "", new Fitness.Capacity(4, 1000), Map.of()));
    try (Scene scene = new Scene(a)) {
      Form form = scene.program(NOTHING, a);
      Limits fits = new Limits(Duration.ofSeconds(1), 1000, 1, 1);
      Limits exceeds = new Limits(Duration.ofSeconds(1), 1001, 1, 1);
      assertThat(scene.dispatch.explain(scene.order(form).limits(fits).build()).bids()).hasSize(1);
      assertThat(scene.dispatch.explain(scene.order(form).limits(exceeds).build()).bids())
          .isEmpty();
    }
  }

  private static Placement place(String driver) {
    return new Placement(Set.of(driver), Map.of());
  }

  private static List<String> names(Account account) {
    return account.bids().stream().map(bid -> bid.target().address()).toList();
  }
}
