package org.promisegrid.driver.docker.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.VolumeOptions;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.SandboxId;

/// A container of a service's image that does nothing: what fills volumes, since engines take files
/// for nothing else, and keeps one in memory as long as it runs.
final class Holder {

  private static final String FOLDER = "/.grid/given";

  private static final int MOST_OF_USERS = 4 << 20;

  private final Engine engine;
  private final ServiceNames names;
  private final Waiting waiting;

  Holder(Engine engine, ServiceNames names, Waiting waiting) {
    this.engine = engine;
    this.names = names;
    this.waiting = waiting;
  }

  /// Something to be held until it isn't wanted any more.
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /// How it has a volume.
  static Mount mount(String volume) {
    return new Mount()
        .withType(MountType.VOLUME)
        .withSource(volume)
        .withTarget(FOLDER)
        .withVolumeOptions(new VolumeOptions().withNoCopy(true));
  }

  /// A container of the service's image that does nothing; closing removes it.
  Held open(SandboxId id, String image, List<Mount> mounts, String doing)
      throws InterruptedException {
    Mount program = waiting.take(image);
    List<Mount> all = new ArrayList<>(mounts);
    all.add(program);
    remove(id);
    engine.ask(
        doing,
        client ->
            client
                .createContainerCmd(image)
                .withName(names.holder(id))
                .withLabels(names.given(id))
                .withEntrypoint(waiting.program())
                .withCmd(List.of())
                .withUser(ServiceBlueprint.NOBODY)
                .withWorkingDir("/")
                .withHealthcheck(new HealthCheck().withTest(List.of("NONE")))
                .withStdinOpen(true)
                .withHostConfig(
                    HostConfig.newHostConfig()
                        .withNetworkMode("none")
                        .withReadonlyRootfs(true)
                        .withCapDrop(Capability.ALL)
                        .withSecurityOpts(List.of("no-new-privileges"))
                        .withLogConfig(new LogConfig(LogConfig.LoggingType.NONE))
                        .withMounts(all))
                .exec());
    return () -> remove(id);
  }

  /// Opens an archive that is to be unpacked.
  @FunctionalInterface
  interface Packed {
    InputStream open();
  }

  /// Unpacks an archive in the folder that [#mount] leads to.
  void put(SandboxId id, Packed archive, String doing) throws InterruptedException {
    engine.ask(
        doing,
        client -> {
          try (InputStream tar = archive.open()) {
            client
                .copyArchiveToContainerCmd(names.holder(id))
                .withRemotePath(FOLDER)
                .withTarInputStream(tar)
                .exec();
          }
          return true;
        });
  }

  /// A text that its image has; empty if there is none.
  String text(SandboxId id, String path, String doing) throws InterruptedException {
    return engine
        .find(
            doing,
            client -> {
              try (InputStream in =
                      client.copyArchiveFromContainerCmd(names.holder(id), path).exec();
                  TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
                return tar.getNextEntry() == null
                    ? ""
                    : new String(tar.readNBytes(MOST_OF_USERS), UTF_8);
              }
            })
        .orElse("");
  }

  /// Has it run, so that what it has in memory stays there.
  void start(SandboxId id, String doing) throws InterruptedException {
    boolean started = false;
    try {
      engine.ask(
          doing,
          client -> {
            client.startContainerCmd(names.holder(id)).exec();
            return true;
          });
      started = true;
    } finally {
      if (!started) {
        waiting.forget(); // the engine may have lost it
      }
    }
  }

  /// Removes it, if it is there.
  void remove(SandboxId id) {
    DockerService.remove(engine, names.holder(id));
  }
}
