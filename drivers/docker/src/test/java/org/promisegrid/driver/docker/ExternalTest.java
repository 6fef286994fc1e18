package org.promisegrid.driver.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.FoundVolume;
import org.promisegrid.sandbox.service.LogRange;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceLog;
import org.promisegrid.sandbox.service.ServicePlace;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.ServiceSpec.Network;
import org.promisegrid.sandbox.service.Services;
import org.promisegrid.tck.TestContent;
import org.promisegrid.tck.TestHost;
import org.promisegrid.tck.TestProgram;

/// Volumes and networks that somebody made by hand: services use them, and nothing makes or removes
/// them.
@Timeout(120)
final class ExternalTest {

  private static final NodeId NODE = new NodeId("did:key:zExternal");
  private static final String NAME = "by-hand-external";
  private static final String NODES_OWN = "by-hand-of-a-node";
  private static final String OTHER = "did:key:zSomebodyElse";
  private static final Mounted THEIRS = new Mounted.Volume(NAME, "/data", false, true);

  @TempDir Path root;

  private final TestContent content = new TestContent();
  private SandboxDriver driver;
  private Services services;
  private Engine engine;
  private int made;

  @BeforeEach
  void whatSomebodyMadeByHand() throws Exception {
    DockerDriverFactory factory = new DockerDriverFactory();
    driver =
        factory.open(
            factory.targets(TestEngine.settings()).getFirst(),
            TestEngine.settings(),
            new TestHost(NODE, Files.createTempDirectory(root, "scratch"), content));
    Fitness fitness = driver.probe();
    assumeThat(fitness.status()).as(fitness.reason()).isEqualTo(Fitness.Status.HEALTHY);
    services = driver.power(Services.class).orElseThrow();
    engine = new Engine(Settings.socket(driver.target().address()).orElseThrow(), root);
    engine.ask(
        "making things by hand",
        client -> {
          client.createVolumeCmd().withName(NAME).exec();
          client.createNetworkCmd().withName(NAME).withInternal(true).exec();
          Map<String, String> label = Map.of(Naming.NODE, OTHER);
          client.createVolumeCmd().withName(NODES_OWN).withLabels(label).exec();
          client.createNetworkCmd().withName(NODES_OWN).withInternal(true).withLabels(label).exec();
          return true;
        });
  }

  @AfterEach
  void itIsThereStillAndNothingElseIs() throws Exception {
    try (SandboxDriver _ = driver) {
      if (services == null) {
        return;
      }
      for (var found : services.services()) {
        services.adopt(found.id()).orElseThrow().remove();
        services.leave(found.place().stack());
      }
      assertThat(services.volumes()).isEmpty();
      engine.ask(
          "removing what was made by hand, which has to be there",
          client -> {
            for (String name : List.of(NAME, NODES_OWN)) {
              client.removeVolumeCmd(name).exec();
              client.removeNetworkCmd(name).exec();
            }
            return true;
          });
      engine.close();
    }
  }

  private ServiceSpec spec(
      String stack, List<Mounted> mounts, List<Network> networks, String... steps) {
    return new ServiceSpec(
        new ServicePlace(stack, "web", 0),
        1,
        Cid.of("what is wanted".getBytes(StandardCharsets.UTF_8)),
        new Form("image", content.put(Images.of(TestProgram.SERVE))),
        new ServiceSpec.Workload(
            Optional.empty(),
            Optional.of(List.of(steps)),
            Map.of(),
            Optional.empty(),
            Optional.empty()),
        ServiceSpec.Security.IMAGE, // a volume that nobody filled is root's
        Isolation.SANDBOX,
        new ServiceSpec.Allowance(64 << 20, 0, 64),
        mounts,
        List.of(),
        networks,
        List.of(),
        new ServiceSpec.StopTerms(Optional.empty(), Duration.ofMinutes(1)),
        new ServiceSpec.LogTerms(1 << 20, 2));
  }

