package org.promisegrid.driver.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.github.dockerjava.api.command.InspectVolumeResponse;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Network;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Prepare;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.FoundService;
import org.promisegrid.sandbox.service.FoundVolume;
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
import org.promisegrid.tck.TestSecrets;

/// An agent is killed while it makes and starts a service that has all that one can have, at each
/// of the changes that it asks the engine for, one after the other; and the next one does what an
/// agent does that starts.
@Timeout(900)
final class KilledMakerTest {

  private static final NodeId NODE =
      new NodeId("did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG");
  private static final ServicePlace PLACE = new ServicePlace("killed", "one", 0);

  @TempDir Path root;

  private final TestContent content = new TestContent();
  private final TestSecrets secrets = new TestSecrets();
  private Path engineSocket;
  private Path sockets;
  private SandboxDriver next;
  private Services services;
  private Engine engine;
  private List<String> before;

  @BeforeEach
  void anEngineThatHasItsImage() throws Exception {
    secrets.put("password", "a secret".getBytes(StandardCharsets.UTF_8));
    next = open(TestEngine.settings());
    Fitness fitness = next.probe();
    assumeThat(fitness.status()).as(fitness.reason()).isEqualTo(Fitness.Status.HEALTHY);
    services = next.power(Services.class).orElseThrow();
    engineSocket = Settings.socket(next.target().address()).orElseThrow();
    engine = new Engine(engineSocket, root.resolve("none"));
    sockets = Files.createTempDirectory("cut"); // short, as sockets' names are
    Service first = services.create(id(1), spec(1), offer(services, spec(1)));
    first.start();
    first.remove();
    removeAll();
    before = everything();
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    if (services != null) {
      removeAll();
    }
    next.close();
    if (engine != null) {
      engine.close();
      Files.deleteIfExists(sockets);
    }
  }

  private SandboxDriver open(Map<String, String> settings) throws IOException {
    DockerDriverFactory factory = new DockerDriverFactory();
    Path scratch = Files.createTempDirectory(root, "scratch");
    return factory.open(
        factory.targets(settings).getFirst(),
        settings,
        new TestHost(NODE, scratch, content, secrets));
  }

  private static SandboxId id(long generation) {
    return new SandboxId("killed-" + generation);
  }

  private ServiceSpec spec(long generation) {
    Cid file = content.put("a file".getBytes(StandardCharsets.UTF_8));
    return new ServiceSpec(
        PLACE,
        generation,
        Cid.of("what is wanted".getBytes(StandardCharsets.UTF_8)),
        form(),
        new ServiceSpec.Workload(
            Optional.empty(),
            Optional.of(List.of("read", "/file", "read", "/run/s", "out", "here", "hold")),
            Map.of(),
            Optional.empty(),
            Optional.empty()),
        ServiceSpec.Security.STRICT,
        Isolation.SANDBOX,
        new ServiceSpec.Allowance(64 << 20, 0, 64),
        List.of(
            new Mounted.Volume("data", "/data", false, false),
            new Mounted.File(file, "/file", 0444),
            new Mounted.Secret("password", "/run/s")),
        List.of(),
        List.of(
            new ServiceSpec.Network("inner", false, false),
            new ServiceSpec.Network("other", false, false)),
        List.of(),
        new ServiceSpec.StopTerms(Optional.empty(), Duration.ofMinutes(1)),
        new ServiceSpec.LogTerms(1 << 20, 2));
  }

  private Form form() {
    return new Form("image", content.put(Images.of(TestProgram.SERVE)));
  }

  private static Offer offer(Services from, ServiceSpec spec) {
    return switch (from.offers(spec)) {
      case Quote.Offered offered -> offered.offers().getFirst();
      case Quote.Declined declined -> throw new AssertionError(declined.reason());
    };
  }

  private List<Container> containers() throws InterruptedException {
    return engine.ask(
        "looking at containers",
        client ->
            client
                .listContainersCmd()
                .withShowAll(true)
                .withLabelFilter(Map.of(Naming.NODE, NODE.did()))
                .exec());
  }

