package org.promisegrid.driver.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.LogRange;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceLog;
import org.promisegrid.sandbox.service.ServicePlace;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.ServiceState;
import org.promisegrid.sandbox.service.Services;
import org.promisegrid.tck.TestContent;
import org.promisegrid.tck.TestHost;
import org.promisegrid.tck.TestProgram;

/// What of this host services are given: what its owner's settings allow, and nothing that leads
/// further.
@Timeout(300)
final class HostPathsTest {

  private static final NodeId NODE =
      new NodeId("did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG");

  @TempDir Path root;
  @TempDir Path home;

  private final TestContent content = new TestContent();
  private Path allowed;
  private SandboxDriver driver;
  private Services services;

  @BeforeEach
  void anEngineAndAFolderThatIsAllowed() throws IOException, InterruptedException {
    allowed = Files.createDirectory(root.toRealPath().resolve("allowed"));
    Files.createDirectories(allowed.resolve("deep"));
    Files.writeString(allowed.resolve("deep/file"), "of the host");
    Files.createDirectory(root.resolve("outside"));
    Path scratch = Files.createDirectories(home.resolve("docker"));
    Map<String, String> settings = new HashMap<>(TestEngine.settings());
    settings.put("binds", allowed + ", " + home.toRealPath() + ",/run,/tmp/grid-no-such");
    settings.put("devices", "/dev/null,/dev/shm,nvidia.com/gpu");
    DockerDriverFactory factory = new DockerDriverFactory();
    driver =
        factory.open(
            factory.targets(settings).getFirst(), settings, new TestHost(NODE, scratch, content));
    Fitness fitness = driver.probe();
    assumeTrue(fitness.status() == Fitness.Status.HEALTHY, fitness.reason());
    services = driver.power(Services.class).orElseThrow();
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    try (SandboxDriver _ = driver) {
      if (services != null) {
        for (var found : services.services()) {
          services.adopt(found.id()).orElseThrow().remove();
        }
      }
    }
  }

  private ServiceSpec spec(List<Mounted> mounts, List<String> devices, String... steps) {
    return new ServiceSpec(
        new ServicePlace("paths", "one", 0),
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
        List.of(),
        List.of(),
        devices,
        new ServiceSpec.StopTerms(Optional.empty(), Duration.ofMinutes(1)),
        new ServiceSpec.LogTerms(1 << 20, 2));
  }

  private ServiceSpec bound(Path source, String... steps) {
    return spec(List.of(new Mounted.Bind(source.toString(), "/given", true)), List.of(), steps);
  }

  private void assertRefused(ServiceSpec spec, String why) throws InterruptedException {
    assertThat(services.offers(spec))
        .isInstanceOfSatisfying(
            Quote.Declined.class, declined -> assertThat(declined.reason()).contains(why));
    Offer offer = offer(spec(List.of(), List.of(), "exit", "0"));
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(() -> services.create(id(), spec, offer))
        .withMessageContaining(why)
        .extracting(DriverException::kind)
        .isEqualTo(DriverException.Kind.UNSUPPORTED);
    assertThat(services.services()).isEmpty();
  }

  private Offer offer(ServiceSpec spec) {
    return switch (services.offers(spec)) {
      case Quote.Offered offered -> offered.offers().getFirst();
      case Quote.Declined declined -> throw new AssertionError(declined.reason());
    };
  }

  private static SandboxId id() {
    return new SandboxId("paths-" + UUID.randomUUID());
  }

  private Service create(ServiceSpec spec) throws InterruptedException {
    return services.create(id(), spec, offer(spec));
  }

  private static String output(Service service) throws InterruptedException, IOException {
    service.start();
    service.await();
    StringBuilder text = new StringBuilder();
    try (ServiceLog log = service.logs(LogRange.ALL)) {
      for (var piece = log.next(); piece.isPresent(); piece = log.next()) {
        text.append(StandardCharsets.UTF_8.decode(piece.get().bytes()));
      }
    }
    service.remove();
    return text.toString();
  }

  @Test
  void whatLiesBelowAnAllowedFolderIsGiven() throws InterruptedException, IOException {
    String[] steps = {"read", "/given/file", "write", "/given/new", "x"};
    assertThat(output(create(bound(allowed.resolve("deep"), steps))))
        .isEqualTo("of the host\ncan't write /given/new\n");
    assertThat(output(create(bound(allowed.resolve("deep/file"), "read", "/given"))))
        .isEqualTo("of the host\n");
  }