  private Service create(ServiceSpec spec) throws InterruptedException {
    return switch (services.offers(spec)) {
      case Quote.Offered offered ->
          services.create(new SandboxId("external-" + ++made), spec, offered.offers().getFirst());
      case Quote.Declined declined -> throw new AssertionError(declined.reason());
    };
  }

  private static String text(Service service, boolean follow, String until) throws Exception {
    StringBuilder text = new StringBuilder();
    try (ServiceLog log = service.logs(new LogRange(-1, Optional.empty(), follow))) {
      while (until.isEmpty() || text.indexOf(until) < 0) {
        Optional<ServiceLog.Piece> piece = log.next();
        if (piece.isEmpty()) {
          break;
        }
        text.append(StandardCharsets.UTF_8.decode(piece.get().bytes()));
      }
      return text.toString();
    }
  }

  /// What it writes until it ends; it is removed then, with its stack's networks.
  private String output(ServiceSpec spec) throws Exception {
    Service service = create(spec);
    service.start();
    assertThat(service.await().code()).isZero();
    String text = text(service, false, "");
    service.remove();
    services.leave(spec.place().stack());
    return text;
  }

  @Test
  void aVolumeIsUsedByWhoeverNamesItAndOutlivesThemAll() throws Exception {
    assertThat(output(spec("one", List.of(THEIRS), List.of(), "write", "/data/f", "from one")))
        .isEqualTo("wrote /data/f\n");
    assertThat(services.volumes()).isEmpty();
    services.remove(new FoundVolume("one", NAME));
    assertThat(output(spec("two", List.of(THEIRS), List.of(), "read", "/data/f")))
        .contains("from one");
  }

  @Test
  void aVolumeThatIsOnlyToBeReadIs() throws Exception {
    Mounted read = new Mounted.Volume(NAME, "/data", true, true);
    assertThat(output(spec("one", List.of(read), List.of(), "write", "/data/f", "x")))
        .isEqualTo("can't write /data/f\n");
  }

  @Test
  void servicesOfTwoStacksMeetInANetworkThatIsntTheirs() throws Exception {
    Network theirs = new Network(NAME, false, true);
    Network own = new Network("inner", false, false);
    Service web =
        create(
            spec(
                "one",
                List.of(),
                List.of(own, theirs),
                "listen",
                "80",
                "hello",
                "out",
                "here",
                "hold"));
    web.start();
    assertThat(text(web, true, "here\n")).isEqualTo("here\n");
    assertThat(output(spec("two", List.of(), List.of(theirs), "ask", "web", "80")))
        .isEqualTo("hello\n");
    assertThat(output(spec("three", List.of(), List.of(own), "ask", "web", "80")))
        .as("in its own stack's network of the same name, where it finds itself")
        .isEqualTo("can't reach web\n");
  }

  @Test
  void whatCouldntBeMadeLeavesThem() {
    Mounted absent = new Mounted.Volume("by-hand-absent", "/more", false, true);
    Network theirs = new Network(NAME, false, true);
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(
            () -> create(spec("one", List.of(THEIRS, absent), List.of(theirs), "exit", "0")))
        .withMessageContaining("by-hand-absent")
        .extracting(DriverException::kind)
        .isEqualTo(DriverException.Kind.UNSUPPORTED);
  }

  @Test
  void whatBelongsToANodeOrToTheHostIsNobodysToName() {
    Mounted volume = new Mounted.Volume(NODES_OWN, "/data", false, true);
    assertRefused(spec("one", List.of(volume), List.of(), "exit", "0"), "a node's own");
    for (String network : List.of(NODES_OWN, "host", "none")) {
      assertRefused(
          spec("one", List.of(), List.of(new Network(network, false, true)), "exit", "0"), network);
    }
  }

  private void assertRefused(ServiceSpec spec, String why) {
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(() -> create(spec))
        .withMessageContaining(why)
        .extracting(DriverException::kind)
        .isEqualTo(DriverException.Kind.UNSUPPORTED);
  }
}
