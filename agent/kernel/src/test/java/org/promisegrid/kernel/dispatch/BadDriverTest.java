package org.promisegrid.kernel.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.dispatch.Judgement.By;
import org.promisegrid.kernel.dispatch.Judgement.What;
import org.promisegrid.kernel.dispatch.Scene.Gate;
import org.promisegrid.kernel.dispatch.Scene.Running;
import org.promisegrid.kernel.dispatch.Scene.Spool;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.OutputExceededException;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.sandbox.Usage;

/// Drivers that break their contract break nothing else.
final class BadDriverTest {

  private final MemoryTarget bad = Scene.target("bad", 1);
  private final MemoryTarget good = Scene.target("good", 100);

  @Test
  void aDriverThatThrowsAnythingAtCreateLeadsToTheNext() throws Exception {
    try (Scene scene =
        scene(driver ->
            new Meddling(driver) {
              @Override
              public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer) {
                throw new NoClassDefFoundError("jna");
              }
            })) {
      Result result = scene.run(order(scene));
      assertThat(DispatchTest.ended(result).bid().target()).isEqualTo(Scene.named("good"));
      assertThat(result.account().tried().getFirst().kind()).isEqualTo(Kind.BROKEN);
    }
  }

  @Test
  void aStartThatFailsAsTheContractAllowsLeadsToTheNext() throws Exception {
    try (Scene scene =
        scene(boxes(box -> failingStart(box, new DriverException(Kind.BROKEN, "no shim"))))) {
      Result result = scene.run(order(scene));
      assertThat(DispatchTest.ended(result).bid().target()).isEqualTo(Scene.named("good"));
      assertThat(result.account().tried().getFirst().started()).isFalse();
      DispatchTest.assertNothingIsLeft(scene);
    }
  }

  @Test
  void aStartThatFailsOtherwiseMayHaveStarted() throws Exception {
    try (Scene scene =
        scene(boxes(box -> failingStart(box, new IllegalStateException("half way"))))) {
      assertThat(DispatchTest.ended(scene.run(order(scene))).judgement().what())
          .isEqualTo(What.LOST);
    }
    try (Scene scene =
        scene(boxes(box -> failingStart(box, new DriverException(Kind.CONFLICT, "twice"))))) {
      assertThat(DispatchTest.ended(scene.run(order(scene))).judgement().what())
          .isEqualTo(What.LOST);
    }
  }

  @Test
  void anEndThatCannotBeToldIsLost() throws Exception {
    try (Scene scene =
        scene(
            boxes(box ->
                new Meddling.Box(box) {
                  @Override
                  public Ending await() {
                    throw new DriverException(Kind.UNAVAILABLE, "gone");
                  }
                }))) {
      Result result = scene.run(order(scene));
      assertThat(DispatchTest.ended(result).judgement())
          .isEqualTo(new Judgement(false, By.DRIVER, What.LOST, OptionalInt.empty()));
      assertThat(DispatchTest.ended(result).outcome()).asString().contains("gone");
    }
  }

  @Test
  void aSandboxThatCannotBeClosedChangesNothingAboutItsRun() throws Exception {
    try (Scene scene =
        scene(
            boxes(box ->
                new Meddling.Box(box) {
                  @Override
                  public void close() {
                    super.close();
                    throw new DriverException(Kind.UNAVAILABLE, "still there");
                  }
                }))) {
      assertThat(DispatchTest.ended(scene.run(order(scene))).judgement().kept()).isTrue();
      assertThat(scene.events())
          .anySatisfy(event ->
              assertThat(event)
                  .isInstanceOfSatisfying(
                      Event.NotClosed.class,
                      closed -> assertThat(closed.why()).contains("still there")));
    }
  }

  @Test
  void whatADriverWritesAfterTheEndGoesNowhere() throws Exception {
    AtomicReference<Stdio> kept = new AtomicReference<>();
    try (Scene scene =
        scene(
            boxes(box ->
                new Meddling.Box(box) {
                  @Override
                  public void start(Invocation invocation, Stdio stdio, Port port)
                      throws InterruptedException {
                    kept.set(stdio);
                    super.start(invocation, stdio, port);
                  }
                }))) {
      Spool spool = new Spool();
      assertThat(DispatchTest.ended(scene.run(order(scene), spool)).output()).isZero();
      Stdio late = kept.get();
      assertThatThrownBy(() -> late.out().write(1)).hasMessage("the run is over");
      assertThatThrownBy(() -> late.log().write(1)).hasMessage("the run is over");
      assertThat(spool.written()).isEmpty();
    }
  }

  @Test
  void creatingIsInterruptedWhenTheCallerTakesTheRunBack() throws Exception {
    Gate creating = new Gate();
    try (Scene scene =
        scene(driver ->
            new Meddling(driver) {
              @Override
              public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer)
                  throws InterruptedException {
                creating.open();
                new Gate().pass();
                throw new AssertionError("not interrupted");
              }
            })) {
      Running run = scene.starting(order(scene), RunListener.NONE);
      creating.pass();
      run.cancellation.cancel();
      assertThat(run.result()).isInstanceOf(Result.Withdrawn.class);
      DispatchTest.assertNothingIsLeft(scene);
    }
  }

  @Test
  void aSandboxMadeWhileTheRunWasTakenBackIsClosedUnstarted() throws Exception {
    Gate creating = new Gate();
    Gate create = new Gate();
    AtomicInteger started = new AtomicInteger();
    try (Scene scene =
        scene(driver ->
            new Meddling(driver) {
              @Override
              public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer)
                  throws InterruptedException {
                creating.open();
                boolean interrupted = false;
                while (true) {
                  try {
                    create.pass();
                    break;
                  } catch (InterruptedException e) {
                    interrupted = true; // a driver that doesn't heed it
                  }
                }
                Sandbox made = super.create(id, spec, offer);
                if (interrupted) {
                  Thread.currentThread().interrupt();
                }
                return new Meddling.Box(made) {
                  @Override
                  public void start(Invocation invocation, Stdio stdio, Port port) {
                    started.incrementAndGet();
                  }
                };
              }
            })) {
      Running run = scene.starting(order(scene), RunListener.NONE);
      creating.pass();
      run.cancellation.cancel();
      create.open();
      assertThat(run.result()).isInstanceOf(Result.Withdrawn.class);
      assertThat(run.leftInterrupted()).isFalse();
      assertThat(started).hasValue(0);
      DispatchTest.assertNothingIsLeft(scene);
    }
  }

  @Test
  void outputBeyondTheLimitCountsThoughTheDriverTookNoNotice() throws Exception {
    try (Scene scene =
        scene(
            boxes(box ->
                new Meddling.Box(box) {
                  @Override
                  public void start(Invocation invocation, Stdio stdio, Port port)
                      throws InterruptedException {
                    super.start(
                        invocation, new Stdio(stdio.in(), deaf(stdio.out()), stdio.log()), port);
                  }
                }))) {
      Form form =
          scene.program(
              workload -> {
                workload.out().write(new byte[11]);
                workload.out().write(1);
                return 0;
              },
              bad,
              good);
      Limits ten = new Limits(Duration.ofSeconds(30), 1 << 20, 10, 10);
      Conclusion ended = DispatchTest.ended(scene.run(scene.order(form).limits(ten).build()));
      assertThat(ended.judgement().what()).isEqualTo(What.OUTPUT);
      assertThat(ended.output()).isEqualTo(10);
    }
  }

  @Test
  void aStopThatFailsEndsInClosing() throws Exception {
    Gate running = new Gate();
    try (Scene scene =
        scene(
            boxes(box ->
                new Meddling.Box(box) {
                  @Override
                  public void stop(Duration grace) {
                    throw new DriverException(Kind.UNAVAILABLE, "deaf");
                  }
                }))) {
      Form form = scene.program(DispatchTest.gated(running, new Gate()), bad, good);
      Running run = scene.starting(scene.order(form).build(), RunListener.NONE);
      running.pass();
      run.cancellation.cancel();
      assertThat(DispatchTest.ended(run.result()).judgement().by()).isEqualTo(By.CALLER);
      assertThat(scene.events()).anyMatch(Event.NotClosed.class::isInstance);
    }
  }

  @Test
  void aSandboxThatWasMadeBeforeIsAdoptedAndStarted() throws Exception {
    try (Scene scene = new Scene(bad)) {
      Order order = order(scene);
      OpenTarget target = scene.targets.opened().getFirst();
      Bid bid = scene.dispatch.explain(order).bids().getFirst();
      Sandbox left =
          target.driver().create(order.sandbox(), Market.spec(order, bid.form()), bid.offer());
      assertThat(left.id()).isEqualTo(order.sandbox());
      assertThat(DispatchTest.ended(scene.run(order)).judgement().kept()).isTrue();
      DispatchTest.assertNothingIsLeft(scene);
    }
  }

  @Test
  void aSandboxThatWasStartedBeforeIsLostAndNotRunTwice() throws Exception {
    AtomicInteger executions = new AtomicInteger();
    try (Scene scene = new Scene(bad, good)) {
      Form form =
          scene.program(
              workload -> {
                executions.incrementAndGet();
                return 0;
              },
              bad,
              good);
      Order order = scene.order(form).build();
      OpenTarget target = scene.targets.opened().getFirst();
      Bid bid = scene.dispatch.explain(order).bids().getFirst();
      Sandbox left =
          target.driver().create(order.sandbox(), Market.spec(order, bid.form()), bid.offer());
      left.start(order.invocation(), Stdio.none(), Port.closed());
      left.await();
      assertThat(DispatchTest.ended(scene.run(order)).judgement().what()).isEqualTo(What.LOST);
      assertThat(executions).hasValue(1);
      DispatchTest.assertNothingIsLeft(scene);
    }
  }

  @Test
  void aConflictThatCannotBeAdoptedLeadsToTheNext() throws Exception {
    try (Scene scene =
        scene(driver ->
            new Meddling(driver) {
              @Override
              public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer) {
                throw new DriverException(Kind.CONFLICT, "it exists");
              }

              @Override
              public Optional<Sandbox> adopt(SandboxId id) {
                return Optional.empty();
              }
            })) {
      assertThat(DispatchTest.ended(scene.run(order(scene))).bid().target())
          .isEqualTo(Scene.named("good"));
    }
  }

  @Test
  void aDriverThatSaysStoppedWithoutBeingAskedSaysSo() throws Exception {
    try (Scene scene =
        scene(
            boxes(box ->
                new Meddling.Box(box) {
                  @Override
                  public Ending await() {
                    return new Ending(new Outcome.Stopped(), Usage.NONE);
                  }
                }))) {
      assertThat(DispatchTest.ended(scene.run(order(scene))).judgement().what())
          .isEqualTo(What.STOPPED);
    }
  }

  /// Fails at nothing.
  private static OutputStream deaf(OutputStream out) {
    return new OutputStream() {
      @Override
      public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) {
        try {
          out.write(bytes, offset, length);
        } catch (IOException e) {
          assertThat(e).isInstanceOf(OutputExceededException.class);
        }
      }
    };
  }

  private Order order(Scene scene) {
    return scene.order(scene.program(workload -> 0, bad, good)).build();
  }

  /// Only `bad` is meddled with.
  private Scene scene(UnaryOperator<SandboxDriver> meddle) {
    return new Scene(
        Scene.RARELY,
        8,
        Meddling.factory(
            driver -> driver.target().equals(Scene.named("bad")) ? meddle.apply(driver) : driver,
            bad,
            good));
  }

  private static UnaryOperator<SandboxDriver> boxes(UnaryOperator<Sandbox> meddle) {
    return driver ->
        new Meddling(driver) {
          @Override
          public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer)
              throws InterruptedException {
            return meddle.apply(super.create(id, spec, offer));
          }
        };
  }

  private static Sandbox failingStart(Sandbox box, RuntimeException failure) {
    return new Meddling.Box(box) {
      @Override
      public void start(Invocation invocation, Stdio stdio, Port port) {
        throw failure;
      }
    };
  }
}