  @Test
  void oneThatCanBeWrittenIs() throws InterruptedException, IOException {
    Files.writeString(allowed.resolve("open"), "before");
    Files.setPosixFilePermissions(
        allowed.resolve("open"),
        java.nio.file.attribute.PosixFilePermissions.fromString("rw-rw-rw-"));
    Mounted bind = new Mounted.Bind(allowed.resolve("open").toString(), "/given", false);
    assertThat(output(create(spec(List.of(bind), List.of(), "write", "/given", "after"))))
        .isEqualTo("wrote /given\n");
    assertThat(allowed.resolve("open")).hasContent("after");
  }

  @Test
  void aLinkThatStaysInsideIsFollowedOnce() throws InterruptedException, IOException {
    Files.createSymbolicLink(allowed.resolve("link"), allowed.resolve("deep"));
    assertThat(output(create(bound(allowed.resolve("link"), "read", "/given/file"))))
        .isEqualTo("of the host\n");
  }

  @Test
  void nothingElseIsGivenHoweverItIsSaid() throws InterruptedException, IOException {
    Files.createSymbolicLink(allowed.resolve("out"), root.resolve("outside"));
    Files.createSymbolicLink(allowed.resolve("etc"), Path.of("/etc"));
    String why = "isn't one that grid.drivers.docker.binds allows";
    assertRefused(bound(root.resolve("outside")), why);
    assertRefused(bound(root), why);
    assertRefused(bound(allowed.resolve("out")), why);
    assertRefused(bound(allowed.resolve("etc/ssl")), why);
    assertRefused(bound(allowed.resolve("absent")), why);
    assertRefused(bound(Path.of(allowed + "-beside")), why);
    assertRefused(bound(allowed.resolve("../outside")), "no plain path");
    assertRefused(bound(Path.of("allowed")), "no plain path");
  }

  @Test
  void noSocketIsGivenNorWhatIsTheEnginesOrTheAgents() throws InterruptedException, IOException {
    Path socket = allowed.resolve("socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      assertRefused(bound(socket), "isn't a folder that can be given");
    }
    assertRefused(bound(home.toRealPath()), "the agent's own");
    Files.createDirectory(home.resolve("secrets"));
    assertRefused(bound(home.toRealPath().resolve("secrets")), "the agent's own");
  }

  @Test
  void theEnginesSocketAndWhatItKeepsAreNobodysWhateverIsAllowed() throws Exception {
    Map<String, String> settings = new HashMap<>(TestEngine.settings());
    settings.put("binds", "/");
    DockerDriverFactory factory = new DockerDriverFactory();
    var target = factory.targets(settings).getFirst();
    Path socket = Settings.socket(target.address()).orElseThrow();
    Services before = services;
    try (SandboxDriver wide =
        factory.open(target, settings, new TestHost(NODE, home.resolve("docker"), content))) {
      wide.probe();
      services = wide.power(Services.class).orElseThrow();
      assertRefused(bound(socket.toRealPath()), "the engine's");
      assertRefused(bound(Path.of(socket.toRealPath() + "/..").normalize()), "the engine's");
      assertRefused(bound(Path.of("/")), "the engine's");
    } finally {
      services = before;
    }
  }

  @Test
  void whatLeadsElsewhereByNowKeepsItFromStarting() throws InterruptedException, IOException {
    Path folder = Files.createDirectory(allowed.resolve("swapped"));
    Service service = create(bound(folder, "exit", "0"));
    Files.delete(folder);
    Files.createSymbolicLink(folder, Path.of("/etc"));
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(service::start)
        .extracting(DriverException::kind)
        .isEqualTo(DriverException.Kind.UNSUPPORTED);
    Files.delete(folder);
    Files.createSymbolicLink(folder, allowed.resolve("deep"));
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(service::start)
        .withMessageContaining("leads elsewhere now");
    assertThat(service.state()).isInstanceOf(ServiceState.Created.class);
  }

  @Test
  void aDeviceIsGivenWhereItIsAllowedAndNoOther() throws InterruptedException, IOException {
    assertThat(output(create(spec(List.of(), List.of("/dev/null"), "write", "/dev/null", "x"))))
        .isEqualTo("wrote /dev/null\n");
    String why = "isn't one that grid.drivers.docker.devices allows";
    assertRefused(spec(List.of(), List.of("/dev/kmsg")), why);
    assertRefused(spec(List.of(), List.of("/dev/mem")), why);
    assertRefused(spec(List.of(), List.of("/dev/../dev/null")), "no plain path");
    assertRefused(spec(List.of(), List.of("/dev/shm")), "isn't a device that can be given");
  }

  @Test
  void aGpuIsRefusedWhereTheEngineHasNoRuntimeForIt() throws InterruptedException {
    assertRefused(
        spec(List.of(), List.of("nvidia.com/gpu=all")), "the engine has no runtime for it");
    assertRefused(
        spec(List.of(), List.of("amd.com/gpu=all")),
        "isn't one that grid.drivers.docker.devices allows");
  }
}
