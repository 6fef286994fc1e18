package org.promisegrid.kernel.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.dispatch.Judgement.What;
import org.promisegrid.kernel.dispatch.Scene.Gate;
import org.promisegrid.kernel.dispatch.Scene.Running;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;

/// Drivers that never come back hold up nothing else: neither who waits for a run, nor the agent's
/// end.
@Timeout(600)
final class HangingDriverTest {

  /// What doesn't hang has as long, too, on a machine that is busy with something else.
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final MemoryTarget target = Scene.target("bad", 1);

  /// What hangs here, hangs until the test is over, and hears no interrupt.
  private final CountDownLatch over = new CountDownLatch(1);

  @AfterEach
  void letThemEnd() {
    over.countDown();
  }

  private void hang() {
    while (true) {
      try {
        over.await();
        return;
      } catch (InterruptedException _) {
        // That is what makes it a bad driver.
      }
    }
  }

  @Test
  void aCloseThatNeverReturnsIsToldAndItsRunIsKept() throws Exception {
    try (Scene scene =
        scene(box ->
            new Meddling.Box(box) {
              @Override
              public void close() {
                hang();
                super.close();
              }
            })) {
      assertThat(DispatchTest.ended(scene.run(order(scene))).judgement().kept()).isTrue();
      assertTold(scene, "takes longer");
      // Its place is free again.
      assertThat(DispatchTest.ended(scene.run(order(scene))).judgement().kept()).isTrue();
    }
  }

  @Test
  void aWorkloadThatItsDriverDoesntStopIsLostToWhoTookItBack() throws Exception {
    Gate running = new Gate();
    try (Scene scene =
        scene(box ->
            new Meddling.Box(box) {
              @Override
              public Ending await() throws InterruptedException {
                running.open();
                hang();
                return super.await();
              }

              @Override
              public void stop(Duration grace) {
                hang();
              }
            })) {
      Running run = scene.starting(order(scene), RunListener.NONE);
      running.pass();
      run.cancellation.cancel();
      assertThat(DispatchTest.ended(run.result()).judgement().what()).isEqualTo(What.LOST);
      assertTold(scene, "was told to stop it, and didn't");
    }
  }

  @Test
  void aDriverThatNeverClosesDoesntKeepTheAgentFromEnding() {
    Scene scene =
        new Scene(
            Scene.RARELY,
            8,
            PATIENCE,
            Meddling.factory(
                driver ->
                    new Meddling(driver) {
                      @Override
                      public void close() {
                        hang();
                        super.close();
                      }
                    },
                target));
    scene.close();
    assertTold(scene, "the agent ends without it");
  }

  @Test
  void aTargetThatIsNeverOpenIsNamedAndTheOthersWork() throws Exception {
    SandboxDriverFactory hanging =
        Meddling.factory(
            driver -> {
              hang();
              return driver;
            },
            target);
    MemoryTarget good = Scene.target("good", 1);
    try (Scene scene =
        new Scene(
            Scene.RARELY,
            8,
            PATIENCE,
            hanging,
            new org.promisegrid.driver.memory.MemoryDriverFactory(good))) {
      assertThat(scene.targets.all())
          .extracting(view -> view.target().address())
          .containsExactly("good");
      assertThat(scene.targets.skipped())
          .singleElement()
          .satisfies(
              skipped -> assertThat(skipped.why()).contains("memory:bad").contains("longer"));
      Form form = scene.program(_ -> 0, good);
      assertThat(DispatchTest.ended(scene.run(scene.order(form).build())).judgement().kept())
          .isTrue();
    }
  }

  private Scene scene(UnaryOperator<Sandbox> boxes) {
    return new Scene(
        Scene.RARELY,
        8,
        PATIENCE,
        Meddling.factory(
            (SandboxDriver driver) ->
                new Meddling(driver) {
                  @Override
                  public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer)
                      throws InterruptedException {
                    return boxes.apply(super.create(id, spec, offer));
                  }
                },
            target));
  }

  private Order order(Scene scene) {
    return scene.order(scene.program(_ -> 0, target)).build();
  }

  /// Another thread tells it than the one that ends the run.
  private static void assertTold(Scene scene, String why) {
    while (scene.events().stream()
        .noneMatch(event -> event instanceof Event.NotClosed told && told.why().contains(why))) {
      LockSupport.parkNanos(1_000_000);
    }
  }
}
