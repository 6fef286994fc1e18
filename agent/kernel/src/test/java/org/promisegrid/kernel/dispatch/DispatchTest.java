package org.promisegrid.kernel.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.driver.memory.Program;
import org.promisegrid.kernel.dispatch.Account.Attempt;
import org.promisegrid.kernel.dispatch.Conclusion.Purity;
import org.promisegrid.kernel.dispatch.Judgement.By;
import org.promisegrid.kernel.dispatch.Judgement.What;
import org.promisegrid.kernel.dispatch.Scene.Gate;
import org.promisegrid.kernel.dispatch.Scene.Running;
import org.promisegrid.kernel.dispatch.Scene.Spool;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Trait;

/// Runs and how they end: the table of outcomes.
final class DispatchTest {

  private final MemoryTarget cheap = Scene.target("cheap", 1);
  private final MemoryTarget dear = Scene.target("dear", 100);

  private static final Program ECHO =
      workload -> {
        workload.in().transferTo(workload.out());
        workload.log().write(bytes("done"));
        return 0;
      };

  @Test
  void theCheapestTargetRunsTheCallAndItsOutputArrives() throws Exception {
    try (Scene scene = new Scene(dear, cheap)) {
      Form echo = scene.program(ECHO, cheap, dear);
      Spool spool = new Spool();
      Result result = scene.run(scene.order(echo).input(Input.of(bytes("hello"))).build(), spool);
      Conclusion ended = ended(result);
      assertThat(ended.bid().target()).isEqualTo(Scene.named("cheap"));
      assertThat(ended.judgement())
          .isEqualTo(new Judgement(true, By.FUNCTION, What.EXIT, OptionalInt.of(0)));
      assertThat(ended.output()).isEqualTo(5);
      assertThat(spool.written()).isEqualTo("hello");
      assertThat(spool.logged()).isEqualTo("done");
      assertThat(ended.log().complete()).isTrue();
      assertThat(ended.log().tail().value()).isEqualTo(bytes("done"));
      assertThat(ended.started()).isEqualTo(scene.clock.instant());
      assertThat(result.account().chosen()).contains(ended.bid());
      assertThat(result.account().tried()).isEmpty();
      assertNothingIsLeft(scene);
    }
  }

  @Test
  void exitCodesKeepOrBreakAsTheFunctionPromised() throws Exception {
    try (Scene scene = new Scene(cheap)) {
      Form form =
          scene.program(workload -> Integer.parseInt(workload.arguments().getFirst()), cheap);
      for (int code : new int[] {0, 1, 3}) {
        Judgement judgement =
            ended(
                    scene.run(
                        scene
                            .order(form)
                            .invocation(Invocation.of(Integer.toString(code)))
                            .kept(Set.of(0, 3))
                            .build()))
                .judgement();
        assertThat(judgement)
            .isEqualTo(new Judgement(code != 1, By.FUNCTION, What.EXIT, OptionalInt.of(code)));
      }
      assertNothingIsLeft(scene);
    }
  }

  @Test
  void aFunctionThatBreaksIsNotTriedElsewhereAndCountsAgainstTheFunction() throws Exception {
    try (Scene scene = new Scene(cheap, dear)) {
      AtomicInteger executions = new AtomicInteger();
      Form form =
          scene.program(
              workload -> {
                executions.incrementAndGet();
                throw new IllegalStateException("trap");
              },
              cheap,
              dear);
      Order order = scene.order(form).pure(true).build();
      Order other = scene.order(scene.program(ECHO, cheap)).build();
      int before = scene.dispatch.explain(other).bids().getFirst().kept();
      assertThat(ended(scene.run(order)).judgement())
          .isEqualTo(new Judgement(false, By.FUNCTION, What.FAULT, OptionalInt.empty()));
      assertThat(executions).hasValue(1);
      assertThat(scene.dispatch.explain(order).bids())
          .allSatisfy(bid -> assertThat(bid.kept()).isLessThan(before));
      assertThat(scene.dispatch.explain(other).bids().getFirst().kept())
          .isGreaterThanOrEqualTo(before);
    }
  }

