package org.promisegrid.driver.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectVolumeResponse;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.engine.Labels;
import org.promisegrid.sandbox.DriverException;

/// Containers that nobody wants any more and whose engine couldn't be asked to remove them: they go
/// when it can.
final class Leftovers {

  private static final System.Logger LOGGER = System.getLogger(Leftovers.class.getName());

  private final Engine engine;
  private final Naming naming;
  private final Set<Container> left = ConcurrentHashMap.newKeySet();

  /// Whether an engine that went may have left spools of containers that it has no more.
  private final AtomicBoolean spools = new AtomicBoolean(true);

  Leftovers(Engine engine, Naming naming) {
    this.engine = engine;
    this.naming = naming;
  }

  /// Removes a container, running or not, with what it has kept; later if that can't be done now.
  void remove(Container container) {
    try {
      DockerSandbox.remove(engine, container.name());
    } catch (DriverException e) {
      add(container);
      LOGGER.log(
          System.Logger.Level.WARNING, "it is left for later: {0}", String.valueOf(e.getMessage()));
    }
  }

  /// One that is to be removed as soon as the engine can be asked, if it is there at all.
  void add(Container container) {
    left.add(container);
    spools.set(true);
  }

  /// Tries to remove those that are left.
  void removeAll() throws InterruptedException {
    for (Container container : List.copyOf(left)) {
      Optional<InspectContainerResponse> found =
          engine.find(
              "looking for container " + container.name(),
              client -> client.inspectContainerCmd(container.name()).exec());
      left.remove(container);
      // By now the name may be another's, which was made anew.
      if (found.isPresent() && isOurs(container, found.get())) {
        remove(container);
      }
    }
    if (left.isEmpty() && spools.getAndSet(false)) {
      boolean removed = false;
      try {
        removeSpools();
        removed = true;
      } finally {
        spools.compareAndSet(false, !removed);
      }
    }
  }

  /// An engine that is killed while it makes or removes a container may forget that, and keep its
  /// volume. One that is being made has the container's name on it from the beginning.
  private void removeSpools() throws InterruptedException {
    String doing = "looking for spools that no container has";
    Map<String, String> labels = naming.labels(Naming.SPOOL);
    List<InspectVolumeResponse> found =
        engine
            .ask(
                doing,
                client ->
                    client
                        .listVolumesCmd()
                        .withDanglingFilter(true)
                        .withFilter("label", Labels.words(labels))
                        .exec())
            .getVolumes();
    for (InspectVolumeResponse volume : found == null ? List.<InspectVolumeResponse>of() : found) {
      if (!Labels.has(volume.getLabels(), labels)) {
        continue;
      }
      engine.find(
          doing,
          client -> {
            client.removeVolumeCmd(volume.getName()).exec();
            return true;
          });
    }
  }

  private static boolean isOurs(Container container, InspectContainerResponse found) {
    var labels = found.getConfig().getLabels();
    String key = HexFormat.of().formatHex(container.key().bytes());
    return labels != null && key.equals(labels.get(Naming.KEY));
  }
}
