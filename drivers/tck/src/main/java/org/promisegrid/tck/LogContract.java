package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.LogQuery;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Sandbox;

/// Standard error is the log: kept apart from the result, up to a limit, and read from any offset.
abstract class LogContract {

  private final Bench bench;

  LogContract(Bench bench) {
    this.bench = bench;
  }

  @Test
  void theLogIsNoPartOfTheOutput() throws InterruptedException {
    try (Run run = bench.start(bench.spec(TestProgram.LOG), "a line", "3")) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(run.out().text()).isEqualTo("done\n");
      assertThat(run.log().text()).isEqualTo("a line\n".repeat(3));
    }
  }

  @Test
  void theLogIsReadFromAnyOffset() throws InterruptedException, IOException {
    try (Run run = bench.start(bench.spec(TestProgram.LOG), "0123456", "2")) {
      run.outcome();
      assertThat(read(run.sandbox(), 0, false)).isEqualTo("0123456\n0123456\n");
      assertThat(read(run.sandbox(), 5, false)).isEqualTo("56\n0123456\n");
      assertThat(read(run.sandbox(), 15, false)).isEqualTo("\n");
      assertThat(read(run.sandbox(), 16, false)).isEmpty();
      assertThat(read(run.sandbox(), 1 << 30, false)).isEmpty();
    }
  }

  @Test
  void followingAnEndedRunEnds() throws InterruptedException, IOException {
    try (Run run = bench.start(bench.spec(TestProgram.LOG), "text", "1")) {
      run.outcome();
      assertThat(read(run.sandbox(), 2, true)).isEqualTo("xt\n");
    }
  }

  @Test
  void theLogOfARunningSandboxIsReadWithoutWaitingForMore()
      throws InterruptedException, IOException {
    try (Run run = bench.waiting()) {
      assertThat(read(run.sandbox(), 0, false)).isEmpty();
      bench.release(run);
    }
  }

  /// The reader follows from before the start; the log's other taker is held up, so that the run
  /// can't be over before the reader has seen its first byte.
  @Test
  void aFollowerGetsEverythingUntilTheRunEnds() throws InterruptedException, IOException {
    Collector log = Collector.slow();
    Collector out = Collector.unlimited();
    int lines = 20_000;
    String line = "0123456789 0123456789 0123456789";
    var spec = bench.spec(TestProgram.LOG);
    var invocation = Invocation.of(line, Integer.toString(lines));
    try (Run run = bench.start(spec, invocation, Feed.of(new byte[0]), out, log, Port.closed());
        InputStream followed = run.sandbox().logs(new LogQuery(0, true))) {
      int first = followed.read();
      log.open();
      assertThat(first).isEqualTo('0');
      assertThat(followed.readAllBytes())
          .isEqualTo(Bench.utf8((line + "\n").repeat(lines).substring(1)));
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
    }
  }

  @Test
  void aFollowerOfASilentRunEndsWithIt() throws InterruptedException {
    try (Run run = bench.waiting()) {
      Attempt<String> following = Attempt.of(() -> read(run.sandbox(), 0, true));
      bench.release(run);
      assertThat(following.result()).isEmpty();
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
    }
  }

  @Test
  void whatCrossesTheLogLimitIsDiscardedAndTheRunGoesOn() throws InterruptedException, IOException {
    try (Run run = bench.start(bench.spec(TestProgram.LOG, Bench.log(10)), "0123456", "1000")) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(run.out().text()).isEqualTo("done\n");
      assertThat(read(run.sandbox(), 0, false)).isEqualTo("0123456\n01");
    }
  }

  @Test
  void aLogOfNothingIsKeptWhereTheLimitIsZero() throws InterruptedException, IOException {
    try (Run run = bench.start(bench.spec(TestProgram.LOG, Bench.log(0)), "text", "10")) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(read(run.sandbox(), 0, true)).isEmpty();
    }
  }

  private static String read(Sandbox sandbox, long offset, boolean follow)
      throws InterruptedException, IOException {
    try (InputStream in = sandbox.logs(new LogQuery(offset, follow))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
