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

  @TempDir Path folder;

  private final TestContent content = new TestContent();
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
    Path socket = Files.createTempDirectory("gate").resolve("s"); // short, as sockets' names are
    gate = new Gate(socket, engine);
    Map<String, String> settings = Map.of("host", "unix://" + socket);
    driver = factory.open(factory.targets(settings).getFirst(), settings, host());
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
      assertThat(running.get(i).await().outcome()).isInstanceOf(Outcome.Lost.class);
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

  private Sandbox create(String id, TestProgram program, Limits limits)
      throws InterruptedException {
    Form form = new Form("image", content.put(Images.of(program)));
    SandboxSpec spec = new SandboxSpec(form, limits, Isolation.SANDBOX, false, Map.of());
    Offer offer = ((Quote.Offered) driver.offers(spec)).offers().getFirst();
    return driver.create(new SandboxId(id), spec, offer);
  }
}
