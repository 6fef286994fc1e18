package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Trait;
import org.promisegrid.sandbox.service.ExecSpec;
import org.promisegrid.sandbox.service.Execution;
import org.promisegrid.sandbox.service.LogRange;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceStats;

/// Programs beside a service's workload, and what it uses.
abstract class ServiceExecContract extends ServiceBench {

  ServiceExecContract(SandboxDriverContract contract, Bench bench) {
    super(contract, bench);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 77})
  void aProgramsCodeIsTold(int code) throws InterruptedException, IOException {
    Service service = running();
    try (Execution execution = service.exec(words("exit", Integer.toString(code)))) {
      assertThat(execution.next()).isEmpty();
      assertThat(execution.code()).isEqualTo(code);
    }
  }

  @Test
  void bothItsStreamsAreToldApartAndNotKept() throws InterruptedException, IOException {
    Service service = running();
    try (Execution execution = service.exec(words("err", "to one", "out", "to the other"))) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      for (var piece = execution.next(); piece.isPresent(); piece = execution.next()) {
        append(piece.get().error() ? err : out, piece.get().bytes());
      }
      assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("to the other\n");
      assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("to one\n");
    }
    assertThat(text(service, LogRange.ALL, false)).isEqualTo("here\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100_000, 3_000_000})
  void itsInputArrivesToItsEndByteForByte(int size) throws Exception {
    Service service = running();
    byte[] input = TestProgram.flood(size);
    try (Execution execution = service.exec(words("echo"))) {
      AtomicReference<IOException> failed = new AtomicReference<>();
      Thread writing =
          Thread.ofVirtual()
              .start(() -> {
                try (var in = execution.input()) {
                  in.write(input);
                } catch (IOException e) {
                  failed.set(e);
                }
              });
      assertThat(output(execution)).isEqualTo(input);
      writing.join();
      assertThat(failed.get()).isNull();
      assertThat(execution.code()).isZero();
    }
  }

  @Test
  void itHasTheServicesSurroundingsAndItsOwnVariables() throws InterruptedException, IOException {
    Service service =
        started(
            doing("out", "here", "hold").variable("OWN", "of the service").variable("BOTH", "one"));
    awaitLine(service, "here");
    ExecSpec spec =
        new ExecSpec(
            words("env", "OWN", "env", "BOTH", "env", "MORE").words(),
            Map.of("BOTH", "two", "MORE", "of the program"),
            Optional.empty(),
            Optional.empty());
    try (Execution execution = service.exec(spec)) {
      assertThat(new String(output(execution), StandardCharsets.UTF_8))
          .isEqualTo("of the service\ntwo\nof the program\n");
    }
  }

  @Test
  void withoutATerminalItHasNone() throws InterruptedException, IOException {
    try (Execution execution = running().exec(words("terminal"))) {
      assertThat(new String(output(execution), StandardCharsets.UTF_8)).isEqualTo("no terminal\n");
    }
  }

  @Test
  void aTerminalHasItsSizeAndTakesAnother() throws InterruptedException, IOException {
    needs(Trait.SERVICE_TERMINALS);
    ExecSpec spec =
        new ExecSpec(
            words("rows", "41", "rows", "52", "echo").words(),
            Map.of(),
            Optional.empty(),
            Optional.of(new ExecSpec.Size(41, 97)));
    try (Execution execution = running().exec(spec)) {
      StringBuilder seen = new StringBuilder();
      awaitText(execution, seen, "terminal of 41 rows, 97 columns");
      execution.resize(new ExecSpec.Size(52, 80));
      awaitText(execution, seen, "terminal of 52 rows, 80 columns");
      execution.input().write(Bench.utf8("typed\n"));
      execution.input().flush();
      awaitText(execution, seen, "typed");
      execution.input().close();
      output(execution);
      assertThat(execution.code()).isZero();
    }
  }

  @Test
  void aProgramThatIsntThereIsRefused() throws InterruptedException, IOException {
    Service service = running();
    ExecSpec spec =
        new ExecSpec(List.of("/no/such/program"), Map.of(), Optional.empty(), Optional.empty());
    Bench.assertFails(Kind.UNSUPPORTED, () -> service.exec(spec).close());
  }

  @Test
  void nothingIsRunBesideOneThatDoesntRun() throws InterruptedException {
    Service service = create(doing("exit", "0"));
    Bench.assertFails(Kind.CONFLICT, () -> service.exec(words("exit", "0")).close());
    Bench.assertFails(Kind.CONFLICT, service::stats);
    service.start();
    service.await();
    Bench.assertFails(Kind.CONFLICT, () -> service.exec(words("exit", "0")).close());
    Bench.assertFails(Kind.CONFLICT, service::stats);
  }

  @Test
  void closingEndsAReadAndTheServiceGoesOn() throws Exception {
    Service service = running();
    Execution execution = service.exec(words("out", "there", "echo"));
    assertThat(StandardCharsets.UTF_8.decode(execution.next().orElseThrow().bytes()).toString())
        .isEqualTo("there\n");
    Attempt<Optional<Execution.Piece>> waiting = Attempt.of(execution::next);
    execution.close();
    waiting.awaitEnd();
    try (Execution another = service.exec(words("exit", "3"))) {
      assertThat(another.next()).isEmpty();
      assertThat(another.code()).isEqualTo(3);
    }
  }

  @Test
  void whatRunsBesideItEndsWithIt() throws Exception {
    Service service = running();
    try (Execution execution = service.exec(words("out", "there", "hold"))) {
      assertThat(execution.next()).isPresent();
      service.signal("SIGKILL");
      service.await();
      assertThat(execution.next()).isEmpty();
    }
  }

  @Test
  void severalRunAtOnce() throws InterruptedException, IOException {
    Service service = running();
    List<Execution> many = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      many.add(
          service.exec(words("out", Integer.toString(i), "echo", "exit", Integer.toString(i))));
    }
    for (int i = 4; i >= 0; i--) {
      try (Execution execution = many.get(i)) {
        execution.input().close();
        assertThat(new String(output(execution), StandardCharsets.UTF_8)).isEqualTo(i + "\n");
        assertThat(execution.code()).isEqualTo(i);
      }
    }
  }

  @Test
  void itTellsWhatItUses() throws InterruptedException, IOException {
    Service service =
        started(doing("allocate", Integer.toString(32 << 20), "hold").allowance(128 << 20, 0, 64));
    awaitLine(service, "ok");
    ServiceStats stats = service.stats();
    assertThat(stats.memory()).isBetween(32L << 20, 128L << 20);
    assertThat(stats.memoryLimit()).isEqualTo(128 << 20);
    assertThat(stats.processes()).isPositive();
    assertThat(stats.processor()).isPositive();
  }

  private Service running() throws InterruptedException, IOException {
    Service service = started(doing("out", "here", "hold"));
    awaitLine(service, "here");
    return service;
  }

  /// The program [TestProgram#SERVE] with those steps.
  private ExecSpec words(String... steps) {
    List<String> words = new ArrayList<>(program());
    words.addAll(List.of(steps));
    return new ExecSpec(words, Map.of(), Optional.empty(), Optional.empty());
  }

  /// What it writes until it ends.
  private static byte[] output(Execution execution) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (var piece = execution.next(); piece.isPresent(); piece = execution.next()) {
      append(bytes, piece.get().bytes());
    }
    return bytes.toByteArray();
  }

  private static void awaitText(Execution execution, StringBuilder seen, String text)
      throws IOException {
    while (seen.indexOf(text) < 0) {
      var piece = execution.next().orElseThrow(() -> new AssertionError("it only wrote: " + seen));
      seen.append(StandardCharsets.UTF_8.decode(piece.bytes()));
    }
  }
}
