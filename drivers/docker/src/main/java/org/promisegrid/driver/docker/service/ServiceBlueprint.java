package org.promisegrid.driver.docker.service;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Device;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.InternetProtocol;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import com.github.dockerjava.api.model.RestartPolicy;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.promisegrid.driver.docker.image.LoadedImage;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.Published;
import org.promisegrid.sandbox.service.ServicePlace;
import org.promisegrid.sandbox.service.ServiceSpec;

/// How a service's container is made: the image's own program is its first process, the engine
/// keeps its log, and never starts it by itself.
final class ServiceBlueprint {

  /// `nobody`, who owns nothing.
  static final String NOBODY = "65534:65534";

  /// What a folder in memory has room for, where the spec doesn't say.
  private static final long MEMORY_FOLDER = 64 << 20;

  private static final long NANOS_OF_A_THOUSANDTH = 1_000_000;

  private final ServiceNames names;
  private final HostPaths paths;
  private final NamedDevices named;

  ServiceBlueprint(ServiceNames names, HostPaths paths, NamedDevices named) {
    this.named = named;
    this.paths = paths;
    this.names = names;
  }

  /// @param network the engine's id of the one it is in from the beginning, or `none`
  /// @param mounts volumes and folders, which the engine has
  /// @param given its files and secrets
  /// @param podman whether it is Podman that makes it
  CreateContainerCmd of(
      DockerClient client,
      SandboxId id,
      ServiceSpec spec,
      LoadedImage image,
      String network,
      boolean named,
      List<Mount> mounts,
      GivenFiles.Prepared given,
      boolean podman) {
    ServiceSpec.Workload workload = spec.workload();
    ServicePlace place = spec.place();
    Map<String, String> labels = new HashMap<>(names.labels(id, spec));
    labels.put(Stopping.LABEL, spec.ending().grace().toString());
    labels.putAll(given.labels());
    List<Mount> binds = binds(spec);
    labels.putAll(BoundPaths.labels(binds.stream().map(Mount::getSource).toList()));
    CreateContainerCmd create =
        client
            .createContainerCmd(image.id())
            .withName(names.half(id))
            .withLabels(labels)
            .withHostName(place.service() + "-" + place.replica())
            .withEnv(variables(workload.environment()))
            .withHealthcheck(new HealthCheck().withTest(List.of("NONE")))
            .withStdinOpen(false)
            .withTty(false)
            .withStopTimeout(Stopping.seconds(spec.ending().grace()))
            .withExposedPorts(spec.ports().stream().map(ServiceBlueprint::inside).toList())
            .withHostConfig(
                host(spec, network, Stream.concat(mounts.stream(), binds.stream()).toList(), podman)
                    .withBinds(given.binds()));
    workload.entrypoint().ifPresent(create::withEntrypoint);
    workload.command().ifPresent(create::withCmd);
    workload.directory().ifPresent(create::withWorkingDir);
    user(spec).ifPresent(create::withUser);
    spec.ending().signal().ifPresent(create::withStopSignal);
    if (named) {
      create.withAliases(place.service());
    }
    return create;
  }

  /// Whom it runs as; empty where that is as the image says.
  static Optional<String> user(ServiceSpec spec) {
    return spec.workload().user().or(() -> strict(spec) ? Optional.of(NOBODY) : Optional.empty());
  }

  static List<String> variables(Map<String, String> environment) {
    return environment.entrySet().stream()
        .map(variable -> variable.getKey() + "=" + variable.getValue())
        .sorted()
        .toList();
  }

  private static boolean strict(ServiceSpec spec) {
    return spec.security() == ServiceSpec.Security.STRICT;
  }