  @Test
  void limitsThatAreCrossedBreakTheFunctionsPromise() throws Exception {
    try (Scene scene = new Scene(cheap)) {
      Form endless =
          scene.program(
              workload -> {
                new Gate().pass();
                return 0;
              },
              cheap);
      Limits brief = new Limits(Duration.ofMillis(20), 1 << 20, 10, 10);
      assertThat(ended(scene.run(scene.order(endless).limits(brief).build())).judgement().what())
          .isEqualTo(What.TIME);
      Form hungry =
          scene.program(
              workload -> {
                workload.memory().allocate(1 << 21);
                return 0;
              },
              cheap);
      assertThat(
              ended(scene.run(scene.order(hungry).limits(limits(10, 10)).build()))
                  .judgement()
                  .what())
          .isEqualTo(What.MEMORY);
      assertNothingIsLeft(scene);
    }
  }

  @Test
  void outputBeyondTheLimitEndsTheRunEvenIfTheWorkloadGoesOn() throws Exception {
    try (Scene scene = new Scene(cheap)) {
      Form loud =
          scene.program(
              workload -> {
                try {
                  workload.out().write(bytes("0123456789ABC"));
                } catch (IOException e) {
                  return 0; // as if nothing had happened
                }
                return 0;
              },
              cheap);
      Spool spool = new Spool();
      Conclusion ended = ended(scene.run(scene.order(loud).limits(limits(10, 10)).build(), spool));
      assertThat(ended.judgement())
          .isEqualTo(new Judgement(false, By.FUNCTION, What.OUTPUT, OptionalInt.empty()));
      assertThat(spool.written()).isEqualTo("0123456789");
      assertThat(ended.output()).isEqualTo(10);
    }
  }

  @Test
  void logBeyondTheLimitIsDiscardedButItsTailIsKept() throws Exception {
    try (Scene scene = new Scene(cheap)) {
      Form chatty =
          scene.program(
              workload -> {
                for (int i = 0; i < 10_000; i++) {
                  workload.log().write(bytes(i + "\n"));
                }
                return 0;
              },
              cheap);
      Spool spool = new Spool();
      Conclusion ended =
          ended(scene.run(scene.order(chatty).limits(limits(10, 10)).build(), spool));
      assertThat(ended.judgement().kept()).isTrue();
      assertThat(spool.logged()).isEqualTo("0\n1\n2\n3\n4\n");
      assertThat(ended.log().complete()).isFalse();
      assertThat(ended.log().written()).isEqualTo(48_890);
      assertThat(ended.log().tail().length()).isEqualTo(4096);
      assertThat(new String(ended.log().tail().value(), StandardCharsets.UTF_8))
          .endsWith("9998\n9999\n");
    }
  }

  @Test
  void aTargetThatFailsBeforeTheStartLeadsToTheNextAndLosesTrust() throws Exception {
    for (Kind kind : List.of(Kind.UNAVAILABLE, Kind.BROKEN, Kind.CONFLICT, Kind.UNSUPPORTED)) {
      try (Scene scene = new Scene(cheap, dear)) {
        Order order = scene.order(scene.program(ECHO, cheap, dear)).build();
        List<Attempt> heard = new ArrayList<>();
        cheap.refuse(kind, 1);
        Result result =
            scene.dispatch.run(
                order,
                new Spool(),
                new RunListener() {
                  @Override
                  public void failed(Attempt attempt) {
                    heard.add(attempt);
                  }
                },
                new Cancellation());
        assertThat(ended(result).bid().target()).isEqualTo(Scene.named("dear"));
        assertThat(result.account().tried()).isEqualTo(heard).hasSize(1);
        assertThat(heard.getFirst().kind()).isEqualTo(kind);
        assertThat(heard.getFirst().started()).isFalse();
        Order other = scene.order(scene.program(ECHO, cheap)).build();
        assertThat(scene.dispatch.explain(other).bids().getFirst().kept()).isLessThan(980_100);
        assertNothingIsLeft(scene);
      }
    }
  }

  @Test
  void aTargetThatIsFullLosesNoTrust() throws Exception {
    try (Scene scene = new Scene(cheap, dear)) {
      Order order = scene.order(scene.program(ECHO, cheap, dear)).build();
      cheap.refuse(Kind.EXHAUSTED, 1);
      assertThat(ended(scene.run(order)).bid().target()).isEqualTo(Scene.named("dear"));
      Order other = scene.order(scene.program(ECHO, cheap)).build();
      assertThat(scene.dispatch.explain(other).bids().getFirst().kept()).isEqualTo(980_100);
    }
  }

