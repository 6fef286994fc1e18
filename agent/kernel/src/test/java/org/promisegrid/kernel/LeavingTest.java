package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.sandbox.Cid;

/// Callers who leave in the middle of something.
@Timeout(600)
final class LeavingTest {

  @TempDir Path home;

  @Test
  void putsThatAreInterruptedAtAnyMomentCostNobodyElseAnything() throws Exception {
    try (Household household = new Household(home)) {
      Household.Person owner = household.owner();
      Cid any = owner.puts("any");
      Random random = new Random(1);
      for (int i = 0; i < 100; i++) {
        // Large enough to be a file, which is read through a channel when its links are looked for.
        byte[] large =
            Message.of(any, Item.of(new byte[70_000 + random.nextInt(1000)]), Item.of((long) i))
                .bytes();
        Thread leaves =
            Thread.ofVirtual()
                .unstarted(() -> {
                  try {
                    owner.puts(large);
                  } catch (IllegalStateException | AssertionError _) {
                    // Whoever has left hears no answer.
                  }
                });
        leaves.start();
        LockSupport.parkNanos(random.nextLong(TimeUnit.MILLISECONDS.toNanos(20)));
        leaves.interrupt();
        leaves.join();
        owner.puts("alive " + i);
      }
      assertThat(Household.kept(owner.asks("agent.status", Item.table()))).isNotNull();
    }
  }
}
