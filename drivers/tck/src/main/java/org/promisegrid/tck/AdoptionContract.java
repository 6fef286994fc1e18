package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Attach;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Found;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.LogQuery;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.sandbox.Trait;

/// What becomes of sandboxes when the agent ends: where they can live on, the next process finds
/// them on the target and takes charge; elsewhere they end. Nothing that the next process needs is
/// in the driver's scratch: it begins with an empty one.
abstract class AdoptionContract {

  private final Bench bench;

  AdoptionContract(Bench bench) {
    this.bench = bench;
  }

  @Test
  void thereIsNothingToAdoptUnderAnIdThatWasNeverUsed() throws InterruptedException {
    assertThat(bench.driver().adopt(Bench.newId())).isEmpty();
  }

  @Test
  void aClosedSandboxCantBeAdopted() throws InterruptedException {
    SandboxId id = Bench.newId();
    bench.create(id, bench.spec(TestProgram.EXIT)).close();
    assertThat(bench.driver().adopt(id)).isEmpty();
  }

  @Test
  void sandboxesThatCantLiveOnEndWithTheirDriver() throws InterruptedException {
    assumeThat(bench.driver().traits()).doesNotContain(Trait.OUTLIVES_AGENT);
    Run run = bench.waiting();
    Attempt<Ending> awaiting = Attempt.of(run.sandbox()::await);
    bench.restart();
    assertThat(awaiting.result().outcome()).isNotInstanceOf(Outcome.Exited.class);
    run.in().awaitNoReader();
    assertThat(bench.listed()).isEmpty();
    assertThat(bench.driver().adopt(run.sandbox().id())).isEmpty();
  }