  @Test
  void whatATargetCannotRunItIsNotAskedToRunAgain() throws Exception {
    try (Scene scene = new Scene(cheap, dear)) {
      Form form = scene.program(ECHO, dear); // no such program on the other
      assertThat(ended(scene.run(scene.order(form).build())).bid().target())
          .isEqualTo(Scene.named("dear"));
      Account account = scene.dispatch.explain(scene.order(form).build());
      assertThat(account.bids()).hasSize(1);
      assertThat(account.unable().getFirst().detail()).contains("names no program");
      scene.pass(Duration.ofMinutes(11));
      assertThat(scene.dispatch.explain(scene.order(form).build()).bids()).hasSize(2);
    }
  }

  @Test
  void whereEveryTargetFailsNobodyPromised() throws Exception {
    try (Scene scene = new Scene(cheap, dear)) {
      Order order = scene.order(scene.program(ECHO, cheap, dear)).build();
      cheap.refuse(Kind.UNAVAILABLE, 1);
      dear.refuse(Kind.BROKEN, 1);
      Result.NotPromised result = (Result.NotPromised) scene.run(order);
      assertThat(result.why()).isEqualTo(Result.Why.UNABLE);
      assertThat(result.account().tried()).hasSize(2);
      assertThat(result.account().chosen()).isEmpty();

      cheap.refuse(Kind.UNAVAILABLE, 1);
      dear.refuse(Kind.EXHAUSTED, 1);
      Result.NotPromised busy = (Result.NotPromised) scene.run(order);
      assertThat(busy.why()).isEqualTo(Result.Why.EXHAUSTED);
      assertThat(busy.retryAfter()).isPositive();
    }
  }

  @Test
  void whereNobodyIsAbleTheReasonsAreTold() throws Exception {
    try (Scene scene = new Scene(cheap)) {
      Form form = scene.program(ECHO, cheap);
      Result.NotPromised dearer = (Result.NotPromised) scene.run(scene.order(form).cap(0).build());
      assertThat(dearer.why()).isEqualTo(Result.Why.UNABLE);
      assertThat(dearer.account().unable()).hasSize(1);
      Result.NotPromised late =
          (Result.NotPromised) scene.run(scene.order(form).deadline(scene.clock.instant()).build());
      assertThat(late.why()).isEqualTo(Result.Why.DEADLINE);
    }
  }

  @Test
  void contactLostEndsARunThatMayNotRunAgain() throws Exception {
    try (Scene scene = new Scene(cheap, dear)) {
      AtomicInteger executions = new AtomicInteger();
      Order order = scene.order(losing(scene, executions)).build();
      Result result = scene.run(order);
      assertThat(ended(result).judgement())
          .isEqualTo(new Judgement(false, By.DRIVER, What.LOST, OptionalInt.empty()));
      assertThat(executions).hasValue(1);
      assertThat(result.account().tried()).singleElement().matches(Attempt::started);
      assertNothingIsLeft(scene);
    }
  }

  @Test
  void contactLostRunsAgainElsewhereWhatIsPureOrIdempotentAndForgetsWhatWasWritten()
      throws Exception {
    for (boolean pure : new boolean[] {true, false}) {
      try (Scene scene = new Scene(cheap, dear)) {
        AtomicInteger executions = new AtomicInteger();
        Order order = scene.order(losing(scene, executions)).pure(pure).idempotent(!pure).build();
        Spool spool = new Spool();
        Result result = scene.run(order, spool);
        assertThat(ended(result).judgement().kept()).isTrue();
        assertThat(ended(result).bid().target()).isEqualTo(Scene.named("dear"));
        assertThat(executions).hasValue(2);
        assertThat(spool.written()).isEqualTo("run 2");
        assertThat(spool.restarts()).isEqualTo(1);
        assertThat(result.account().tried()).hasSize(1);
        assertThat(
                scene.dispatch.explain(order).bids().stream()
                    .filter(bid -> bid.target().equals(Scene.named("cheap")))
                    .findFirst()
                    .orElseThrow()
                    .kept())
            .isLessThan(980_100);
        assertNothingIsLeft(scene);
      }
    }
  }

