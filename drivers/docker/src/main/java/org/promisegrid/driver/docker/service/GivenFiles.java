package org.promisegrid.driver.docker.service;

import com.github.dockerjava.api.command.InspectVolumeResponse;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Volume;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.promisegrid.driver.docker.engine.ArchiveStream;
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

  /// Its user alone reads it.
  private static final int SECRET = 0400;

  private final Engine engine;
  private final ServiceNames names;
  private final ContentSource content;
  private final Secrets secrets;
  private final Holder holder;

  /// Those that are about to start.
  private final Set<SandboxId> starting = ConcurrentHashMap.newKeySet();

  GivenFiles(Engine engine, ServiceNames names, Host host, Waiting waiting) {
    this.engine = engine;
    this.names = names;
    this.content = host.content();
    this.secrets = host.secrets();
    this.holder = new Holder(engine, names, waiting);
  }

  /// What a container needs for them.
  record Prepared(List<Bind> binds, Map<String, String> labels) {
    static final Prepared NOTHING = new Prepared(List.of(), Map.of());
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
    try (Holder.Held _ = holder.open(id, image, List.of(), doing)) {
      return FileOwner.of(user, path -> holder.text(id, path, doing));
    }
  }

  /// Makes the volume of files, with all of them; where the engine has it.
  private String fill(SandboxId id, Given given, String image, String doing)
      throws InterruptedException {
    List<ArchiveStream.Entry> entries = new ArrayList<>();
    for (Given.File file : given.files()) {
      entries.add(
          ArchiveStream.Entry.file(
              Integer.toString(entries.size()),
              file.mode(),
              given.owner().user(),
              given.owner().group(),
              size(file, doing),
              () -> content.open(file.content())));
    }
    String volume = names.files(id);
    String folder = make(id, volume, Map.of(), doing);
    boolean complete = false;
    try (Holder.Held _ = holder.open(id, image, List.of(Holder.mount(volume)), doing)) {
      holder.put(id, () -> new ArchiveStream(entries), doing);
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
    String room = engine.isPodman() ? "" : "size=64m,"; // which Podman takes for a quota on a disk
    Map<String, String> options =
        Map.of(
            "type", "tmpfs",
            "device", "tmpfs",
            "o", room + "mode=0711,nosuid,nodev,noexec");
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

  /// Has all that a service is given where it is looked for when it starts; the caller closes once
  /// it has.
  ///
  /// @param image the engine's name of its image
  /// @param labels of its container
  Holder.Held hold(SandboxId id, String image, Map<String, String> labels, String doing)
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
    Optional<Holder.Held> held = Optional.empty();
    boolean complete = false;
    try {
      for (String name : given.secrets()) {
        read.put(read.size(), read(name, doing));
      }
      var _ = memory(id, doing);
      Holder.Held helper = holder.open(id, image, List.of(Holder.mount(names.secrets(id))), doing);
      held = Optional.of(helper);
      holder.start(id, doing);
      List<ArchiveStream.Entry> entries = new ArrayList<>();
      read.forEach((number, secret) ->
          entries.add(
              ArchiveStream.Entry.file(
                  Integer.toString(number),
                  SECRET,
                  given.owner().user(),
                  given.owner().group(),
                  secret.length,
                  () -> new ByteArrayInputStream(secret))));
      holder.put(id, () -> new ArchiveStream(entries), doing);
      complete = true;
      return () -> release(id, Optional.of(helper));
    } finally {
      read.values().forEach(secret -> Arrays.fill(secret, (byte) 0));
      if (!complete) {
        release(id, held);
      }
    }
  }

  /// Lets go of one that was about to start. What can't be removed is left for [#tidy] and the next
  /// start, which both have to get at it.
  private void release(SandboxId id, Optional<Holder.Held> held) {
    try {
      held.ifPresent(Holder.Held::close);
    } finally {
      starting.remove(id);
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
    for (InspectVolumeResponse volume :
        StackVolumes.labelled(engine, names.labels(ServiceNames.GIVEN), doing)) {
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
          holder.remove(id); // it has what it was given
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
    holder.remove(id);
    removeVolume(names.files(id));
    removeVolume(names.secrets(id));
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