  @Test
  void aRunningSandboxIsFoundAgainAndTellsHowItEnded() throws InterruptedException {
    assumeSandboxesLiveOn();
    Run run = bench.waiting();
    bench.restart();
    try (Sandbox adopted = adopt(run, new State.Running())) {
      assertConflict(adopted);
      bench.release(run);
      Ending ending = adopted.await();
      assertThat(ending.outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(adopted.state()).isEqualTo(new State.Ended(ending));
    }
    assertThat(bench.listed()).isEmpty();
  }

  @Test
  void aSandboxThatEndedTellsItsExitCodeToTheNextProcess() throws InterruptedException {
    assumeSandboxesLiveOn();
    Run run = bench.start(bench.spec(TestProgram.EXIT), "42");
    Ending ending = run.sandbox().await();
    bench.restart();
    try (Sandbox adopted = adopt(run, new State.Ended(ending))) {
      assertThat(adopted.await()).isEqualTo(ending);
      assertThat(ending.outcome()).isEqualTo(new Outcome.Exited(42));
    }
  }

  @Test
  void aSandboxThatWasNeverStartedIsStartedByTheNextProcess() throws InterruptedException {
    assumeSandboxesLiveOn();
    SandboxId id = bench.create(bench.spec(TestProgram.EXIT)).id();
    bench.restart();
    try (Sandbox adopted = bench.driver().adopt(id).orElseThrow()) {
      assertThat(adopted.state()).isEqualTo(new State.Created());
      adopted.start(Invocation.of("3"), Stdio.none(), Port.closed());
      assertThat(adopted.await().outcome()).isEqualTo(new Outcome.Exited(3));
    }
  }

  @Test
  void anAdoptedIdIsStillTaken() throws InterruptedException {
    assumeSandboxesLiveOn();
    Run run = bench.waiting();
    bench.restart();
    try (Sandbox adopted = adopt(run, new State.Running())) {
      Bench.assertFails(
          DriverException.Kind.CONFLICT,
          () -> bench.create(adopted.id(), bench.spec(TestProgram.EXIT)));
    }
  }

  @Test
  void anAdoptedSandboxIsStopped() throws InterruptedException {
    assumeSandboxesLiveOn();
    Run run = bench.waiting();
    bench.restart();
    try (Sandbox adopted = adopt(run, new State.Running())) {
      adopted.stop(Duration.ZERO);
      assertThat(adopted.await().outcome()).isEqualTo(new Outcome.Stopped());
    }
  }

  @Test
  void limitsHoldWhileNobodyWatches() throws InterruptedException {
    assumeSandboxesLiveOn();
    var spec = bench.spec(TestProgram.SPIN, Bench.time(Duration.ofSeconds(1)));
    Run run = bench.start(spec);
    bench.restart();
    try (Sandbox adopted = bench.driver().adopt(run.sandbox().id()).orElseThrow()) {
      assertThat(adopted.await().outcome()).isEqualTo(new Outcome.Exceeded(Limit.TIME));
    }
  }

  @Test
  void theLogIsStillThere() throws InterruptedException, IOException {
    assumeSandboxesLiveOn();
    Run run = bench.start(bench.spec(TestProgram.LOG), "text", "2");
    run.outcome();
    bench.restart();
    try (Sandbox adopted = bench.driver().adopt(run.sandbox().id()).orElseThrow();
        InputStream log = adopted.logs(new LogQuery(5, true))) {
      assertThat(log.readAllBytes()).isEqualTo(Bench.utf8("text\n"));
    }
  }

  @Test
  void theNextProcessTakesTheStreamsUp() throws InterruptedException {
    assumeOutputIsKept();
    byte[] first = Bench.utf8("first ");
    Feed left = Feed.held(first);
    Run run = bench.start(bench.spec(TestProgram.ECHO), left);
    left.awaitReader();
    bench.restart();
    Collector out = Collector.unlimited();
    try (Sandbox adopted = bench.driver().adopt(run.sandbox().id()).orElseThrow()) {
      Feed whole = Feed.of(Bench.utf8("first and last"));
      attach(adopted, new Stdio(whole, out, Collector.unlimited()));
      assertThat(adopted.await().outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(out.text()).isEqualTo("first and last");
      assertThat(whole.closed()).isFalse();
      assertThat(out.closed()).isFalse();
    }
  }

  @Test
  void whatEndedMeanwhileTellsAllThatItWrote() throws InterruptedException {
    assumeOutputIsKept();
    Run run = bench.start(bench.spec(TestProgram.LOG), "text", "2");
    run.outcome();
    bench.restart();
    Collector out = Collector.unlimited();
    Collector log = Collector.unlimited();
    try (Sandbox adopted = bench.driver().adopt(run.sandbox().id()).orElseThrow()) {
      attach(adopted, new Stdio(Feed.of(new byte[0]), out, log));
      assertThat(adopted.await().outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(out.text()).isEqualTo("done\n");
      assertThat(log.text()).isEqualTo("text\ntext\n");
    }
  }

  @Test
  void muchOutputIsTakenUpByteForByte() throws InterruptedException {
    assumeOutputIsKept();
    int much = 4 << 20;
    Run run = bench.start(bench.spec(TestProgram.FLOOD), Integer.toString(much));
    run.outcome();
    bench.restart();
    Collector out = Collector.unlimited();
    try (Sandbox adopted = bench.driver().adopt(run.sandbox().id()).orElseThrow()) {
      attach(adopted, new Stdio(Feed.of(new byte[0]), out, Collector.unlimited()));
      assertThat(adopted.await().outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(out.bytes()).isEqualTo(TestProgram.flood(much));
    }
  }

  @Test
  void streamsAreTakenUpOnceAndOnlyOfWhatWasStarted() throws InterruptedException {
    assumeOutputIsKept();
    Run run = bench.waiting();
    SandboxId created = bench.create(bench.spec(TestProgram.EXIT)).id();
    bench.restart();
    try (Sandbox adopted = bench.driver().adopt(run.sandbox().id()).orElseThrow();
        Sandbox fresh = bench.driver().adopt(created).orElseThrow()) {
      attach(adopted, Stdio.none());
      Bench.assertFails(DriverException.Kind.CONFLICT, () -> attach(adopted, Stdio.none()));
      Bench.assertFails(DriverException.Kind.CONFLICT, () -> attach(fresh, Stdio.none()));
      assertThat(adopted.await().outcome()).isEqualTo(new Outcome.Exited(0));
    }
  }

  private static void attach(Sandbox adopted, Stdio stdio) throws InterruptedException {
    adopted.power(Attach.class).orElseThrow().attach(stdio);
  }

  private void assumeOutputIsKept() {
    assumeThat(bench.driver().traits()).contains(Trait.KEEPS_OUTPUT);
    assertThat(bench.driver().traits()).contains(Trait.OUTLIVES_AGENT);
  }

  private void assumeSandboxesLiveOn() {
    assumeThat(bench.driver().traits()).contains(Trait.OUTLIVES_AGENT);
  }

  private Sandbox adopt(Run run, State state) throws InterruptedException {
    SandboxId id = run.sandbox().id();
    assertThat(bench.listed()).containsExactly(new Found(id, state));
    Sandbox adopted = bench.driver().adopt(id).orElseThrow();
    assertThat(adopted.id()).isEqualTo(id);
    assertThat(adopted.state()).isEqualTo(state);
    return adopted;
  }

  private static void assertConflict(Sandbox started) {
    Bench.assertFails(
        DriverException.Kind.CONFLICT,
        () -> started.start(Invocation.of(), Stdio.none(), Port.closed()));
  }
}
