package org.promisegrid.driver.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.dockerjava.api.command.InspectVolumeResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServicePlace;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.ServiceState;
import org.promisegrid.sandbox.service.Services;
import org.promisegrid.tck.TestContent;
import org.promisegrid.tck.TestHost;
import org.promisegrid.tck.TestProgram;

/// What an agent that was killed has left half made goes with the next one, and nothing else does.
@Timeout(300)
final class HalfMadeTest {

  private static final NodeId NODE =
      new NodeId("did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG");
  private static final NodeId OTHER =
      new NodeId("did:key:z6MknGc3ocHs3zdPiJbnaaqDi58NGb4pk1Sp9WxWufuXSdxf");

  @TempDir Path root;

  private final TestContent content = new TestContent();
  private final List<SandboxDriver> drivers = new ArrayList<>();
  private Engine engine;
  private Services services;

  @BeforeEach
  void anEngine() throws IOException, InterruptedException {
    SandboxDriver driver = open(NODE, content);
    Fitness fitness = driver.probe();
    assumeTrue(fitness.status() == Fitness.Status.HEALTHY, fitness.reason());
    services = services(driver);
    Path socket =
        Settings.socket(driver.target().address())
            .orElseThrow(() -> new AssertionError("the engine is behind no socket"));
    engine = new Engine(socket, root.resolve("none"));
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    if (services != null) {
      for (var found : services.services()) {
        services.adopt(found.id()).orElseThrow().remove();
      }
      assertThat(given()).isEmpty();
      engine.close();
    }
    drivers.forEach(SandboxDriver::close);
  }

  private SandboxDriver open(NodeId node, ContentSource source) throws IOException {
    DockerDriverFactory factory = new DockerDriverFactory();
    Map<String, String> settings = TestEngine.settings();
    Path scratch = Files.createTempDirectory(root, "host");
    SandboxDriver driver =
        factory.open(
            factory.targets(settings).getFirst(), settings, new TestHost(node, scratch, source));
    drivers.add(driver);
    return driver;
  }

  private static Services services(SandboxDriver driver) {
    return driver.power(Services.class).orElseThrow();
  }

  private ServiceSpec spec(List<Mounted> mounts) {
    return new ServiceSpec(
        new ServicePlace("halves", "one", 0),
        1,
        Cid.of("what is wanted".getBytes(StandardCharsets.UTF_8)),
        new Form("image", content.put(Images.of(TestProgram.SERVE))),
        new ServiceSpec.Workload(
            Optional.empty(),
            Optional.of(List.of("read", "/file", "exit", "0")),
            Map.of(),
            Optional.empty(),
            Optional.empty()),
        ServiceSpec.Security.STRICT,
        Isolation.SANDBOX,
        new ServiceSpec.Allowance(64 << 20, 0, 64),
        mounts,
        List.of(),
        List.of(),
        List.of(),
        new ServiceSpec.StopTerms(Optional.empty(), Duration.ofMinutes(1)),
        new ServiceSpec.LogTerms(1 << 20, 2));
  }

  private ServiceSpec withFile() {
    Cid file = content.put("a file".getBytes(StandardCharsets.UTF_8));
    return spec(List.of(new Mounted.File(file, "/file", 0444)));
  }

  private static Offer offer(Services from, ServiceSpec spec) {
    return switch (from.offers(spec)) {
      case Quote.Offered offered -> offered.offers().getFirst();
      case Quote.Declined declined -> throw new AssertionError(declined.reason());
    };
  }

  private static SandboxId id() {
    return new SandboxId("half-" + UUID.randomUUID());
  }

  private Service create(SandboxId id, ServiceSpec spec) throws InterruptedException {
    return services.create(id, spec, offer(services, spec));
  }

  private String container(SandboxId id) {
    return new Naming(NODE).container(id);
  }

  /// As a process leaves it that is killed when all is made but the name.
  private void halve(SandboxId id) throws InterruptedException {
    String name = container(id);
    engine.ask(
        "taking its name",
        client -> client.renameContainerCmd(name).withName(name + ".making").exec());
  }

  private boolean isThere(String container) throws InterruptedException {
    return engine
        .find("looking", client -> client.inspectContainerCmd(container).exec())
        .isPresent();
  }

  /// Volumes of services' files.
  private List<String> given() throws InterruptedException {
    List<InspectVolumeResponse> volumes =
        engine
            .ask(
                "listing",
                client ->
                    client.listVolumesCmd().withFilter("label", List.of("grid.kind=given")).exec())
            .getVolumes();
    return volumes == null
        ? List.of()
        : volumes.stream().map(InspectVolumeResponse::getName).toList();
  }

  @Test
  void oneThatNobodyCompletedIsRemovedWithItsFilesByTheNextAgent() throws Exception {
    SandboxId id = id();
    create(id, withFile());
    halve(id);
    assertThat(services.services()).isEmpty();
    assertThat(given()).hasSize(1);
    Services next = services(open(NODE, content));
    assertThat(next.tidy()).isPositive();
    assertThat(isThere(container(id) + ".making")).isFalse();
    assertThat(given()).isEmpty();
    assertThat(next.tidy()).as("again").isZero();
  }

  @Test
  void anotherNodesAreLeftAlone() throws Exception {
    SandboxId id = id();
    create(id, withFile());
    halve(id);
    assertThat(services(open(OTHER, content)).tidy()).isZero();
    assertThat(isThere(container(id) + ".making")).isTrue();
    assertThat(given()).hasSize(1);
    assertThat(services.tidy()).isPositive();
  }

  @Test
  void whatIsWholeStaysWhetherItRunsOrNot() throws Exception {
    SandboxId id = id();
    Service service = create(id, withFile());
    Services next = services(open(NODE, content));
    assertThat(next.tidy()).isZero();
    assertThat(service.state()).isInstanceOf(ServiceState.Created.class);
    service.start();
    assertThat(service.await().code()).isZero();
    assertThat(next.tidy()).isZero();
    assertThat(given()).hasSize(1);
  }

  @Test
  void whatFillsItsFilesGoesWithWhoeverDidThat() throws Exception {
    ServiceSpec spec = withFile();
    Services next = services(open(NODE, content));
    List<Integer> tidied = new ArrayList<>();
    Cid file = ((Mounted.File) spec.mounts().getFirst()).content();
    Services dying =
        services(
            open(
                NODE,
                new ContentSource() {
                  @Override
                  public InputStream open(Cid cid) throws IOException {
                    if (!cid.equals(file)) {
                      return content.open(cid);
                    }
                    try {
                      tidied.add(next.tidy()); // as the next agent does when this one is gone
                    } catch (InterruptedException e) {
                      throw new AssertionError(e);
                    }
                    throw new IOException("killed");
                  }

                  @Override
                  public long size(Cid cid) throws IOException {
                    return content.size(cid);
                  }
                }));
    SandboxId id = id();
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(() -> dying.create(id, spec, offer(dying, spec)));
    assertThat(tidied).containsExactly(1);
    assertThat(given()).isEmpty();
    assertThat(isThere(container(id) + ".holder")).isFalse();
  }

  @Test
  void filesThatSomebodyTidiedAwayAreThereAtTheNextStart() throws Exception {
    SandboxId id = id();
    Service service = create(id, withFile());
    engine.ask(
        "pruning",
        client -> {
          client.removeVolumeCmd(container(id) + ".files").exec();
          return true;
        });
    service.start();
    assertThat(service.await().code()).isZero();
    assertThat(given()).hasSize(1);
  }
}
