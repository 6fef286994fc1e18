package org.promisegrid.driver.docker.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.dockerjava.api.command.InspectVolumeResponse;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.Volume;
import com.github.dockerjava.api.model.VolumeOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.ContentSource;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.Secrets;
import org.promisegrid.sandbox.service.ServiceSpec;

/// The files and secrets of services. They lie in a volume on the engine's disk, or in one in its
/// memory, which nobody has mounted; each file alone is bound to its place, and can only be read
/// there. What fills a volume is a container that has it: engines take files for nothing else.
///
/// What lies in memory is there as long as somebody has it: from when it is filled until the
/// service has started and has it itself, that container runs.
final class GivenFiles {

  private static final String FOLDER = "/.grid/given";

  /// Its user alone reads it.
  private static final int SECRET = 0400;

  private static final int MOST_OF_USERS = 4 << 20;

  private final Engine engine;
  private final ServiceNames names;
  private final ContentSource content;
  private final Secrets secrets;
  private final Waiting waiting;

  /// Those that are about to start.
  private final Set<SandboxId> starting = ConcurrentHashMap.newKeySet();

  GivenFiles(Engine engine, ServiceNames names, Host host, Waiting waiting) {
    this.engine = engine;
    this.names = names;
    this.content = host.content();
    this.secrets = host.secrets();
    this.waiting = waiting;
  }

  /// What a container needs for them.
  record Prepared(List<Bind> binds, Map<String, String> labels) {
    static final Prepared NOTHING = new Prepared(List.of(), Map.of());
  }

  /// Something to be held until a service has started.
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /// Puts the files of a service where its container will find them.
  ///
  /// @param image the engine's name of its image
  /// @param user whom the engine will run it as
  Prepared prepare(SandboxId id, ServiceSpec spec, String image, String user, String doing)
      throws InterruptedException {
    if (!Given.isAny(spec)) {
      return Prepared.NOTHING;
    }
    boolean complete = false;
    try {
      remove(id); // of a process that was ended in the midst
      Given given = Given.of(spec, owner(id, image, user, doing));
      List<Bind> binds = new ArrayList<>();
      if (!given.files().isEmpty()) {
        String folder = fill(id, given, image, doing);
        Given.files(spec).forEach(file -> binds.add(bind(folder, binds.size(), file.path())));
      }
      if (!given.secrets().isEmpty()) {
        String folder = memory(id, doing);
        int files = binds.size();
        Given.secrets(spec)
            .forEach(secret -> binds.add(bind(folder, binds.size() - files, secret.path())));
      }
      complete = true;
      return new Prepared(binds, given.labels());
    } finally {
      if (!complete) {
        remove(id);
      }
    }
  }

  private static Bind bind(String folder, int number, String path) {
    return new Bind(folder + "/" + number, new Volume(path), AccessMode.ro);
  }

  private FileOwner owner(SandboxId id, String image, String user, String doing)
      throws InterruptedException {
    try (Held _ = helper(id, image, List.of(), doing)) {
      return FileOwner.of(user, path -> text(names.holder(id), path, doing));
    }
  }

  private String text(String container, String path, String doing) throws InterruptedException {
    return engine
        .find(
            doing,
            client -> {
              try (InputStream in = client.copyArchiveFromContainerCmd(container, path).exec();
                  TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
                return tar.getNextEntry() == null
                    ? ""
                    : new String(tar.readNBytes(MOST_OF_USERS), UTF_8);
              }
            })
        .orElse("");
  }

  /// Makes the volume of files, with all of them; where the engine has it.
  private String fill(SandboxId id, Given given, String image, String doing)
      throws InterruptedException {
    List<ArchiveStream.Entry> entries = new ArrayList<>();
    for (Given.File file : given.files()) {
      entries.add(
          new ArchiveStream.Entry(
              Integer.toString(entries.size()),
              file.mode(),
              given.owner(),
              size(file, doing),
              () -> content.open(file.content())));
    }
    String volume = names.files(id);
    String folder = make(id, volume, Map.of(), doing);
    boolean complete = false;
    try (Held _ = helper(id, image, List.of(mount(volume)), doing)) {
      put(id, () -> new ArchiveStream(entries), doing);
      complete = true;
      return folder;
    } finally {
      if (!complete) {
        removeVolume(volume);
      }
    }
  }

  private long size(Given.File file, String doing) {
    try {
      return content.size(file.content());
    } catch (IOException e) {
      throw new DriverException(
          Kind.BROKEN, doing + ": file " + file.content() + ": " + e.getMessage(), e);
    }
  }

  private String memory(SandboxId id, String doing) throws InterruptedException {
    Map<String, String> options =
        Map.of(
            "type", "tmpfs",
            "device", "tmpfs",
            "o", "size=64m,mode=0711,nosuid,nodev,noexec");
    return make(id, names.secrets(id), options, doing);
  }

  private String make(SandboxId id, String volume, Map<String, String> options, String doing)
      throws InterruptedException {
    engine.ask(
        doing,
        client ->
            client
                .createVolumeCmd()
                .withName(volume)
                .withDriverOpts(options)
                .withLabels(names.given(id))
                .exec());
    return engine.ask(doing, client -> client.inspectVolumeCmd(volume).exec().getMountpoint());
  }

  private static Mount mount(String volume) {
    return new Mount()
        .withType(MountType.VOLUME)
        .withSource(volume)
        .withTarget(FOLDER)
        .withVolumeOptions(new VolumeOptions().withNoCopy(true));
  }

