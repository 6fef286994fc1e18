package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.SandboxSpec;

/// What goes in and what comes out is the same, byte for byte.
abstract class StreamsContract {

  private static final int MIB = 1 << 20;

  private final Bench bench;

  StreamsContract(Bench bench) {
    this.bench = bench;
  }

  @Test
  void argumentsArriveByteForByte() throws InterruptedException {
    List<String> arguments =
        List.of(
            "",
            "two words",
            " padded ",
            "-x",
            "--",
            "--name=value",
            "@file",
            "*",
            "$HOME",
            "`id`;|&<>",
            "\"'\\",
            "line\nbreak\ttab",
            "Grüße, 世界 🌍",
            "x".repeat(32 * 1024),
            "");
    var invocation = new Invocation(arguments, Map.of(), Optional.empty());
    byte[] written = bench.output(bench.spec(TestProgram.ARGUMENTS), invocation);
    assertThat(written).isEqualTo(Bench.utf8(String.join("\0", arguments) + "\0"));
  }

  @Test
  void noArgumentsAreNone() throws InterruptedException {
    assertThat(bench.output(bench.spec(TestProgram.ARGUMENTS), Invocation.of())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4096, 65_537, 8 * MIB})
  void inputAndOutputAreNotTouched(int length) throws InterruptedException {
    byte[] input = new byte[length];
    new Random(length).nextBytes(input);
    byte[] written = bench.output(bench.spec(TestProgram.ECHO), Invocation.of(), input);
    assertThat(written).isEqualTo(input);
  }

  @Test
  void inputThatIsStillComingIsAwaited() throws InterruptedException {
    byte[] bytes = Bench.utf8("first");
    try (Run run = bench.start(bench.spec(TestProgram.ECHO), Feed.held(bytes))) {
      run.in().awaitReader();
      run.in().end();
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(run.out().bytes()).isEqualTo(bytes);
    }
  }

  @Test
  void inputThatNobodyWantsIsNoError() throws InterruptedException {
    byte[] unread = new byte[4 * MIB];
    try (Run run = bench.start(bench.spec(TestProgram.EXIT), Feed.of(unread), "3")) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(3));
    }
  }

  @Test
  void aWorkloadEndsThoughItsInputDoesNot() throws InterruptedException {
    try (Run run = bench.start(bench.spec(TestProgram.EXIT), Feed.held(), "3")) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(3));
      run.in().awaitNoReader();
    }
  }

  @Test
  void aReaderThatWakesUpGetsEveryByte() throws InterruptedException {
    Collector out = Collector.slow();
    var spec = bench.spec(TestProgram.FLOOD);
    try (Run run = start(spec, out, 4 * MIB)) {
      out.awaitWrite();
      out.open();
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(out.bytes()).isEqualTo(TestProgram.flood(4 * MIB));
    }
  }

  /// A workload that is slowed down by its reader has never done when its time is up; one whose
  /// driver piles up what nobody takes has.
  @Test
  void aWorkloadIsSlowedDownByWhoeverTakesItsOutput() throws InterruptedException {
    Collector out = Collector.slow();
    var spec = bench.spec(TestProgram.FLOOD, Bench.time(Duration.ofSeconds(2)));
    try (Run run = start(spec, out, 64 * MIB)) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exceeded(Limit.TIME));
      assertThat(out.bytes().length).isLessThan(64 * MIB);
    }
  }

  @Test
  void theStreamsAreNotTheDriversToClose() throws InterruptedException {
    Run run = bench.start(bench.spec(TestProgram.LOG), Feed.of(new byte[0]), "text", "1");
    try (run) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
    }
    assertThat(run.in().closed()).as("input closed").isFalse();
    assertThat(run.out().closed()).as("output closed").isFalse();
    assertThat(run.log().closed()).as("log closed").isFalse();
  }

  private Run start(SandboxSpec spec, Collector out, int length) throws InterruptedException {
    return bench.start(
        spec,
        Invocation.of(Integer.toString(length)),
        Feed.of(new byte[0]),
        out,
        Collector.unlimited(),
        Port.closed());
  }
}
