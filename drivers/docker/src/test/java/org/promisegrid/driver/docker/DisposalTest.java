package org.promisegrid.driver.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.shim.ShimKey;

/// What is removed behind a caller's back, on an engine that removes when the test lets it.
@Timeout(60)
final class DisposalTest {

  private static final Duration LONG = Duration.ofMinutes(1);

  private final Semaphore lets = new Semaphore(0);
  private final Semaphore comes = new Semaphore(0);
  private final Set<SandboxId> removed = ConcurrentHashMap.newKeySet();
  private final Set<Thread> by = ConcurrentHashMap.newKeySet();

  private void remove(Container container) {
    by.add(Thread.currentThread());
    comes.release();
    lets.acquireUninterruptibly();
    removed.add(container.id());
  }

  private static Container container(int number) {
    return new Container(
        new SandboxId("call-" + number),
        "name-" + number,
        "image",
        new Terms(Limits.DEFAULT, Map.of()),
        ShimKey.random(new SecureRandom()));
  }

  @Test
  void theCallerDoesNotWait() throws Exception {
    try (Disposal disposal = new Disposal(this::remove, 2, LONG)) {
      disposal.remove(container(1));
      comes.acquire();
      assertThat(disposal.ids()).containsExactly(new SandboxId("call-1"));
      assertThat(removed).isEmpty();
      lets.release();
      disposal.await(new SandboxId("call-1"));
      assertThat(disposal.ids()).isEmpty();
      assertThat(removed).containsExactly(new SandboxId("call-1"));
    }
    assertThat(by).doesNotContain(Thread.currentThread());
  }

  @Test
  void whoeverComesWhenItIsFullRemovesItsOwn() throws Exception {
    Disposal disposal = new Disposal(this::remove, 2, LONG);
    disposal.remove(container(1));
    disposal.remove(container(2));
    comes.acquire(2);
    Thread caller = Thread.ofVirtual().start(() -> disposal.remove(container(3)));
    comes.acquire(); // the third is being removed
    assertThat(by).as("by its caller").contains(caller);
    assertThat(disposal.ids()).hasSize(2);
    lets.release(3);
    caller.join();
    disposal.close();
  }

  @Test
  void oneGoesOnce() throws Exception {
    Disposal disposal = new Disposal(this::remove, 2, LONG);
    disposal.remove(container(1));
    comes.acquire();
    disposal.remove(container(1));
    lets.release();
    disposal.close();
    assertThat(comes.availablePermits()).isZero();
    assertThat(removed).hasSize(1);
  }

  @Test
  void itsEndWaitsForTheLastOnesAndNotForever() {
    Disposal disposal = new Disposal(this::remove, 2, LONG);
    disposal.remove(container(1));
    lets.release();
    disposal.close();
    assertThat(removed).hasSize(1);
    Disposal stuck = new Disposal(this::remove, 2, Duration.ofMillis(1));
    stuck.remove(container(2));
    stuck.close();
    assertThat(stuck.ids()).hasSize(1);
    lets.release();
  }
}
