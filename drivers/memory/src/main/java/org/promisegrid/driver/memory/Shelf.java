package org.promisegrid.driver.memory;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.FoundVolume;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.Published;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.ServiceState;

/// The services of a target, of every node, with their volumes and ports. All of it is bookkeeping:
/// nothing listens at a port that a program doesn't listen at itself.
final class Shelf {

  private static final int FIRST_FREE = 49_152;

  private record Key(NodeId node, SandboxId id) {}

  private record Volume(NodeId node, FoundVolume volume) {}

  private final Map<Key, MemoryService> services = new LinkedHashMap<>();
  private final Set<Volume> volumes = new LinkedHashSet<>();
  private int next = FIRST_FREE;
  private int refusals;
  private Kind refusal = Kind.BROKEN;

  synchronized MemoryService add(
      NodeId node, SandboxId id, ServiceSpec spec, Program program, InstantSource clock) {
    if (services.containsKey(new Key(node, id))) {
      throw new DriverException(Kind.CONFLICT, "create " + id + ": it exists");
    }
    List<Published> ports = new ArrayList<>();
    for (Published port : spec.ports()) {
      if (port.port() != 0 && isTaken(port)) {
        throw new DriverException(
            Kind.CONFLICT,
            "create " + id + ": " + port.address() + ":" + port.port() + " is taken");
      }
      ports.add(
          new Published(
              port.inside(),
              port.transport(),
              port.address(),
              port.port() == 0 ? next++ : port.port()));
    }
    for (Mounted mounted : spec.mounts()) {
      if (mounted instanceof Mounted.Volume volume && !volume.external()) {
        volumes.add(new Volume(node, new FoundVolume(spec.place().stack(), volume.name())));
      }
    }
    MemoryService service = new MemoryService(id, spec, program, ports, clock, this::changed);
    services.put(new Key(node, id), service);
    return service;
  }

  private synchronized void changed() {
    notifyAll();
  }

  /// Waits until so many have ended.
  synchronized void awaitEnded(int count) throws InterruptedException {
    while (services.values().stream().filter(it -> it.state() instanceof ServiceState.Ended).count()
        < count) {
      wait();
    }
  }

  private boolean isTaken(Published port) {
    return services.values().stream()
        .flatMap(it -> it.ports().stream())
        .anyMatch(it ->
            it.port() == port.port()
                && it.transport() == port.transport()
                && it.address().equals(port.address()));
  }

  synchronized Optional<MemoryService> find(NodeId node, SandboxId id) {
    return Optional.ofNullable(services.get(new Key(node, id)));
  }

  synchronized List<MemoryService> of(NodeId node) {
    return services.entrySet().stream()
        .filter(entry -> entry.getKey().node().equals(node))
        .map(Map.Entry::getValue)
        .toList();
  }

  synchronized List<MemoryService> all() {
    return List.copyOf(services.values());
  }

  void remove(NodeId node, SandboxId id) {
    Optional<MemoryService> found = find(node, id);
    found.ifPresent(MemoryService::remove);
    synchronized (this) {
      services.remove(new Key(node, id));
    }
  }

  synchronized List<FoundVolume> volumes(NodeId node) {
    return volumes.stream().filter(it -> it.node().equals(node)).map(Volume::volume).toList();
  }

  synchronized void remove(NodeId node, FoundVolume volume) {
    boolean used =
        of(node).stream()
            .filter(it -> it.spec().place().stack().equals(volume.stack()))
            .flatMap(it -> it.spec().mounts().stream())
            .anyMatch(it ->
                it instanceof Mounted.Volume mounted
                    && !mounted.external()
                    && mounted.name().equals(volume.name()));
    if (used) {
      throw new DriverException(Kind.CONFLICT, "remove " + volume + ": a service has it");
    }
    volumes.remove(new Volume(node, volume));
  }

  synchronized void refuseStarts(Kind kind, int times) {
    refusal = kind;
    refusals = times;
  }

  synchronized void refuseStart(SandboxId id) {
    if (refusals > 0) {
      refusals--;
      throw new DriverException(refusal, "start " + id + ": refused");
    }
  }
}
