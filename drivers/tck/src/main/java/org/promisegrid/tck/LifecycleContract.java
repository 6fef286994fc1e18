package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Found;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stdio;

/// Create, start, await, close: each step shows in the sandbox's state and in the driver's list.
abstract class LifecycleContract {

  private final Bench bench;

  LifecycleContract(Bench bench) {
    this.bench = bench;
  }

  @Test
  void aSandboxIsCreatedThenRunsThenHasEndedThenIsGone() throws InterruptedException {
    SandboxId id = Bench.newId();
    Feed in = Feed.held();
    try (Sandbox sandbox = bench.create(id, bench.spec(TestProgram.WAIT))) {
      assertThat(sandbox.id()).isEqualTo(id);
      assertIs(sandbox, new State.Created());

      sandbox.start(Invocation.of(), stdio(in), Port.closed());
      in.awaitReader();
      assertIs(sandbox, new State.Running());

      in.end();
      Ending ending = sandbox.await();
      assertThat(ending.outcome()).isEqualTo(new Outcome.Exited(0));
      assertIs(sandbox, new State.Ended(ending));
    }
    assertThat(bench.listed()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 42, 255})
  void anExitCodeIsAnOutcomeNotAnError(int code) throws InterruptedException {
    try (Run run = bench.start(bench.spec(TestProgram.EXIT), Integer.toString(code))) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(code));
    }
  }

  @Test
  void aFaultIsAnOutcomeAndWhatWasWrittenBeforeArrives() throws InterruptedException {
    try (Run run = bench.start(bench.spec(TestProgram.FAULT))) {
      assertThat(run.outcome())
          .isInstanceOfSatisfying(
              Outcome.Faulted.class, faulted -> assertThat(faulted.reason()).isNotBlank());
      assertThat(run.out().text()).isEqualTo("before\n");
    }
  }

  @Test
  void theEndIsToldToManyAndAgain() throws InterruptedException {
    try (Run run = bench.waiting()) {
      List<Attempt<Ending>> waiting =
          Stream.generate(() -> Attempt.of(run.sandbox()::await)).limit(4).toList();
      bench.release(run);
      Ending ending = run.sandbox().await();
      for (Attempt<Ending> attempt : waiting) {
        assertThat(attempt.result()).isEqualTo(ending);
      }
      assertThat(run.sandbox().await()).isEqualTo(ending);
    }
  }

  @Test
  void whatARunUsedIsNeverNegative() throws InterruptedException {
    try (Run run = bench.start(bench.spec(TestProgram.ALLOCATE), "1048576")) {
      var usage = run.sandbox().await().usage();
      assertThat(usage.cpu().isNegative()).isFalse();
      assertThat(usage.memory()).isNotNegative();
    }
  }

  @Test
  void aSandboxIsStartedOnce() throws InterruptedException {
    try (Run run = bench.waiting()) {
      Feed second = Feed.held();
      assertConflict(() -> run.sandbox().start(Invocation.of(), stdio(second), Port.closed()));
      assertThat(run.sandbox().state()).isEqualTo(new State.Running());

      bench.release(run);
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
      assertConflict(() -> run.sandbox().start(Invocation.of(), stdio(second), Port.closed()));
    }
  }

  @Test
  void anIdIsTakenWhileItsSandboxIsThere() throws InterruptedException {
    SandboxId id = Bench.newId();
    var spec = bench.spec(TestProgram.EXIT);
    try (Sandbox sandbox = bench.create(id, spec)) {
      assertConflict(() -> bench.create(id, spec));
      sandbox.start(Invocation.of("7"), Stdio.none(), Port.closed());
      assertConflict(() -> bench.create(id, spec));
      assertThat(sandbox.await().outcome()).isEqualTo(new Outcome.Exited(7));
      assertConflict(() -> bench.create(id, spec));
      assertThat(bench.listed()).hasSize(1);
    }
    try (Sandbox again = bench.create(id, spec)) {
      assertThat(again.state()).isEqualTo(new State.Created());
    }
  }

  @Test
  void aSandboxThatWasNeverStartedIsClosedWithoutATrace() throws InterruptedException {
    Sandbox sandbox = bench.create(bench.spec(TestProgram.SPIN));
    sandbox.close();
    assertThat(bench.listed()).isEmpty();
    sandbox.close();
  }

  @Test
  void theSampleRunsAndIsKept() throws InterruptedException {
    var sample = bench.driver().sample();
    bench.content().put(sample.code());
    for (int i = 0; i < 2; i++) {
      try (Sandbox sandbox = bench.create(sample.spec())) {
        sandbox.start(sample.invocation(), Stdio.none(), Port.closed());
        assertThat(sandbox.await().outcome()).isEqualTo(new Outcome.Exited(0));
      }
    }
  }

  private void assertIs(Sandbox sandbox, State state) throws InterruptedException {
    assertThat(sandbox.state()).isEqualTo(state);
    assertThat(bench.listed()).containsExactly(new Found(sandbox.id(), state));
  }

  private static void assertConflict(ThrowingCallable action) {
    Bench.assertFails(DriverException.Kind.CONFLICT, action);
  }

  private static Stdio stdio(Feed in) {
    return new Stdio(in, Collector.unlimited(), Collector.unlimited());
  }
}