  /// Whatever of this node's is on the engine, by kind and name.
  private List<String> everything() throws InterruptedException {
    List<String> mine = List.of(Naming.NODE + "=" + NODE.did());
    List<InspectVolumeResponse> volumes =
        engine
            .ask(
                "looking at volumes",
                client -> client.listVolumesCmd().withFilter("label", mine).exec())
            .getVolumes();
    List<Network> networks =
        engine.ask(
            "looking at networks",
            client -> client.listNetworksCmd().withFilter("label", mine).exec());
    return Stream.of(
            containers().stream().map(it -> "container " + it.getNames()[0]),
            (volumes == null ? List.<InspectVolumeResponse>of() : volumes)
                .stream().map(it -> "volume " + it.getName()),
            networks.stream().map(it -> "network " + it.getName()))
        .flatMap(it -> it)
        .sorted()
        .toList();
  }

  private void removeAll() throws InterruptedException {
    var _ = services.tidy();
    for (FoundService found : services.services()) {
      services.adopt(found.id()).orElseThrow().remove();
    }
    services.leave(PLACE.stack());
    for (FoundVolume volume : services.volumes()) {
      services.remove(volume);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whereverItWasKilledTheNextOneHasItRunningOnceAndNothingElse(CuttingGate.Moment moment)
      throws Exception {
    TreeSet<String> cutAt = new TreeSet<>();
    int number = 1;
    Optional<String> cut = kill(number, moment);
    while (cut.isPresent()) {
      String where = moment + " change " + number + ", " + cut.get();
      cutAt.add(cut.get().replaceAll("/(?!create$)[^/]*(grid|[0-9a-f]{64})[^/]*", "/…"));
      settle();
      Service service = services.adopt(services.services().getFirst().id()).orElseThrow();
      assertThat(said(service)).as(where).isEqualTo("a file\na secret\nhere\n");
      assertThat(containers())
          .as(where)
          .singleElement()
          .satisfies(it -> assertThat(it.getState()).isEqualTo("running"));
      assertThat(everything()).as(where).hasSize(before.size() + 6); // its container, two
      // networks, its volume, the one of its files and the one of its secrets
      removeAll();
      assertThat(everything()).as(where + ", and removed").isEqualTo(before);
      number++;
      cut = kill(number, moment);
    }
    assertThat(cutAt)
        .as("what it was killed at")
        .contains(
            "POST /networks/create",
            "POST /volumes/create",
            "POST /containers/create",
            "POST /containers/…/rename",
            "PUT /containers/…/archive",
            "POST /containers/…/start",
            "DELETE /containers/…")
        .anyMatch(it -> it.endsWith("/connect"));
  }

  /// Has an agent make a service, and end at a change that it asks for; which, if it came so far.
  private Optional<String> kill(int number, CuttingGate.Moment moment) throws Exception {
    Path socket = sockets.resolve("s");
    try (CuttingGate gate = new CuttingGate(socket, engineSocket);
        SandboxDriver dying = open(Map.of("host", "unix://" + socket))) {
      dying.probe();
      dying.power(Prepare.class).orElseThrow().prepare(form());
      Services its = dying.power(Services.class).orElseThrow();
      Offer offer = offer(its, spec(1));
      gate.arm(number, moment);
      try {
        its.create(id(1), spec(1), offer).start();
      } catch (DriverException e) {
        assertThat(gate.isCut()).as("it failed by itself: " + e).isTrue();
      }
      if (gate.isCut()) {
        return Optional.of(gate.changes().get(number - 1));
      }
    }
    removeAll();
    return Optional.empty();
  }

  /// As the kernel does once a target can work: what is half made goes, what is there is taken up,
  /// what was only made is made anew.
  private void settle() throws Exception {
    var _ = services.tidy();
    List<FoundService> found = services.services();
    assertThat(found).hasSizeLessThan(2);
    for (FoundService each : found) {
      assertThat(each.place()).isEqualTo(PLACE);
      if (each.state() instanceof ServiceState.Running) {
        return;
      }
      services.adopt(each.id()).orElseThrow().remove();
    }
    services.create(id(2), spec(2), offer(services, spec(2))).start();
  }

  /// What it said until all is as it is meant to be.
  private static String said(Service service) throws Exception {
    StringBuilder said = new StringBuilder();
    try (ServiceLog log = service.logs(new LogRange(-1, Optional.empty(), true))) {
      while (said.indexOf("here\n") < 0) {
        ServiceLog.Piece piece =
            log.next().orElseThrow(() -> new AssertionError("it only said: " + said));
        said.append(StandardCharsets.UTF_8.decode(piece.bytes()));
      }
    }
    return said.toString();
  }
}
