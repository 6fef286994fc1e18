package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Found;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.State;

/// Many sandboxes, many threads, several nodes on one target: nothing gets mixed up.
abstract class ManyContract {

  private static final int MANY = 32;

  private final Bench bench;

  ManyContract(Bench bench) {
    this.bench = bench;
  }

  @Test
  void manyAtOnceEachGiveTheirOwnResult() throws InterruptedException {
    List<Run> runs = new ArrayList<>();
    try {
      int count = Math.min(MANY, bench.fitness().capacity().sandboxes());
      for (int i = 0; i < count; i++) {
        runs.add(bench.start(bench.spec(TestProgram.ECHO), Feed.held(distinct(i))));
      }
      assertThat(bench.listed())
          .extracting(Found::id)
          .containsExactlyInAnyOrderElementsOf(
              runs.stream().map(run -> run.sandbox().id()).toList());
      runs.forEach(run -> run.in().end());
      for (int i = 0; i < count; i++) {
        assertThat(runs.get(i).outcome()).isEqualTo(new Outcome.Exited(0));
        assertThat(runs.get(i).out().bytes()).isEqualTo(distinct(i));
      }
    } finally {
      runs.forEach(Run::close);
    }
  }

  @Test
  void manyThreadsMayUseOneDriver() throws InterruptedException {
    var spec = bench.spec(TestProgram.ECHO);
    int count = Math.min(MANY, bench.fitness().capacity().sandboxes());
    List<Attempt<byte[]>> attempts =
        IntStream.range(0, count)
            .mapToObj(i -> Attempt.of(() -> bench.output(spec, Invocation.of(), distinct(i))))
            .toList();
    for (int i = 0; i < count; i++) {
      assertThat(attempts.get(i).result()).isEqualTo(distinct(i));
    }
  }

  @Test
  void ofManyThatCreateOneIdOneSucceeds() throws InterruptedException {
    SandboxId id = Bench.newId();
    var spec = bench.spec(TestProgram.EXIT);
    CountDownLatch go = new CountDownLatch(1);
    List<Attempt<Optional<Sandbox>>> attempts =
        Stream.generate(() -> Attempt.of(() -> created(id, spec, go))).limit(8).toList();
    go.countDown();
    List<Sandbox> created = new ArrayList<>();
    for (Attempt<Optional<Sandbox>> attempt : attempts) {
      attempt.result().ifPresent(created::add);
    }
    try {
      assertThat(created).hasSize(1);
      assertThat(bench.listed()).containsExactly(new Found(id, new State.Created()));
    } finally {
      created.forEach(Sandbox::close);
    }
  }

  @Test
  void twoNodesOnOneTargetNeverMeet() throws InterruptedException {
    try (SandboxDriver stranger = bench.open(Bench.OTHER_NODE);
        Run run = bench.waiting()) {
      SandboxId id = run.sandbox().id();
      assertThat(stranger.list()).isEmpty();
      assertThat(stranger.adopt(id)).isEmpty();

      var spec = bench.spec(TestProgram.EXIT);
      try (Sandbox namesake = stranger.create(id, spec, bench.offer(spec))) {
        assertThat(stranger.list()).containsExactly(new Found(id, new State.Created()));
        assertThat(bench.listed()).containsExactly(new Found(id, new State.Running()));
        assertThat(namesake.state()).isEqualTo(new State.Created());
      }
      assertThat(stranger.list()).isEmpty();
      assertThat(bench.listed()).hasSize(1);
      bench.release(run);
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
    }
  }

  @Test
  void closingADriverLeavesTheSandboxesOfOtherNodesAlone() throws InterruptedException {
    SandboxDriver stranger = bench.open(Bench.OTHER_NODE);
    try (Run run = bench.waiting()) {
      stranger.close();
      assertThat(run.sandbox().state()).isEqualTo(new State.Running());
      bench.release(run);
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
    }
  }

  /// What this one made; `CONFLICT` is the only reason for nothing.
  private Optional<Sandbox> created(SandboxId id, SandboxSpec spec, CountDownLatch go)
      throws InterruptedException {
    go.await();
    try {
      return Optional.of(bench.create(id, spec));
    } catch (DriverException e) {
      if (e.kind() == DriverException.Kind.CONFLICT) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static byte[] distinct(int i) {
    return Bench.utf8(("workload " + i + "\n").repeat(1000));
  }
}
