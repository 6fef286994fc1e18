package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Trait;

/// A workload finds what it was given and nothing else; a pure one always finds the same.
abstract class SurroundingsContract {

  private static final Cid SEED = Cid.of(Bench.utf8("one call"));
  private static final Cid OTHER_SEED = Cid.of(Bench.utf8("another call"));

  private final Bench bench;

  SurroundingsContract(Bench bench) {
    this.bench = bench;
  }

  @Test
  void theEnvironmentIsEmpty() throws InterruptedException {
    assertThat(bench.output(bench.spec(TestProgram.ENVIRONMENT), Invocation.of())).isEmpty();
  }

  @Test
  void theEnvironmentIsWhatTheInvocationGives() throws InterruptedException {
    var variables = Map.of("B", "x = y", "A", "Grüße 🌍", "EMPTY", "");
    var invocation = new Invocation(List.of(), variables, Optional.empty());
    byte[] written = bench.output(bench.spec(TestProgram.ENVIRONMENT), invocation);
    assertThat(written).isEqualTo(Bench.utf8("A=Grüße 🌍\0B=x = y\0EMPTY=\0"));
  }

  @Test
  void thereAreNoFilesButItsOwn() throws InterruptedException {
    byte[] found = bench.output(bench.spec(TestProgram.FILES), Invocation.of());
    assertThat(found).asString(StandardCharsets.UTF_8).isEqualTo(bench.filesOfItsCode());
  }

  @Test
  void aSandboxLeavesNothingForTheNext() throws InterruptedException {
    var spec = bench.spec(TestProgram.FILES);
    byte[] first = bench.output(spec, Invocation.of());
    assertThat(bench.output(spec, Invocation.of())).isEqualTo(first);
  }

  @Test
  void randomnessIsNotTheSameTwice() throws InterruptedException {
    var spec = bench.spec(TestProgram.RANDOM);
    byte[] first = bench.output(spec, Invocation.of("32"));
    assertThat(first).hasSize(32);
    assertThat(bench.output(spec, Invocation.of("32"))).isNotEqualTo(first);
  }

  @Test
  void aPureWorkloadHasNoEnvironmentAndNoFiles() throws InterruptedException {
    assumePurityIsEnforced();
    assertThat(output(bench.pure(TestProgram.ENVIRONMENT), SEED)).isEmpty();
    assertThat(output(bench.pure(TestProgram.FILES), SEED)).isEmpty();
  }

  @Test
  void aPureWorkloadsClockStandsStill() throws InterruptedException {
    assumePurityIsEnforced();
    byte[] first = output(bench.pure(TestProgram.CLOCK), SEED);
    assertThat(first).isNotEmpty();
    assertThat(output(bench.pure(TestProgram.CLOCK), SEED)).isEqualTo(first);
    assertThat(output(bench.pure(TestProgram.CLOCK), OTHER_SEED)).isEqualTo(first);
  }

  @Test
  void aPureWorkloadsRandomnessComesFromItsSeed() throws InterruptedException {
    assumePurityIsEnforced();
    byte[] first = output(bench.pure(TestProgram.RANDOM), SEED, "4096");
    assertThat(first).hasSize(4096);
    assertThat(output(bench.pure(TestProgram.RANDOM), SEED, "4096")).isEqualTo(first);
    assertThat(output(bench.pure(TestProgram.RANDOM), OTHER_SEED, "4096")).isNotEqualTo(first);
  }

  @Test
  void aPureWorkloadFindsTheSameInEveryDriver() throws InterruptedException {
    assumePurityIsEnforced();
    byte[] clock = output(bench.pure(TestProgram.CLOCK), SEED);
    byte[] random = output(bench.pure(TestProgram.RANDOM), SEED, "64");
    bench.restart();
    assertThat(output(bench.pure(TestProgram.CLOCK), SEED)).isEqualTo(clock);
    assertThat(output(bench.pure(TestProgram.RANDOM), SEED, "64")).isEqualTo(random);
  }

  private void assumePurityIsEnforced() {
    assumeThat(bench.driver().traits()).contains(Trait.ENFORCES_PURITY);
  }

  private byte[] output(SandboxSpec spec, Cid seed, String... arguments)
      throws InterruptedException {
    return bench.output(spec, new Invocation(List.of(arguments), Map.of(), Optional.of(seed)));
  }
}
