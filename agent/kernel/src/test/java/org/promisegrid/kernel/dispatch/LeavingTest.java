package org.promisegrid.kernel.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;

/// A driver that removes what has ended behind its callers: they are answered, and the place isn't
/// free before it is gone.
@Timeout(60)
final class LeavingTest {

  private final MemoryTarget target = Scene.target("small", 1);
  private final CountDownLatch lets = new CountDownLatch(1);

  /// The same memory driver, of which each sandbox is being removed until the test lets it go.
  private final class Slow extends Meddling {
    Slow(SandboxDriver driver) {
      super(driver);
    }

    @Override
    public boolean isLeaving(SandboxId id) {
      return lets.getCount() > 0;
    }

    @Override
    public void awaitLeft(SandboxId id) throws InterruptedException {
      lets.await();
    }
  }

  @Test
  void theCallerIsAnsweredAndThePlaceIsFreeOnceItIsGone() throws Exception {
    target.become(Scene.fit(1));
    try (Scene scene =
        new Scene(Scene.RARELY, FairShare.WAITING, Meddling.factory(Slow::new, target))) {
      Form form = scene.program(_ -> 0, target);
      assertThat(scene.run(scene.order(form).build())).isInstanceOf(Result.Ended.class);
      assertThat(scene.fair.load(Scene.named("small"))).isEqualTo(new FairShare.Load(1, 0));
      CountDownLatch queued = new CountDownLatch(1);
      Scene.Running second =
          scene.starting(
              scene.order(form).build(),
              new RunListener() {
                @Override
                public void queued(Bid bid) {
                  queued.countDown();
                }
              });
      queued.await();
      lets.countDown();
      assertThat(second.result()).isInstanceOf(Result.Ended.class);
      assertThat(scene.fair.load(Scene.named("small"))).isEqualTo(new FairShare.Load(0, 0));
    }
  }
}
