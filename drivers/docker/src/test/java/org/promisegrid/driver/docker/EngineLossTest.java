package org.promisegrid.driver.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.sandbox.Attach;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.tck.Collector;
import org.promisegrid.tck.Feed;
import org.promisegrid.tck.TestContent;
import org.promisegrid.tck.TestHost;
import org.promisegrid.tck.TestProgram;

/// An engine goes in the middle of work, and comes back.
@Timeout(120)
final class EngineLossTest {

  private static final NodeId NODE = new NodeId("did:key:zEngineLoss");
  private static final int MANY = 6;

  /// More than is on its way between a workload and who reads it.
  private static final int MUCH = 8 << 20;

  @TempDir Path folder;

  private final TestContent content = new TestContent();
  private Path socket;
  private Gate gate;
  private SandboxDriver driver;

  @BeforeEach
  void anEngineBehindAGate() throws Exception {
    DockerDriverFactory factory = new DockerDriverFactory();
    var direct = factory.targets(TestEngine.settings()).getFirst();
    Path engine = Settings.socket(direct.address()).orElseThrow();
    try (SandboxDriver looking = factory.open(direct, TestEngine.settings(), host())) {
      Fitness fitness = looking.probe();
      assumeThat(fitness.status()).as(fitness.reason()).isEqualTo(Fitness.Status.HEALTHY);
    }
    socket = Files.createTempDirectory("gate").resolve("s"); // short, as sockets' names are
    gate = new Gate(socket, engine);
    driver = open();
  }

  private SandboxDriver open() throws IOException {
    DockerDriverFactory factory = new DockerDriverFactory();
    Map<String, String> settings = Map.of("host", "unix://" + socket);
    return factory.open(factory.targets(settings).getFirst(), settings, host());
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    if (gate == null) {
      return;
    }
    for (var found : driver.list()) {
      driver.adopt(found.id()).ifPresent(Sandbox::close);
    }
    assertThat(driver.list()).isEmpty();
    driver.close();
    gate.close();
    Files.delete(socket.getParent());
  }

  private TestHost host() throws IOException {
    return new TestHost(NODE, Files.createTempDirectory(folder, "scratch"), content);
  }

  @Test
  void anEngineThatIsGoneIsUnhealthyAndOneThatIsBackIsUsed() throws Exception {
    assertThat(driver.probe().status()).isEqualTo(Fitness.Status.HEALTHY);
    gate.shut();
    Fitness gone = driver.probe();
    assertThat(gone.status()).isNotEqualTo(Fitness.Status.HEALTHY);
    assertThat(gone.reason()).isNotBlank();
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(() -> create("gone", TestProgram.EXIT, Limits.DEFAULT))
        .extracting(DriverException::kind)
        .isEqualTo(DriverException.Kind.UNAVAILABLE);
    gate.open();
    assertThat(driver.probe().status()).isEqualTo(Fitness.Status.HEALTHY);
    try (Sandbox sandbox = create("back", TestProgram.EXIT, Limits.DEFAULT)) {
      sandbox.start(Invocation.of("7"), Stdio.none(), Port.closed());
      assertThat(sandbox.await().outcome()).isEqualTo(new Outcome.Exited(7));
    }
  }

