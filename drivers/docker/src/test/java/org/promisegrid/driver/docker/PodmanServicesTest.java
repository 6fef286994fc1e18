package org.promisegrid.driver.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
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
import org.promisegrid.sandbox.service.Published;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceLog;
import org.promisegrid.sandbox.service.ServicePlace;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.ServiceSpec.Network;
import org.promisegrid.sandbox.service.ServiceState;
import org.promisegrid.sandbox.service.Services;
import org.promisegrid.tck.TestContent;
import org.promisegrid.tck.TestHost;
import org.promisegrid.tck.TestProgram;

/// What services are promised of a Podman otherwise than of Docker, and what it does otherwise
/// where nobody may notice.
@Timeout(300)
@EnabledIfEnvironmentVariable(named = PodmanDriverTest.VARIABLE, matches = "unix://.+")
final class PodmanServicesTest {

  private static final NodeId NODE = new NodeId("did:key:zPodman");
  private static final String STACK = "podman";
  private static final Network OUTER = new Network("outer", true, false);
  private static final Network INNER = new Network("inner", false, false);

  @TempDir Path root;

  private final TestContent content = new TestContent();
  private SandboxDriver driver;
  private Services services;

  @BeforeEach
  void aPodman() throws Exception {
    open();
  }

  private void open() throws Exception {
    DockerDriverFactory factory = new DockerDriverFactory();
    Map<String, String> settings =
        Map.of("host", String.valueOf(System.getenv(PodmanDriverTest.VARIABLE)));
    driver =
        factory.open(
            factory.targets(settings).getFirst(),
            settings,
            new TestHost(NODE, Files.createTempDirectory(root, "scratch"), content));
    Fitness fitness = driver.probe();
    assumeThat(fitness.status()).as(fitness.reason()).isEqualTo(Fitness.Status.HEALTHY);
    services = driver.power(Services.class).orElseThrow();
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    try (SandboxDriver _ = driver) {
      if (services == null) {
        return;
      }
      for (var found : services.services()) {
        services.adopt(found.id()).orElseThrow().remove();
      }
      services.leave(STACK);
      for (FoundVolume volume : services.volumes()) {
        services.remove(volume);
      }
      assertThat(networks()).isEmpty();
    }
  }

  /// Names of networks that are this node's.
  private List<String> networks() throws Exception {
    try (Engine engine =
        new Engine(Settings.socket(driver.target().address()).orElseThrow(), root)) {
      return engine.ask("looking at networks", client -> client.listNetworksCmd().exec()).stream()
          .filter(network ->
              network.getLabels() != null
                  && NODE.did().equals(network.getLabels().get(Naming.NODE)))
          .map(com.github.dockerjava.api.model.Network::getName)
          .toList();
    }
  }

  private ServiceSpec spec(
      String name,
      List<Mounted> mounts,
      List<Published> ports,
      List<Network> networks,
      String... steps) {
    return new ServiceSpec(
        new ServicePlace(STACK, name, 0),
        1,
        Cid.of("what is wanted".getBytes(StandardCharsets.UTF_8)),
        new Form("image", content.put(Images.of(TestProgram.SERVE))),
        new ServiceSpec.Workload(
            Optional.empty(),
            Optional.of(List.of(steps)),
            Map.of(),
            Optional.empty(),
            Optional.empty()),
        ServiceSpec.Security.STRICT,
        Isolation.SANDBOX,
        new ServiceSpec.Allowance(64 << 20, 0, 64),
        mounts,
        ports,
        networks,
        List.of(),
        new ServiceSpec.StopTerms(Optional.empty(), Duration.ofMinutes(1)),
        new ServiceSpec.LogTerms(1 << 20, 2));
  }

  private Service create(ServiceSpec spec) throws InterruptedException {
    return switch (services.offers(spec)) {
      case Quote.Offered offered ->
          services.create(
              new SandboxId("podman-" + UUID.randomUUID()), spec, offered.offers().getFirst());
      case Quote.Declined declined -> throw new AssertionError(declined.reason());
    };
  }

  /// One that listens at its port 8080, and does by now.
  private Service listening(String name, List<Published> ports, Network... networks)
      throws Exception {
    Service service =
        create(
            spec(
                name,
                List.of(),
                ports,
                List.of(networks),
                "listen",
                "8080",
                "it is " + name,
                "out",
                "here",
                "hold"));
    service.start();
    try (ServiceLog log = service.logs(new LogRange(-1, Optional.empty(), true))) {
      assertThat(log.next()).as("its first line").isPresent();
    }
    return service;
  }

  private static ServiceState.Running running(Service service) throws InterruptedException {
    return (ServiceState.Running) service.state();
  }

  private static Published port(int port) {
    return new Published(8080, Published.Transport.TCP, "127.0.0.1", port);
  }

  @Test
  void aPortThatIsTakenIsAConflictBeforeAnythingIsMade() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      ServiceSpec spec =
          spec("web", List.of(), List.of(port(taken.getLocalPort())), List.of(OUTER), "hold");
      assertThatExceptionOfType(DriverException.class)
          .isThrownBy(() -> create(spec))
          .withMessageContaining(Integer.toString(taken.getLocalPort()))
          .extracting(DriverException::kind)
          .isEqualTo(DriverException.Kind.CONFLICT);
      assertThat(networks()).isEmpty();
    }
  }

  @Test
  void onePortIsOneServices() throws Exception {
    Service first = listening("web", List.of(port(0)), OUTER);
    int number = running(first).ports().getFirst().port();
    ServiceSpec second = spec("other", List.of(), List.of(port(number)), List.of(OUTER), "hold");
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(() -> create(second).start())
        .extracting(DriverException::kind)
        .isEqualTo(DriverException.Kind.CONFLICT);
  }

  @Test
  void whatMayNotReachTheWorldIsntPromisedPorts() throws Exception {
    ServiceSpec spec = spec("web", List.of(), List.of(port(0)), List.of(INNER), "exit", "0");
    assertThat(services.offers(spec))
        .isInstanceOfSatisfying(
            Quote.Declined.class,
            declined -> assertThat(declined.reason()).contains("Podman", "reaches the world"));
  }

  @Test
  void aVolumeThatNoContainerHasIsKept() throws Exception {
    Mounted data = new Mounted.Volume("data", "/data", false, false);
    Service service = create(spec("web", List.of(data), List.of(), List.of(), "exit", "0"));
    service.remove();
    driver.close();
    open();
    assertThat(services.volumes()).containsExactly(new FoundVolume(STACK, "data"));
  }
}
