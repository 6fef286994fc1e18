package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.sandbox.Trait;

/// Each limit ends the run that crosses it, and no other.
abstract class LimitsContract {

  private static final long MIB = 1 << 20;
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration SOME = Duration.ofSeconds(5);

  private final Bench bench;

  LimitsContract(Bench bench) {
    this.bench = bench;
  }

  @Test
  void aLoopIsEndedWhenItsTimeIsUp() throws InterruptedException {
    try (Run run = bench.start(bench.spec(TestProgram.SPIN, Bench.time(SHORT)))) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exceeded(Limit.TIME));
      assertThat(run.sandbox().state()).isInstanceOf(State.Ended.class);
    }
  }

  @Test
  void waitingForInputTakesTimeToo() throws InterruptedException {
    try (Run run = bench.start(bench.spec(TestProgram.WAIT, Bench.time(SHORT)), Feed.held())) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exceeded(Limit.TIME));
      run.in().awaitNoReader();
    }
  }

  @Test
  void timeBeginsWithTheStart() throws InterruptedException {
    var longer = bench.spec(TestProgram.SPIN, Bench.time(SOME.plus(SHORT)));
    try (Sandbox sandbox = bench.create(bench.spec(TestProgram.EXIT, Bench.time(SOME)));
        Run other = bench.start(longer)) {
      assertThat(other.outcome()).isEqualTo(new Outcome.Exceeded(Limit.TIME));
      assertThat(sandbox.state()).isEqualTo(new State.Created());
      sandbox.start(Invocation.of("3"), Stdio.none(), Port.closed());
      assertThat(sandbox.await().outcome()).isEqualTo(new Outcome.Exited(3));
    }
  }

  @Test
  void memoryBelowTheLimitIsGiven() throws InterruptedException {
    var spec = bench.spec(TestProgram.ALLOCATE, Bench.memory(32 * MIB));
    try (Run run = bench.start(spec, Long.toString(16 * MIB))) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(run.out().text()).isEqualTo("ok\n");
    }
  }

  @Test
  void memoryAboveTheLimitEndsTheRun() throws InterruptedException {
    assumeThat(bench.driver().traits()).contains(Trait.LIMITS_MEMORY);
    var spec = bench.spec(TestProgram.ALLOCATE, Bench.memory(32 * MIB));
    try (Run run = bench.start(spec, Long.toString(64 * MIB))) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exceeded(Limit.MEMORY));
      assertThat(run.out().text()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1000, 100_000})
  void outputUpToTheLimitIsDelivered(int limit) throws InterruptedException {
    var spec = bench.spec(TestProgram.FLOOD, Bench.output(limit));
    try (Run run = bench.start(spec, Integer.toString(limit))) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(run.out().bytes()).isEqualTo(TestProgram.flood(limit));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1000, 100_000})
  void oneByteMoreThanTheOutputLimitEndsTheRun(int limit) throws InterruptedException {
    var spec = bench.spec(TestProgram.FLOOD, Bench.output(limit));
    try (Run run = bench.start(spec, Integer.toString(limit + 1))) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exceeded(Limit.OUTPUT));
      assertThat(run.out().bytes()).isEqualTo(TestProgram.flood(limit));
    }
  }

  @Test
  void aFloodIsEndedLongBeforeItIsOver() throws InterruptedException {
    var spec = bench.spec(TestProgram.FLOOD, Bench.output(1000));
    try (Run run = bench.start(spec, Integer.toString(Integer.MAX_VALUE))) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exceeded(Limit.OUTPUT));
    }
  }

  @Test
  void aLimitHoldsForItsOwnSandboxOnly() throws InterruptedException {
    try (Run patient = bench.waiting()) {
      try (Run looping = bench.start(bench.spec(TestProgram.SPIN, Bench.time(SHORT)));
          Run flooding = bench.start(bench.spec(TestProgram.FLOOD, Bench.output(9)), "10");
          Run generous = bench.start(bench.spec(TestProgram.FLOOD), "1000000")) {
        assertThat(looping.outcome()).isEqualTo(new Outcome.Exceeded(Limit.TIME));
        assertThat(flooding.outcome()).isEqualTo(new Outcome.Exceeded(Limit.OUTPUT));
        assertThat(generous.outcome()).isEqualTo(new Outcome.Exited(0));
      }
      assertThat(patient.sandbox().state()).isEqualTo(new State.Running());
      bench.release(patient);
      assertThat(patient.outcome()).isEqualTo(new Outcome.Exited(0));
    }
  }

  @Test
  void theSameCodeGetsTheLimitsOfEachSpec() throws InterruptedException {
    assumeThat(bench.driver().traits()).contains(Trait.LIMITS_MEMORY);
    String size = Long.toString(48 * MIB);
    for (int i = 0; i < 2; i++) {
      var small = bench.spec(TestProgram.ALLOCATE, Bench.memory(32 * MIB));
      try (Run run = bench.start(small, size)) {
        assertThat(run.outcome()).isEqualTo(new Outcome.Exceeded(Limit.MEMORY));
      }
      var large = bench.spec(TestProgram.ALLOCATE, Bench.memory(96 * MIB));
      try (Run run = bench.start(large, size)) {
        assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
      }
    }
  }
}
