package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Servants.line;
import static org.promisegrid.kernel.Servants.service;
import static org.promisegrid.kernel.Servants.text;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Item;

/// Health checks by a program that doesn't end in time, nor when it is told to: as on engines,
/// which have no way to end one.
@Timeout(60)
final class LateChecksTest {

  private static final long HOUR = 3_600_000;

  @TempDir Path home;

  private final MemoryTarget target = MemoryTarget.serving("one");
  private final Servants servants = new Servants(target);
  private final AtomicInteger tries = new AtomicInteger();
  private final Semaphore begun = new Semaphore(0);
  private final Semaphore letGo = new Semaphore(0);
  private Household house;
  private Person olga;

  @BeforeEach
  void begin() {
    house = new Household(home, target);
    olga = house.owner();
    var _ =
        target.register(
            "hangs",
            _ -> {
              tries.incrementAndGet();
              begun.release();
              letGo.acquireUninterruptibly();
              letGo.release(); // those behind it go too
              return 0;
            });
  }

  @AfterEach
  void end() {
    letGo.release();
    house.close();
  }

  /// Begins a service that is checked so, and waits for nothing: it isn't up before it is healthy.
  private void begins(String name, Item.TableBuilder health) {
    Item checks =
        health
            .put("exec", Item.array(Item.of("hangs")))
            .put("every", 100)
            .put("timeout", 100)
            .build();
    Item service = service(servants.image(olga, name)).put("health", checks).build();
    var _ = olga.gets("service.start", Item.table().put("name", name).put("service", service));
  }

  private Optional<String> why(String name) {
    Item.Table line = line(olga, name);
    return line.get("why").map(_ -> text(line, "why"));
  }

  @Test
  void noCheckIsBegunWhileAnEarlierOneStillRuns() throws Exception {
    begins("stuck", Item.table().put("within", HOUR));
    while (why("stuck").filter(it -> it.contains("hangs still runs, for ")).isEmpty()) {
      assertThat(tries).hasValueLessThan(2);
      Thread.onSpinWait();
    }
    assertThat(tries).hasValue(1);
    letGo.release();
    assertThat(Servants.upTo(olga, "stuck", "healthy"))
        .extracting(it -> text(it, "event"))
        .containsExactly("started", "healthy");
    assertThat(tries).hasValueGreaterThan(1);
  }

  @Test
  void whatIsStartedAgainIsCheckedAnew() throws Exception {
    begins("ill", Item.table().put("within", 0).put("retries", 2));
    assertThat(Servants.upTo(olga, "ill", "ended"))
        .extracting(it -> text(it, "event"))
        .containsExactly("started", "unhealthy", "ended");
    begun.acquire(2);
  }
}