  private HostConfig host(ServiceSpec spec, String network, List<Mount> mounts, boolean podman) {
    ServiceSpec.Allowance allowance = spec.allowance();
    HostConfig host =
        HostConfig.newHostConfig()
            .withNetworkMode(network)
            .withIpcMode("private")
            .withSecurityOpts(List.of("no-new-privileges"))
            .withInit(false)
            .withRestartPolicy(RestartPolicy.noRestart())
            .withLogConfig(log(spec.log(), podman))
            .withPortBindings(spec.ports().stream().map(ServiceBlueprint::binding).toList())
            .withMounts(mounts)
            .withDevices(devices(spec))
            .withDeviceRequests(named.requests(spec))
            .withTmpFs(memoryFolders(spec, podman));
    if (podman) { // Docker lets anybody listen at any port of a network of their own
      host.withSysctls(Map.of("net.ipv4.ip_unprivileged_port_start", "0"));
    }
    if (strict(spec)) {
      host.withReadonlyRootfs(true).withCapDrop(Capability.ALL);
    }
    if (allowance.memory() > 0) {
      host.withMemory(allowance.memory()).withMemorySwap(allowance.memory());
    }
    if (allowance.processor() > 0) {
      host.withNanoCPUs(allowance.processor() * NANOS_OF_A_THOUSANDTH);
    }
    if (allowance.processes() > 0) {
      host.withPidsLimit((long) allowance.processes());
    }
    return host;
  }

  private List<Mount> binds(ServiceSpec spec) {
    return spec.mounts().stream()
        .filter(Mounted.Bind.class::isInstance)
        .map(Mounted.Bind.class::cast)
        .map(bind ->
            new Mount()
                .withType(MountType.BIND)
                .withSource(real(paths.bind(bind.source())))
                .withTarget(bind.path())
                .withReadOnly(bind.readOnly()))
        .toList();
  }

  /// Each at the path that was said, not to be made anew.
  private List<Device> devices(ServiceSpec spec) {
    return spec.devices().stream()
        .filter(device -> !NamedDevices.is(device))
        .map(device -> new Device("rw", device, real(paths.device(device))))
        .toList();
  }

  private static String real(HostPaths.Look look) {
    return switch (look) {
      case HostPaths.Look.Real(Path path) -> path.toString();
      case HostPaths.Look.Refused(String why) -> throw new DriverException(Kind.UNSUPPORTED, why);
    };
  }

  /// Kept by the engine byte for byte, and told from where it lies without being unpacked. Podman,
  /// which calls its own way so, keeps one file and begins it anew when it is full.
  private static LogConfig log(ServiceSpec.LogTerms terms, boolean podman) {
    if (podman) {
      return new LogConfig(
          LogConfig.LoggingType.JSON_FILE,
          Map.of("max-size", Long.toString(terms.size() * terms.files())));
    }
    return new LogConfig(
        LogConfig.LoggingType.LOCAL,
        Map.of(
            "max-size", Long.toString(terms.size()),
            "max-file", Integer.toString(terms.files()),
            "compress", "false"));
  }

  static ExposedPort inside(Published port) {
    return new ExposedPort(
        port.inside(),
        port.transport() == Published.Transport.UDP ? InternetProtocol.UDP : InternetProtocol.TCP);
  }

  private static PortBinding binding(Published port) {
    return new PortBinding(
        port.port() == 0
            ? Ports.Binding.bindIp(port.address())
            : Ports.Binding.bindIpAndPort(port.address(), port.port()),
        inside(port));
  }

  private static Map<String, String> memoryFolders(ServiceSpec spec, boolean podman) {
    Map<String, String> folders = new LinkedHashMap<>();
    if (strict(spec)) {
      folders.put("/tmp", memory(MEMORY_FOLDER, podman));
      folders.put("/run", memory(MEMORY_FOLDER, podman));
      if (podman) { // which has that in memory anyway, and has no bound for it
        folders.put("/var/tmp", memory(MEMORY_FOLDER, podman));
      }
    }
    for (Mounted mounted : spec.mounts()) {
      if (mounted instanceof Mounted.Memory(String path, long size)) {
        folders.put(path, memory(size, podman));
      }
    }
    return folders;
  }

  /// Podman would put there what the image has at that place.
  private static String memory(long size, boolean podman) {
    return "rw,nosuid,nodev,noexec,mode=1777,size=" + size + (podman ? ",notmpcopyup" : "");
  }
}