  @Test
  void contactLostWithNobodyElseAbleIsStillAnEndOfTheRun() throws Exception {
    try (Scene scene = new Scene(cheap, dear)) {
      AtomicInteger executions = new AtomicInteger();
      Order order = scene.order(losing(scene, executions)).pure(true).build();
      dear.refuse(Kind.UNAVAILABLE, 1);
      Result result = scene.run(order);
      assertThat(ended(result).judgement().what()).isEqualTo(What.LOST);
      assertThat(ended(result).bid().target()).isEqualTo(Scene.named("cheap"));
      assertThat(result.account().tried()).hasSize(2);
    }
  }

  @Test
  void whatIsLearnedChangesTheChoice() throws Exception {
    try (Scene scene = new Scene(cheap, dear)) {
      Gate started = new Gate();
      Form form =
          scene.program(
              workload -> {
                started.pass();
                scene.ticks.addAndGet(Duration.ofSeconds(1).toNanos());
                return 0;
              },
              cheap);
      scene.also(form, workload -> 0, dear);
      assertThat(
              ended(scene.starting(scene.order(form).build(), started(started)).result())
                  .bid()
                  .target())
          .isEqualTo(Scene.named("cheap"));
      assertThat(ended(scene.run(scene.order(form).build())).bid().target())
          .as("half a second, so far, is more than a tenth")
          .isEqualTo(Scene.named("dear"));
      Bid learned = scene.dispatch.explain(scene.order(form).build()).bids().getFirst();
      assertThat(learned.target()).isEqualTo(Scene.named("dear"));
      assertThat(learned.basis()).isEqualTo(Basis.LEARNED);
    }
  }

  @Test
  void aCallerThatTakesItsRunBackStopsIt() throws Exception {
    try (Scene scene = new Scene(cheap, dear)) {
      Gate running = new Gate();
      Form endless =
          scene.program(
              workload -> {
                running.open();
                new Gate().pass();
                return 0;
              },
              cheap,
              dear);
      Order order = scene.order(endless).pure(true).build();
      Running run = scene.starting(order, RunListener.NONE);
      running.pass();
      run.cancellation.cancel();
      run.cancellation.cancel();
      assertThat(ended(run.result()).judgement())
          .isEqualTo(new Judgement(false, By.CALLER, What.CANCELLED, OptionalInt.empty()));
      assertThat(scene.dispatch.explain(order).bids())
          .as("nobody is to blame")
          .allSatisfy(bid -> assertThat(bid.kept()).isEqualTo(980_100));
      assertNothingIsLeft(scene);
    }
  }

  @Test
  void aRunTakenBackBeforeItStartsIsWithdrawn() throws Exception {
    try (Scene scene = new Scene(cheap)) {
      Form form = scene.program(ECHO, cheap);
      Cancellation cancelled = new Cancellation();
      cancelled.cancel();
      Result result =
          scene.dispatch.run(scene.order(form).build(), new Spool(), RunListener.NONE, cancelled);
      assertThat(result).isInstanceOf(Result.Withdrawn.class);
      assertThat(Thread.interrupted()).isFalse();
      assertNothingIsLeft(scene);
    }
  }

  @Test
  void aRunTakenBackInTheQueueLeavesIt() throws Exception {
    cheap.become(Scene.fit(1));
    try (Scene scene = new Scene(cheap)) {
      Gate release = new Gate();
      Gate running = new Gate();
      Form form = scene.program(gated(running, release), cheap);
      Running first = scene.starting(scene.order(form).build(), RunListener.NONE);
      running.pass();
      Gate queued = new Gate();
      Running second = scene.starting(scene.order(form).build(), opening(queued));
      queued.pass();
      second.cancellation.cancel();
      assertThat(second.result()).isInstanceOf(Result.Withdrawn.class);
      assertThat(scene.fair.load(Scene.named("cheap"))).isEqualTo(new FairShare.Load(1, 0));
      release.open();
      assertThat(ended(first.result()).judgement().kept()).isTrue();
      assertNothingIsLeft(scene);
    }
  }

