package org.promisegrid.driver.docker;

import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.VolumeOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.service.Waiting;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.shim.ShimBinary;

/// The volume that every container of this node has its entrypoint from. The shim is put there by
/// way of a container that is never started, so that an engine needn't see the agent's files.
final class ShimVolume implements Waiting {

  /// Where it lies in every container, which can't write it.
  static final String FOLDER = "/.grid/shim";

  static final String PROGRAM = FOLDER + "/shim";

  private static final int EXECUTABLE = 0100555;

  private final Engine engine;
  private final Naming naming;
  private final ReentrantLock filling = new ReentrantLock();
  private @Nullable String filled; // guarded by filling

  ShimVolume(Engine engine, Naming naming) {
    this.engine = engine;
    this.naming = naming;
  }

  /// The volume's name; it holds the shim.
  ///
  /// @param image any that the engine has
  String volume(String image) throws InterruptedException {
    filling.lockInterruptibly();
    try {
      String name = filled;
      if (name == null) {
        name = fill(image);
        filled = name;
      }
      return name;
    } finally {
      filling.unlock();
    }
  }

  @Override
  public String program() {
    return PROGRAM;
  }

  @Override
  public Mount take(String image) throws InterruptedException {
    return mount(volume(image));
  }

  @Override
  public void forget() {
    filling.lock();
    try {
      filled = null;
    } finally {
      filling.unlock();
    }
  }

  @Override
  public int tidy() throws InterruptedException {
    filling.lockInterruptibly();
    try {
      String filler = naming.filler();
      boolean there =
          engine
              .find(
                  "looking for container " + filler,
                  client -> client.inspectContainerCmd(filler).exec())
              .isPresent();
      if (there) {
        removeFiller();
      }
      return there ? 1 : 0;
    } finally {
      filling.unlock();
    }
  }

  private String fill(String image) throws InterruptedException {
    String doing = "putting the shim where containers find it";
    ShimBinary shim = shim();
    String volume = naming.shimVolume(shim.cid());
    engine.ask(
        doing,
        client ->
            client
                .createVolumeCmd()
                .withName(volume)
                .withLabels(naming.labels(Naming.SHIM))
                .exec());
    removeFiller(); // of a process that was ended in the midst of this
    try {
      engine.ask(
          doing,
          client ->
              client
                  .createContainerCmd(image)
                  .withName(naming.filler())
                  .withLabels(naming.labels(Naming.SHIM))
                  .withEntrypoint(PROGRAM)
                  .withHostConfig(
                      HostConfig.newHostConfig()
                          .withNetworkMode("none")
                          .withMounts(List.of(mount(volume).withReadOnly(false))))
                  .exec());
      if (!shim.cid().names(held(doing))) {
        byte[] archive = archive(shim.bytes());
        engine.ask(
            doing,
            client ->
                client
                    .copyArchiveToContainerCmd(naming.filler())
                    .withRemotePath(FOLDER)
                    .withTarInputStream(new ByteArrayInputStream(archive))
                    .exec());
      }
    } finally {
      removeFiller();
    }
    return volume;
  }

  private void removeFiller() {
    engine.insist(
        "removing container " + naming.filler(),
        Engine.found(client -> {
          client.removeContainerCmd(naming.filler()).withForce(true).withRemoveVolumes(true).exec();
          return true;
        }));
  }

  private ShimBinary shim() throws InterruptedException {
    String architecture =
        engine.ask(
            "asking what the engine is",
            client -> String.valueOf(client.versionCmd().exec().getArch()));
    return ShimBinary.of(architecture)
        .orElseThrow(() ->
            new DriverException(
                Kind.UNSUPPORTED, "there is no shim for an engine on " + architecture));
  }

  /// What lies there already; it may be running in other containers, and then isn't touched.
  private byte[] held(String doing) throws InterruptedException {
    Optional<byte[]> held =
        engine.find(
            doing,
            client -> {
              try (InputStream in =
                      client.copyArchiveFromContainerCmd(naming.filler(), PROGRAM).exec();
                  TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
                return tar.getNextEntry() == null ? new byte[0] : tar.readNBytes(4 << 20);
              }
            });
    return held.orElse(new byte[0]);
  }

  private static byte[] archive(byte[] shim) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      TarArchiveEntry entry = new TarArchiveEntry("shim");
      entry.setMode(EXECUTABLE);
      entry.setSize(shim.length);
      tar.putArchiveEntry(entry);
      tar.write(shim);
      tar.closeArchiveEntry();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  /// How containers have it.
  static Mount mount(String volume) {
    return new Mount()
        .withType(MountType.VOLUME)
        .withSource(volume)
        .withTarget(FOLDER)
        .withReadOnly(true)
        .withVolumeOptions(new VolumeOptions().withNoCopy(true));
  }
}
