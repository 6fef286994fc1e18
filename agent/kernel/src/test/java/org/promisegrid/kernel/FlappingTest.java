package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Servants.service;
import static org.promisegrid.kernel.Servants.text;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Item;

/// A service that ends whenever it is started, by a clock of the test's own.
@Timeout(900)
final class FlappingTest {

  private static final Instant BEGINNING = Instant.parse("2026-03-01T00:00:00Z");

  @TempDir Path home;

  private final MemoryTarget target = MemoryTarget.serving("one");
  private final Servants servants = new Servants(target);

  private record Due(Duration delay, Runnable action) {}

  private final BlockingQueue<Due> due = new LinkedBlockingQueue<>();

  private Due next() throws InterruptedException {
    Due next = due.poll(5, TimeUnit.MINUTES);
    assertThat(next).isNotNull();
    return next;
  }

  private Item.TableBuilder flapping(Person olga) {
    return service(
        servants.image(
            olga,
            "flaps",
            _ -> {
              servants.starts("flaps").incrementAndGet();
              return 1;
            }));
  }

  private static void starts(Person olga, Item.TableBuilder service) {
    Household.kept(
        olga.asks(
            "service.start", Item.table().put("name", "flaps").put("service", service.build())));
  }

  @Test
  void itIsStartedAgainEverLaterUpToAMinute() throws Exception {
    try (Household house =
        Household.timed(home, (delay, it) -> due.add(new Due(delay, it)), BEGINNING, target)) {
      Person olga = house.owner();
      starts(olga, flapping(olga));
      Instant now = BEGINNING;
      int starts = 1;
      for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
        Due next = next();
        assertThat(next.delay()).isEqualTo(Duration.ofSeconds(seconds));
        assertThat(servants.starts("flaps")).as("not before it is due").hasValue(starts++);
        now = now.plus(next.delay());
        house.setClock(now);
        next.action().run();
      }
      assertThat(next().delay()).isEqualTo(Duration.ofMinutes(1));
      assertThat(servants.starts("flaps")).hasValue(9);
    }
  }

  @Test
  void thereIsAnEndToItWhereOneIsSet() throws Exception {
    try (Household house =
        Household.timed(home, (delay, it) -> due.add(new Due(delay, it)), BEGINNING, target)) {
      Person olga = house.owner();
      starts(olga, flapping(olga).put("restart", Item.table().put("most", 2).build()));
      Instant now = BEGINNING;
      for (int i = 0; i < 2; i++) {
        Due next = next();
        now = now.plus(next.delay());
        house.setClock(now);
        next.action().run();
      }
      assertThat(text(Servants.await(olga, "flaps", "failed"), "why")).contains("2 times");
      assertThat(due).isEmpty();
      assertThat(servants.starts("flaps")).hasValue(3);
    }
  }

  @Test
  void stoppedWhileItWaitsItIsNotStartedAgain() throws Exception {
    try (Household house =
        Household.timed(home, (delay, it) -> due.add(new Due(delay, it)), BEGINNING, target)) {
      Person olga = house.owner();
      starts(olga, flapping(olga));
      Due next = next();
      Servants.stops(olga, "flaps");
      house.setClock(BEGINNING.plus(Duration.ofHours(1)));
      next.action().run();
      assertThat(text(Servants.await(olga, "flaps", "stopped"), "state")).isEqualTo("stopped");
      assertThat(servants.starts("flaps")).hasValue(1);
    }
  }
}