  @Test
  void aDeadlineThatPassesInTheQueueEndsTheWaitAndNoRun() throws Exception {
    cheap.become(Scene.fit(1));
    try (Scene scene = new Scene(cheap)) {
      Gate release = new Gate();
      Gate running = new Gate();
      Form form = scene.program(gated(running, release), cheap);
      Order patient = scene.order(form).deadline(scene.clock.instant().plusSeconds(9)).build();
      Running first = scene.starting(patient, RunListener.NONE);
      running.pass();
      RunListener late =
          new RunListener() {
            @Override
            public void queued(Bid bid) {
              scene.pass(Duration.ofSeconds(10));
            }
          };
      Order order = scene.order(form).deadline(scene.clock.instant().plusSeconds(9)).build();
      Result.NotPromised result = (Result.NotPromised) scene.starting(order, late).result();
      assertThat(result.why()).isEqualTo(Result.Why.DEADLINE);
      release.open();
      assertThat(ended(first.result()).judgement().kept()).as("it had started").isTrue();
      assertNothingIsLeft(scene);
    }
  }

  @Test
  void anOfferWhosePromiseEndedInTheQueueIsAskedForAgain() throws Exception {
    cheap.become(Scene.fit(1));
    try (Scene scene = new Scene(cheap)) {
      Gate release = new Gate();
      Gate running = new Gate();
      Form form = scene.program(gated(running, release), cheap);
      Running first = scene.starting(scene.order(form).build(), RunListener.NONE);
      running.pass();
      Gate queued = new Gate();
      Running second = scene.starting(scene.order(form).build(), opening(queued));
      queued.pass();
      scene.pass(Duration.ofMinutes(5)); // the memory driver promises for one
      release.open();
      assertThat(ended(first.result()).judgement().kept()).isTrue();
      Result result = second.result();
      assertThat(ended(result).judgement().kept()).isTrue();
      assertThat(ended(result).bid().offer().until()).isAfter(scene.clock.instant());
      assertThat(result.account().bids()).contains(ended(result).bid());
    }
  }

  @Test
  void anInterruptEndsTheRunAndGoesUp() throws Exception {
    cheap.become(Scene.fit(1));
    try (Scene scene = new Scene(cheap)) {
      Gate running = new Gate();
      Form form = scene.program(gated(running, new Gate()), cheap);
      Running first = scene.starting(scene.order(form).build(), RunListener.NONE);
      running.pass();
      Gate queued = new Gate();
      Running second = scene.starting(scene.order(form).build(), opening(queued));
      queued.pass();
      second.interrupt();
      assertThat(second.failure()).isInstanceOf(InterruptedException.class);
      first.interrupt();
      assertThat(first.failure()).isInstanceOf(InterruptedException.class);
      assertNothingIsLeft(scene);
    }
  }

  @Test
  void whatMustBeDurableIsDurableBeforeAnythingExecutes() throws Exception {
    try (Scene scene = new Scene(cheap, dear)) {
      List<String> order = new ArrayList<>();
      Form form =
          scene.program(
              workload -> {
                order.add("executes");
                return 0;
              },
              cheap,
              dear);
      RunListener listener =
          new RunListener() {
            @Override
            public void starting(Bid bid) {
              order.add("starting");
            }
          };
      Result result =
          scene.dispatch.run(scene.order(form).build(), new Spool(), listener, new Cancellation());
      assertThat(ended(result).judgement().kept()).isTrue();
      assertThat(order).containsExactly("starting", "executes");
      RunListener failing =
          new RunListener() {
            @Override
            public void starting(Bid bid) throws IOException {
              throw new IOException("the disk is full");
            }
          };
      assertThatThrownBy(() ->
              scene.dispatch.run(
                  scene.order(form).build(), new Spool(), failing, new Cancellation()))
          .isInstanceOf(IOException.class)
          .hasMessage("the disk is full");
      assertThat(order).hasSize(2);
      assertNothingIsLeft(scene);
    }
  }

