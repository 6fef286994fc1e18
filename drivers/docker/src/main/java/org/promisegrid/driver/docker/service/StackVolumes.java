package org.promisegrid.driver.docker.service;

import com.github.dockerjava.api.command.InspectVolumeResponse;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.engine.Labels;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.service.FoundVolume;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.ServiceSpec;

/// The volumes of stacks, which outlive services.
final class StackVolumes {

  private final Engine engine;
  private final ServiceNames names;

  StackVolumes(Engine engine, ServiceNames names) {
    this.engine = engine;
    this.names = names;
  }

  /// What a spec asks for.
  ///
  /// @param made those that weren't there before
  record Prepared(List<Mount> mounts, List<Mounted.Volume> made) {}

  /// Makes those that are missing.
  Prepared prepare(ServiceSpec spec, String doing) throws InterruptedException {
    List<Mount> mounts = new ArrayList<>();
    List<Mounted.Volume> made = new ArrayList<>();
    boolean complete = false;
    try {
      for (Mounted mounted : spec.mounts()) {
        if (mounted instanceof Mounted.Volume volume) {
          String name = volume.external() ? volume.name() : name(spec, volume);
          if (volume.external()) {
            checkExternal(name, doing);
          } else if (make(spec, volume, doing)) {
            made.add(volume);
          }
          mounts.add(
              new Mount()
                  .withType(MountType.VOLUME)
                  .withSource(name)
                  .withTarget(volume.path())
                  .withReadOnly(volume.readOnly()));
        }
      }
      complete = true;
      return new Prepared(mounts, made);
    } finally {
      if (!complete) {
        remove(spec, made);
      }
    }
  }

  String name(ServiceSpec spec, Mounted.Volume volume) {
    return names.volume(spec.place().stack(), volume.name());
  }

  /// Whether it wasn't there.
  private boolean make(ServiceSpec spec, Mounted.Volume volume, String doing)
      throws InterruptedException {
    String name = name(spec, volume);
    Optional<InspectVolumeResponse> there = find(name, doing);
    if (there.isPresent()) {
      if (!names.areOurs(labels(there.get()), ServiceNames.VOLUME)) {
        throw new DriverException(
            Kind.CONFLICT, doing + ": there is a volume " + name + " that isn't the agent's");
      }
      return false;
    }
    engine.ask(
        doing,
        client ->
            client
                .createVolumeCmd()
                .withName(name)
                .withLabels(names.labels(ServiceNames.VOLUME, spec.place().stack(), volume.name()))
                .exec());
    return true;
  }

  private Optional<InspectVolumeResponse> find(String name, String doing)
      throws InterruptedException {
    return engine.find(doing, client -> client.inspectVolumeCmd(name).exec());
  }

  static Map<String, String> labels(InspectVolumeResponse volume) {
    Map<String, String> labels = volume.getLabels();
    return labels == null ? Map.of() : labels;
  }

  private void checkExternal(String name, String doing) throws InterruptedException {
    InspectVolumeResponse there =
        find(name, doing)
            .orElseThrow(() ->
                new DriverException(
                    Kind.UNSUPPORTED, doing + ": the engine has no volume " + name));
    if (labels(there).containsKey(ServiceNames.NODE)) {
      throw new DriverException(Kind.UNSUPPORTED, doing + ": volume " + name + " is a node's own");
    }
  }

  /// Removes some that were made in vain.
  void remove(ServiceSpec spec, List<Mounted.Volume> made) {
    for (Mounted.Volume volume : made) {
      String name = name(spec, volume);
      engine.insist(
          "removing volume " + name,
          Engine.found(client -> {
            client.removeVolumeCmd(name).exec();
            return true;
          }));
    }
  }

  List<FoundVolume> list() throws InterruptedException {
    return labelled(engine, names.labels(ServiceNames.VOLUME), "listing volumes").stream()
        .map(volume -> ServiceNames.volume(labels(volume)))
        .toList();
  }

  /// All volumes of the engine with these labels.
  static List<InspectVolumeResponse> labelled(
      Engine engine, Map<String, String> wanted, String doing) throws InterruptedException {
    List<InspectVolumeResponse> found =
        engine
            .ask(
                doing,
                client -> client.listVolumesCmd().withFilter("label", Labels.words(wanted)).exec())
            .getVolumes();
    return found == null
        ? List.of()
        : found.stream().filter(volume -> Labels.has(labels(volume), wanted)).toList();
  }

  void remove(FoundVolume volume) throws InterruptedException {
    String name = names.volume(volume.stack(), volume.name());
    String doing = "removing volume " + volume.name() + " of stack " + volume.stack();
    Optional<InspectVolumeResponse> there = find(name, doing);
    if (there.isPresent() && names.areOurs(labels(there.get()), ServiceNames.VOLUME)) {
      engine.find(
          doing,
          client -> {
            client.removeVolumeCmd(name).exec();
            return true;
          });
    }
  }
}
