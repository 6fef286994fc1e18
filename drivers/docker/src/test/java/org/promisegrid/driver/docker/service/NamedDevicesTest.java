package org.promisegrid.driver.docker.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.image.LoadedImage;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.ServicePlace;
import org.promisegrid.sandbox.service.ServiceSpec;

/// What an engine is asked for where a service is to have a GPU. There is none here, so that what
/// is asked is a [FakeEngine]; that the real one refuses is in `HostPathsTest`.
@Timeout(60)
final class NamedDevicesTest {

  private static final String GPU = "nvidia.com/gpu";

  @TempDir Path folder;

  private final NamedDevices devices = new NamedDevices(List.of(GPU));

  private static ServiceSpec spec(String... devices) {
    Cid any = Cid.of("anything".getBytes(StandardCharsets.UTF_8));
    return new ServiceSpec(
        new ServicePlace("gpu", "one", 0),
        1,
        any,
        new Form("image", any),
        new ServiceSpec.Workload(
            Optional.empty(), Optional.empty(), Map.of(), Optional.empty(), Optional.empty()),
        ServiceSpec.Security.STRICT,
        Isolation.SANDBOX,
        new ServiceSpec.Allowance(64 << 20, 0, 64),
        List.of(),
        List.of(),
        List.of(),
        List.of(devices),
        new ServiceSpec.StopTerms(Optional.empty(), Duration.ofMinutes(1)),
        new ServiceSpec.LogTerms(1 << 20, 2));
  }

  /// What the engine is told to make, as the real client sends it.
  private String asked(ServiceSpec spec) throws Exception {
    assertThat(devices.refusal(spec)).isEmpty();
    Path socket = Files.createTempDirectory("fake").resolve("s"); // short, as sockets' names are
    ServiceBlueprint blueprint =
        new ServiceBlueprint(
            new ServiceNames(new NodeId("did:key:zGpu"), "grid-gpu"),
            new HostPaths(List.of(), List.of(), List.of(), true),
            devices);
    LoadedImage image =
        new LoadedImage("sha256:0", List.of(), List.of(), Map.of(), Optional.empty(), "", Set.of());
    try (FakeEngine fake = new FakeEngine(socket);
        Engine engine = new Engine(fake.socket(), folder)) {
      engine.ask(
          "making one",
          client ->
              blueprint
                  .of(
                      client,
                      new SandboxId("gpu-1"),
                      spec,
                      image,
                      "none",
                      false,
                      List.of(),
                      GivenFiles.Prepared.NOTHING,
                      false)
                  .exec());
      assertThat(fake.asked()).hasSize(1);
      return fake.asked().getFirst();
    } finally {
      Files.delete(socket.getParent());
    }
  }

  @Test
  void nvidiasRuntimeIsAskedForAllOrForThoseThatWereNamed() throws Exception {
    devices.learn(Set.of("runc", "nvidia"), false);
    assertThat(asked(spec(GPU + "=all")))
        .contains("\"Driver\":\"nvidia\"", "\"Count\":-1", "\"Capabilities\":[[\"gpu\"]]");
    assertThat(asked(spec(GPU + "=0", GPU + "=GPU-8a1")))
        .contains("\"Driver\":\"nvidia\"", "\"DeviceIDs\":[\"0\",\"GPU-8a1\"]")
        .doesNotContain("\"Count\":-1");
  }

  @Test
  void anEngineThatKnowsTheInterfaceIsAskedByIt() throws Exception {
    devices.learn(Set.of("runc"), true);
    assertThat(asked(spec(GPU + "=all")))
        .contains("\"Driver\":\"cdi\"", "\"DeviceIDs\":[\"nvidia.com/gpu=all\"]");
  }

  @Test
  void whoAsksForNoneGetsNone() throws Exception {
    devices.learn(Set.of("runc", "nvidia"), true);
    assertThat(asked(spec())).doesNotContain("\"Driver\":");
  }

  @Test
  void whatTheEngineOrTheOwnerDoesntHaveIsRefusedWithTheReason() {
    devices.learn(Set.of("runc"), false);
    assertThat(devices.refusal(spec(GPU + "=all")))
        .hasValueSatisfying(
            why -> assertThat(why).endsWith("the engine has no runtime for it, only runc"));
    devices.learn(Set.of("runc", "nvidia"), true);
    assertThat(devices.refusal(spec("amd.com/gpu=all")))
        .hasValueSatisfying(
            why -> assertThat(why).endsWith("isn't one that grid.drivers.docker.devices allows"));
    assertThat(devices.refusal(spec("gpu")))
        .hasValueSatisfying(
            why -> assertThat(why).contains("neither a path nor a device by its kind"));
  }
}