  @Test
  void whoeverWaitsHearsOfItAndNothingHangs() throws Exception {
    List<Sandbox> running = new ArrayList<>();
    List<Feed> inputs = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      Sandbox sandbox = create("many-" + i, TestProgram.WAIT, Limits.DEFAULT);
      Feed in = Feed.held();
      sandbox.start(
          Invocation.of(),
          new Stdio(in, Collector.unlimited(), Collector.unlimited()),
          Port.closed());
      in.awaitReader();
      running.add(sandbox);
      inputs.add(in);
    }
    gate.shut();
    for (int i = 0; i < MANY; i++) {
      assertThat(running.get(i).await().outcome())
          .isInstanceOfSatisfying(
              Outcome.Lost.class, lost -> assertThat(lost.why()).contains("engine at unix://"));
      inputs.get(i).awaitNoReader();
    }
    running.forEach(Sandbox::close);
    gate.open();
    assertThat(driver.probe().status()).isEqualTo(Fitness.Status.HEALTHY);
    assertThat(driver.list()).as("removed once the engine was back").isEmpty();
  }

  @Test
  void aRunThatEndedMeanwhileIsToldByItsSpool() throws Exception {
    Collector out = Collector.unlimited();
    Limits some = new Limits(Duration.ofSeconds(3), 64 << 20, 1 << 20, 1 << 20);
    try (Sandbox sandbox = create("spooled", TestProgram.SPIN, some)) {
      sandbox.start(
          Invocation.of(),
          new Stdio(Feed.of(new byte[0]), out, Collector.unlimited()),
          Port.closed());
      gate.shut();
      gate.open();
      assertThat(sandbox.await().outcome()).isEqualTo(new Outcome.Exceeded(Limit.TIME));
    }
  }

  @Test
  void aSlowReaderMissesNothingWhenTheConnectionBreaks() throws Exception {
    try (Sandbox sandbox = create("slow", TestProgram.FLOOD, Limits.DEFAULT)) {
      Collector out = Collector.slow();
      sandbox.start(
          Invocation.of(Integer.toString(MUCH)),
          new Stdio(Feed.of(new byte[0]), out, Collector.unlimited()),
          Port.closed());
      breakWhileItWrites(out);
      assertThat(sandbox.await().outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(out.bytes()).hasSize(MUCH).isEqualTo(TestProgram.flood(MUCH));
    }
  }

  @Test
  void whatARunWroteIsToldOnceThoughTheEngineGoesMeanwhile() throws Exception {
    Collector nobody = Collector.unlimited();
    create("told", TestProgram.FLOOD, Limits.DEFAULT)
        .start(
            Invocation.of(Integer.toString(MUCH)),
            new Stdio(Feed.of(new byte[0]), nobody, Collector.unlimited()),
            Port.closed());
    driver.adopt(new SandboxId("told")).orElseThrow().await();
    driver.close();
    driver = open();
    try (Sandbox adopted = driver.adopt(new SandboxId("told")).orElseThrow()) {
      assertThat(adopted.state()).isInstanceOf(State.Ended.class);
      Collector out = Collector.slow();
      adopted
          .power(Attach.class)
          .orElseThrow()
          .attach(new Stdio(Feed.of(new byte[0]), out, Collector.unlimited()));
      breakWhileItWrites(out);
      assertThat(adopted.await().outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(out.bytes()).hasSize(MUCH).isEqualTo(TestProgram.flood(MUCH));
    }
  }

  @Test
  void whoIsToldNoMoreOfWhatEndedIsntWaitedFor() throws Exception {
    create("cut", TestProgram.FLOOD, Limits.DEFAULT)
        .start(
            Invocation.of(Integer.toString(MUCH)),
            new Stdio(Feed.of(new byte[0]), Collector.unlimited(), Collector.unlimited()),
            Port.closed());
    driver.adopt(new SandboxId("cut")).orElseThrow().await();
    driver.close();
    driver = open();
    try (Sandbox adopted = driver.adopt(new SandboxId("cut")).orElseThrow()) {
      Collector out = Collector.slow();
      adopted
          .power(Attach.class)
          .orElseThrow()
          .attach(new Stdio(Feed.of(new byte[0]), out, Collector.unlimited()));
      out.awaitWrite();
      adopted.stop(Duration.ZERO);
      assertThat(adopted.await().outcome()).isEqualTo(new Outcome.Stopped());
    }
  }

  private void breakWhileItWrites(Collector out) throws Exception {
    out.awaitWrite();
    gate.shut();
    gate.open();
    out.open();
  }

  private Sandbox create(String id, TestProgram program, Limits limits)
      throws InterruptedException {
    Form form = new Form("image", content.put(Images.of(program)));
    SandboxSpec spec = new SandboxSpec(form, limits, Isolation.SANDBOX, false, Map.of());
    Offer offer = ((Quote.Offered) driver.offers(spec)).offers().getFirst();
    return driver.create(new SandboxId(id), spec, offer);
  }
}