  @Test
  void aSinkOrInputThatFailsIsNobodysBrokenPromise() throws Exception {
    try (Scene scene = new Scene(cheap, dear)) {
      Form form = scene.program(ECHO, cheap, dear);
      Spool full =
          new Spool() {
            @Override
            public OutputStream out() {
              return failing();
            }
          };
      Order order = scene.order(form).pure(true).input(Input.of(bytes("hello"))).build();
      assertThatThrownBy(() -> scene.run(order, full)).hasMessage("the disk is full");
      Order unreadable = scene.order(form).pure(true).input(unreadable()).build();
      assertThatThrownBy(() -> scene.run(unreadable)).hasMessage("a flipped bit");
      assertThat(scene.dispatch.explain(order).bids())
          .allSatisfy(bid -> assertThat(bid.kept()).isEqualTo(980_100));
      assertNothingIsLeft(scene);
    }
  }

  @Test
  void purityIsEnforcedPromisedOrNotSpokenOf() throws Exception {
    MemoryTarget lax = new MemoryTarget("lax", Set.of(Trait.LIMITS_MEMORY));
    try (Scene scene = new Scene(cheap, lax)) {
      Form strict = scene.program(ECHO, cheap);
      Form loose = scene.program(ECHO, lax);
      Placement there = new Placement(Set.of("memory:lax"), Map.of());
      assertThat(ended(scene.run(scene.order(strict).pure(true).build())).purity())
          .isEqualTo(Purity.ENFORCED);
      assertThat(ended(scene.run(scene.order(loose).pure(true).placement(there).build())).purity())
          .isEqualTo(Purity.PROMISED);
      assertThat(ended(scene.run(scene.order(strict).build())).purity()).isEqualTo(Purity.NONE);
    }
  }

  @Test
  void theSamePromiseIsChargedThatWasOffered() throws Exception {
    try (Scene scene = new Scene(cheap)) {
      Gate started = new Gate();
      Form form =
          scene.program(
              workload -> {
                started.pass();
                scene.ticks.addAndGet(Duration.ofSeconds(5).toNanos());
                return 0;
              },
              cheap);
      Order order = scene.order(form).build();
      Price offered = scene.dispatch.explain(order).chosen().orElseThrow().price();
      Conclusion ended = ended(scene.starting(order, started(started)).result());
      assertThat(ended.bid().price()).isEqualTo(offered);
      assertThat(ended.run()).isEqualTo(Duration.ofSeconds(5));
    }
  }

  static Conclusion ended(Result result) {
    assertThat(result).isInstanceOf(Result.Ended.class);
    return ((Result.Ended) result).conclusion();
  }

  static void assertNothingIsLeft(Scene scene) throws InterruptedException {
    for (OpenTarget target : scene.targets.opened()) {
      assertThat(target.driver().list()).isEmpty();
      assertThat(scene.fair.load(target.target())).isEqualTo(new FairShare.Load(0, 0));
    }
  }

  static Program gated(Gate running, Gate release) {
    return workload -> {
      running.open();
      release.pass();
      return 0;
    };
  }

  static RunListener opening(Gate queued) {
    return new RunListener() {
      @Override
      public void queued(Bid bid) {
        queued.open();
      }
    };
  }

  /// Lets a workload pass time only once it is known to run: what it passes before counts as setup.
  private static RunListener started(Gate gate) {
    return new RunListener() {
      @Override
      public void started(Bid bid) {
        gate.open();
      }
    };
  }

  /// Writes which execution it is; the first then loses contact.
  private Form losing(Scene scene, AtomicInteger executions) {
    return scene.program(
        workload -> {
          int execution = executions.incrementAndGet();
          workload.out().write(bytes("run " + execution));
          if (execution == 1) {
            cheap.loseContact();
            new Gate().pass();
          }
          return 0;
        },
        cheap,
        dear);
  }

  private static Limits limits(long output, long log) {
    return new Limits(Duration.ofSeconds(30), 1 << 20, output, log);
  }

  private static OutputStream failing() {
    return new OutputStream() {
      @Override
      public void write(int value) throws IOException {
        throw new IOException("the disk is full");
      }
    };
  }

  private static Input unreadable() {
    return new Input() {
      @Override
      public InputStream open() {
        return new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("a flipped bit");
          }

          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            throw new IOException("a flipped bit");
          }
        };
      }

      @Override
      public long size() {
        return 1;
      }
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
