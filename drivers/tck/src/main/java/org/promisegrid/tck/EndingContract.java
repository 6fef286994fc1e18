package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stdio;

/// A run can be ended from outside: by stop, by close, by interrupting whoever waits for it.
abstract class EndingContract {

  private static final Duration A_MOMENT = Duration.ofMillis(50);

  private final Bench bench;

  EndingContract(Bench bench) {
    this.bench = bench;
  }

  @Test
  void stopEndsAWorkloadThatWaits() throws InterruptedException {
    try (Run run = bench.waiting()) {
      run.sandbox().stop(Duration.ZERO);
      assertThat(run.outcome()).isEqualTo(new Outcome.Stopped());
      assertThat(run.sandbox().state()).isInstanceOf(State.Ended.class);
      run.in().awaitNoReader();
    }
  }

  @Test
  void stopEndsALoopOnceTheGraceHasPassed() throws InterruptedException {
    try (Run run = bench.start(bench.spec(TestProgram.SPIN))) {
      run.sandbox().stop(A_MOMENT);
      assertThat(run.outcome()).isEqualTo(new Outcome.Stopped());
    }
  }

  @Test
  void stopEndsAWorkloadWhoseOutputNobodyTakes() throws InterruptedException {
    Collector out = Collector.slow();
    var spec = bench.spec(TestProgram.FLOOD);
    var invocation = Invocation.of(Integer.toString(64 << 20));
    Feed in = Feed.of(new byte[0]);
    try (Run run = bench.start(spec, invocation, in, out, Collector.unlimited(), Port.closed())) {
      out.awaitWrite();
      run.sandbox().stop(Duration.ZERO);
      assertThat(run.outcome()).isEqualTo(new Outcome.Stopped());
    }
  }

  @Test
  void stoppingAgainDoesNothing() throws InterruptedException {
    try (Run run = bench.waiting()) {
      List<Attempt<Boolean>> stops =
          Stream.generate(() -> Attempt.of(() -> stopped(run.sandbox()))).limit(4).toList();
      for (Attempt<Boolean> stop : stops) {
        assertThat(stop.result()).isTrue();
      }
      assertThat(run.outcome()).isEqualTo(new Outcome.Stopped());
    }
  }

  @Test
  void stoppingWhatHasEndedDoesNothing() throws InterruptedException {
    try (Run run = bench.start(bench.spec(TestProgram.EXIT), "5")) {
      Ending ending = run.sandbox().await();
      run.sandbox().stop(Duration.ZERO);
      assertThat(run.sandbox().await()).isEqualTo(ending);
      assertThat(run.sandbox().state()).isEqualTo(new State.Ended(ending));
      assertThat(ending.outcome()).isEqualTo(new Outcome.Exited(5));
    }
  }

  @Test
  void closeEndsAWorkloadThatWaits() throws InterruptedException {
    Run run = bench.waiting();
    Attempt<Ending> awaiting = Attempt.of(run.sandbox()::await);
    run.sandbox().close();
    assertThat(bench.listed()).isEmpty();
    assertThat(awaiting.result().outcome()).isEqualTo(new Outcome.Stopped());
    run.in().awaitNoReader();
    run.sandbox().close();
  }

  @Test
  void closeEndsALoop() throws InterruptedException {
    Run run = bench.start(bench.spec(TestProgram.SPIN));
    Attempt<Ending> awaiting = Attempt.of(run.sandbox()::await);
    run.sandbox().close();
    assertThat(awaiting.result().outcome()).isEqualTo(new Outcome.Stopped());
    assertThat(bench.listed()).isEmpty();
  }

  @Test
  void anInterruptedAwaitEndsTheWorkload() throws InterruptedException {
    try (Run run = bench.waiting()) {
      Attempt<Ending> awaiting = Attempt.of(run.sandbox()::await);
      awaiting.interrupt();
      assertThat(awaiting.failure()).isInstanceOf(InterruptedException.class);
      assertThat(run.outcome()).isEqualTo(new Outcome.Stopped());
      run.in().awaitNoReader();
    }
  }

  @Test
  void anInterruptedAwaitEndsALoop() throws InterruptedException {
    try (Run run = bench.start(bench.spec(TestProgram.SPIN))) {
      Attempt<Ending> awaiting = Attempt.interrupted(run.sandbox()::await);
      assertThat(awaiting.failure()).isInstanceOf(InterruptedException.class);
      assertThat(run.outcome()).isEqualTo(new Outcome.Stopped());
    }
  }

  @Test
  void anInterruptedStartLeavesNothingRunning() throws InterruptedException {
    Feed in = Feed.held();
    Collector out = Collector.unlimited();
    try (Sandbox sandbox = bench.create(bench.spec(TestProgram.FLOOD))) {
      Attempt<Boolean> starting =
          Attempt.interrupted(() -> {
            var stdio = new Stdio(in, out, Collector.unlimited());
            sandbox.start(Invocation.of("1000"), stdio, Port.closed());
            return true;
          });
      assertThat(starting.failure()).isInstanceOf(InterruptedException.class);
      assertThat(sandbox.state()).isNotInstanceOf(State.Running.class);
    }
    in.awaitNoReader();
    assertThat(bench.listed()).isEmpty();
  }

  @Test
  void anInterruptedStopEndsTheWorkload() throws InterruptedException {
    try (Run run = bench.waiting()) {
      Attempt<Boolean> stopping =
          Attempt.interrupted(() -> {
            run.sandbox().stop(Duration.ofDays(1));
            return true;
          });
      assertThat(stopping.failure()).isInstanceOf(InterruptedException.class);
      assertThat(run.outcome()).isEqualTo(new Outcome.Stopped());
    }
  }

  private static boolean stopped(Sandbox sandbox) throws InterruptedException {
    sandbox.stop(A_MOMENT);
    return true;
  }
}
