package org.promisegrid.driver.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.VolumeOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.promisegrid.driver.docker.image.LoadedImage;

/// How a call's container is made: with its image, its shim and its limits, and nothing else.
///
/// The shim is root in there, so that it can end processes, keep a spool and a secret from the
/// workload, and become somebody else to run it; of root's powers it has what that takes. The
/// workload has none, and nothing to write but memory within its limit.
final class Blueprint {

  private static final long MIB = 1 << 20;

  /// What the shim takes of the memory, and what an engine takes for the least.
  private static final long SHIM_MEMORY = 4 * MIB;

  private static final long LEAST_MEMORY = 8 * MIB;

  /// Of processes and threads; nobody needs as many, and the host has room for them.
  private static final long MOST_PROCESSES = 512;

  private static final long ONE_PROCESSOR = 1_000_000_000;

  private final Naming naming;

  Blueprint(Naming naming) {
    this.naming = naming;
  }

  /// @param kind [Naming#CALL] or [Naming#WARM]
  CreateContainerCmd of(
      DockerClient client, Container container, String kind, LoadedImage image, String shimVolume) {
    Map<String, String> labels = new HashMap<>(naming.labels(kind));
    labels.put(Naming.SPEC, container.terms().text());
    labels.put(Naming.KEY, HexFormat.of().formatHex(container.key().bytes()));
    CreateContainerCmd command = client.createContainerCmd(image.id());
    if (!image.user().isEmpty()) { // a user that is named is one that Podman writes into the image
      command.withUser("0:0");
    }
    return command
        .withName(container.name())
        .withLabels(labels)
        .withEntrypoint(ShimVolume.PROGRAM)
        .withCmd(List.of())
        .withHostName("sandbox")
        .withHealthcheck(new HealthCheck().withTest(List.of("NONE")))
        .withStdinOpen(true)
        .withStdInOnce(false)
        .withTty(false)
        .withHostConfig(host(image, shimVolume, container.terms()));
  }

  private HostConfig host(LoadedImage image, String shimVolume, Terms terms) {
    long memory =
        Math.max(LEAST_MEMORY, Math.min(terms.limits().memory(), Long.MAX_VALUE / 2) + SHIM_MEMORY);
    List<Capability> powers =
        new ArrayList<>(List.of(Capability.KILL, Capability.SETGID, Capability.SETUID));
    if (!terms.secrets().isEmpty()) {
      powers.add(Capability.CHOWN);
    }
    return HostConfig.newHostConfig()
        .withNetworkMode("none")
        .withIpcMode("private")
        .withReadonlyRootfs(!SecretPlaces.of(terms).linksFromRoot())
        .withCapDrop(Capability.ALL)
        .withCapAdd(powers.toArray(Capability[]::new))
        .withSecurityOpts(List.of("no-new-privileges"))
        .withPidsLimit(MOST_PROCESSES)
        .withMemory(memory)
        .withMemorySwap(memory)
        .withNanoCPUs(ONE_PROCESSOR)
        .withShmSize(memory)
        .withInit(false)
        .withLogConfig(new LogConfig(LogConfig.LoggingType.NONE))
        .withMounts(List.of(ShimVolume.mount(shimVolume), spool()))
        .withTmpFs(memoryFolders(image, terms, memory));
  }

  /// A volume without a name is removed with its container.
  private Mount spool() {
    return new Mount()
        .withType(MountType.VOLUME)
        .withTarget(Spool.FOLDER)
        .withVolumeOptions(
            new VolumeOptions().withNoCopy(true).withLabels(naming.labels(Naming.SPOOL)));
  }

  /// Folders that lie in memory, which counts for the limit: where the image says it writes,
  /// `/tmp`, and where secrets go.
  private static Map<String, String> memoryFolders(LoadedImage image, Terms terms, long memory) {
    Map<String, String> folders = new LinkedHashMap<>();
    String open = "rw,nosuid,nodev,noexec,mode=1777,size=" + memory;
    image.volumes().forEach(volume -> folders.put(volume, open));
    folders.put("/tmp", open);
    for (String folder : SecretPlaces.of(terms).folders()) {
      folders.putIfAbsent(folder, "rw,nosuid,nodev,noexec,mode=0755,size=" + memory);
    }
    return folders;
  }
}
