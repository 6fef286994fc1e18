package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Servants.items;
import static org.promisegrid.kernel.Servants.removes;
import static org.promisegrid.kernel.Servants.service;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;

/// A call that is refused after it has changed something was made, and isn't made again by whoever
/// recorded it.
@Timeout(600)
final class LateRefusalTest {

  private static final long LONG = Duration.ofMinutes(5).toMillis();

  @TempDir Path home;

  @Test
  void aServiceThatWasRemovedWhileItsStartWaitedIsNotStartedByTheSameCall() throws Exception {
    MemoryTarget target = MemoryTarget.serving("one");
    Servants servants = new Servants(target);
    var _ = target.register("fails", _ -> 1);
    try (Household house = new Household(home, target);
        ExecutorService caller = Executors.newVirtualThreadPerTaskExecutor()) {
      Person olga = house.owner();
      Item neverWell =
          Item.table()
              .put("exec", Item.array(Item.of("fails")))
              .put("every", LONG)
              .put("retries", 1_000)
              .build();
      Call start =
          olga.prepare(
              function("service.start"),
              Item.table()
                  .put("name", "web")
                  .put(
                      "service",
                      service(servants.image(olga, "web")).put("health", neverWell).build())
                  .put("within", LONG)
                  .build(),
              Input.none(),
              Terms.NONE);
      Future<Reply> waits = caller.submit(() -> olga.send(start));
      assertThat(Servants.upTo(olga, "web", "started")).isNotEmpty();
      assertThat(removes(olga, "web", false).get("gone")).contains(Item.TRUE);
      assertThat(reason(waits.get())).isEqualTo(Reason.CONFLICT);

      assertThat(reason(olga.send(start))).isEqualTo(Reason.CONFLICT);

      assertThat(items(olga.gets("service.list", Item.table()), "services")).isEmpty();
      servants.awaitStarts("web", 1);
    }
  }
}
