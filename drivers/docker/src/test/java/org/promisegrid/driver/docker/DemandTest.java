package org.promisegrid.driver.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// How many warm sandboxes are wanted, by a clock that the test moves.
final class DemandTest {

  private long now = Long.MAX_VALUE - 1; // such a clock may begin anywhere
  private final Demand<String> demand = new Demand<>(4, () -> now);

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private void calls(String kind, int count) {
    for (int i = 0; i < count; i++) {
      demand.came(kind);
    }
  }

  @Test
  void oneCallIsNoDemand() {
    demand.came("a");
    assertThat(demand.wanted(Map.of())).isEmpty();
  }

  @Test
  void aSecondOneSoonAfterItIs() {
    demand.came("a");
    pass(Duration.ofSeconds(30));
    demand.came("a");
    assertThat(demand.wanted(Map.of())).isEqualTo(Map.of("a", 1));
  }

  @Test
  void aSecondOneLongAfterItIsnt() {
    demand.came("a");
    pass(Demand.MEMORY);
    demand.came("a");
    assertThat(demand.wanted(Map.of())).isEmpty();
  }

  @Test
  void whatIsThereIsKeptForAWhileAndThenGivenBack() {
    calls("a", 2);
    pass(Demand.MEMORY);
    assertThat(demand.wanted(Map.of())).as("none would be made").isEmpty();
    assertThat(demand.wanted(Map.of("a", 1))).as("one is kept").isEqualTo(Map.of("a", 1));
    pass(Demand.MEMORY);
    assertThat(demand.wanted(Map.of("a", 1))).isEmpty();
    assertThat(demand.isQuiet()).isFalse();
    pass(Demand.MEMORY.multipliedBy(3));
    assertThat(demand.isQuiet()).isTrue();
  }

  @Test
  void thereAreMoreWhereCallsComeQuickerThanOneIsMade() {
    calls("a", (int) Demand.MEMORY.dividedBy(Demand.SUPPLY) * 2);
    assertThat(demand.wanted(Map.of())).isEqualTo(Map.of("a", 3));
  }

  @Test
  void thereAreNeverMoreThanTheMost() {
    calls("a", 100_000);
    assertThat(demand.wanted(Map.of())).isEqualTo(Map.of("a", 4));
  }

  @Test
  void eachHasOneBeforeAnyHasASecond() {
    calls("a", 100_000);
    calls("b", 3);
    calls("c", 2);
    assertThat(demand.wanted(Map.of())).isEqualTo(Map.of("a", 2, "b", 1, "c", 1));
  }

  @Test
  void whatIsCalledMostComesFirst() {
    for (int i = 0; i < 6; i++) {
      calls("kind " + i, 2 + i);
    }
    assertThat(demand.wanted(Map.of()))
        .isEqualTo(Map.of("kind 5", 1, "kind 4", 1, "kind 3", 1, "kind 2", 1));
  }

  @Test
  void whatCantBeMadeIsNotWantedAgainAtOnce() {
    calls("a", 5);
    calls("b", 5);
    demand.forget("a");
    demand.came("a");
    assertThat(demand.wanted(Map.of())).isEqualTo(Map.of("b", 1));
  }

  @Test
  void nothingIsWantedWhereRoomIsWantedForSomethingElse() {
    calls("a", 1_000);
    demand.forgetAll();
    assertThat(demand.wanted(Map.of("a", 3))).isEmpty();
    assertThat(demand.isQuiet()).isTrue();
  }

  @Test
  void whereNoneMayBeNoneAreWanted() {
    Demand<String> none = new Demand<>(0, () -> now);
    none.came("a");
    none.came("a");
    assertThat(none.wanted(Map.of())).isEmpty();
  }

  @Test
  void callersWhoMakeUpClassesFillNoMemory() {
    for (int i = 0; i < 100_000; i++) {
      demand.came("kind " + i);
      demand.came("kind " + i);
    }
    assertThat(demand.wanted(Map.of())).hasSize(4);
    calls("late", 10);
    assertThat(demand.wanted(Map.of())).doesNotContainKey("late");
  }
}