  /// A container of the service's image that does nothing; closing removes it.
  private Held helper(SandboxId id, String image, List<Mount> mounts, String doing)
      throws InterruptedException {
    Mount program = waiting.take(image);
    List<Mount> all = new ArrayList<>(mounts);
    all.add(program);
    removeHelper(id);
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
    return () -> removeHelper(id);
  }

  /// Opens an archive that is to be unpacked.
  @FunctionalInterface
  private interface Packed {
    InputStream open();
  }

  private void put(SandboxId id, Packed archive, String doing) throws InterruptedException {
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

  /// Has all that a service is given where it is looked for when it starts; the caller closes once
  /// it has.
  ///
  /// @param image the engine's name of its image
  /// @param labels of its container
  Held hold(SandboxId id, String image, Map<String, String> labels, String doing)
      throws InterruptedException {
    Given given = Given.of(labels);
    if (!given.files().isEmpty()
        && engine
            .find(doing, client -> client.inspectVolumeCmd(names.files(id)).exec())
            .isEmpty()) {
      var _ = fill(id, given, image, doing); // somebody tidied up
    }
    if (given.secrets().isEmpty()) {
      return () -> {};
    }
    if (!starting.add(id)) {
      throw new DriverException(Kind.CONFLICT, doing + ": it is being started");
    }
    Map<Integer, byte[]> read = new HashMap<>();
    Optional<Held> held = Optional.empty();
    boolean complete = false;
    try {
      for (String name : given.secrets()) {
        read.put(read.size(), read(name, doing));
      }
      var _ = memory(id, doing);
      Held helper = helper(id, image, List.of(mount(names.secrets(id))), doing);
      held = Optional.of(helper);
      start(id, doing);
      List<ArchiveStream.Entry> entries = new ArrayList<>();
      read.forEach((number, secret) ->
          entries.add(
              new ArchiveStream.Entry(
                  Integer.toString(number),
                  SECRET,
                  given.owner(),
                  secret.length,
                  () -> new ByteArrayInputStream(secret))));
      put(id, () -> new ArchiveStream(entries), doing);
      complete = true;
      return () -> {
        helper.close();
        starting.remove(id);
      };
    } finally {
      read.values().forEach(secret -> Arrays.fill(secret, (byte) 0));
      if (!complete) {
        held.ifPresent(Held::close);
        starting.remove(id);
      }
    }
  }

  private byte[] read(String name, String doing) throws InterruptedException {
    try {
      return secrets.read(name);
    } catch (InterruptedIOException _) {
      Thread.interrupted(); // the exception says it from here on
      throw new InterruptedException(doing);
    } catch (IOException e) {
      throw new DriverException(Kind.BROKEN, doing + ": a secret: " + e.getMessage(), e);
    }
  }

  private void start(SandboxId id, String doing) throws InterruptedException {
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

  /// What there is of a service.
  enum Standing {
    ABSENT,
    STILL,
    RUNNING
  }

  /// Tells what there is of a service.
  @FunctionalInterface
  interface Known {
    Standing of(SandboxId id) throws InterruptedException;
  }

  /// Removes what fills volumes for nobody any more, and volumes of services that aren't there.
  ///
  /// @param making those that are being made, which stay
  /// @return how many
  int tidy(Set<SandboxId> making, Known known, String doing) throws InterruptedException {
    Map<SandboxId, Boolean> left = new HashMap<>();
    for (Container helper :
        engine.ask(
            doing,
            client ->
                client
                    .listContainersCmd()
                    .withShowAll(true)
                    .withLabelFilter(names.labels(ServiceNames.GIVEN))
                    .exec())) {
      ServiceNames.sandbox(helper.getLabels()).ifPresent(id -> left.put(id, true));
    }
    List<InspectVolumeResponse> volumes =
        engine
            .ask(
                doing,
                client ->
                    client
                        .listVolumesCmd()
                        .withFilter("label", StackVolumes.words(names.labels(ServiceNames.GIVEN)))
                        .exec())
            .getVolumes();
    for (InspectVolumeResponse volume :
        volumes == null ? List.<InspectVolumeResponse>of() : volumes) {
      ServiceNames.sandbox(StackVolumes.labels(volume))
          .ifPresent(id -> left.putIfAbsent(id, false));
    }
    int removed = 0;
    for (Map.Entry<SandboxId, Boolean> each : left.entrySet()) {
      removed += tidy(each.getKey(), each.getValue(), making, known);
    }
    return removed;
  }

  private int tidy(SandboxId id, boolean filling, Set<SandboxId> making, Known known)
      throws InterruptedException {
    if (!filling && known.of(id) != Standing.ABSENT) {
      return 0; // so that whoever starts it just now isn't in anybody's way
    }
    if (!starting.add(id)) {
      return 0;
    }
    try {
      if (!making.add(id)) {
        return 0;
      }
      try {
        Standing standing = known.of(id);
        if (standing == Standing.RUNNING) {
          removeHelper(id); // it has what it was given
        } else if (filling || standing == Standing.ABSENT) {
          remove(id); // what was being filled may be half done: the next start does it anew
        }
        return filling || standing == Standing.ABSENT ? 1 : 0;
      } finally {
        making.remove(id);
      }
    } finally {
      starting.remove(id);
    }
  }

  /// Removes all that a service was given, of which nobody may have anything any more.
  void remove(SandboxId id) {
    removeHelper(id);
    removeVolume(names.files(id));
    removeVolume(names.secrets(id));
  }

  private void removeHelper(SandboxId id) {
    DockerService.remove(engine, names.holder(id));
  }

  private void removeVolume(String volume) {
    engine.insist(
        "removing volume " + volume,
        Engine.found(client -> {
          client.removeVolumeCmd(volume).exec();
          return true;
        }));
  }
}
