package org.promisegrid.driver.docker.service;

import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.engine.Labels;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.service.ServicePlace;
import org.promisegrid.sandbox.service.ServiceSpec;

/// The networks of stacks. In each that a spec names, services of the stack find each other, and it
/// leads nowhere else. What leads outside is another one, in which nobody has a name: with the way
/// to the world for those that may go there, or only to be reached through published ports.
final class Networks {

  /// The names that specs can't have: these begin with what no name does.
  private static final String OUTWARD = ".outward";

  private static final String REACHED = ".reached";

  /// Kinds of network that aren't a container's own.
  private static final Set<String> SHARED = Set.of("host", "null");

  private final Engine engine;
  private final Podman podman;
  private final ServiceNames names;
  private final ReentrantLock making = new ReentrantLock();

  Networks(Engine engine, Podman podman, ServiceNames names) {
    this.engine = engine;
    this.podman = podman;
    this.names = names;
  }

  /// One that a container is to be in.
  ///
  /// @param id the engine's
  /// @param named whether it has its service's name there
  record Joined(String id, boolean named) {}

  /// What a spec asks for.
  ///
  /// @param made those that weren't there before
  record Prepared(List<Joined> joined, List<String> made) {}

  /// Makes those that are missing. The first is the one through which ports are published, if any.
  Prepared prepare(ServiceSpec spec, String doing) throws InterruptedException {
    List<Joined> joined = new ArrayList<>();
    List<String> made = new ArrayList<>();
    making.lockInterruptibly();
    boolean complete = false;
    try {
      String stack = spec.place().stack();
      if (spec.networks().stream().anyMatch(network -> network.outward() && !network.external())) {
        joined.add(new Joined(own(stack, outward(spec.place()), made, doing), false));
      } else if (!spec.ports().isEmpty()) {
        joined.add(new Joined(own(stack, REACHED, made, doing), false));
      }
      for (ServiceSpec.Network network : spec.networks()) {
        joined.add(
            new Joined(
                network.external()
                    ? external(network.name(), doing)
                    : own(stack, network.name(), made, doing),
                true));
      }
      complete = true;
      return new Prepared(joined, made);
    } finally {
      making.unlock();
      if (!complete) {
        remove(made);
      }
    }
  }

  /// Podman doesn't keep those apart that are in one network: there each replica has its own.
  private String outward(ServicePlace place) throws InterruptedException {
    return engine.isPodman() ? OUTWARD + "." + place.service() + "." + place.replica() : OUTWARD;
  }

  private String own(String stack, String name, List<String> made, String doing)
      throws InterruptedException {
    List<Network> there = own(stack, name, doing);
    if (!there.isEmpty()) {
      return there.getFirst().getId();
    }
    String full = names.network(stack, name);
    if (named(full, doing).isPresent()) {
      throw new DriverException(
          Kind.CONFLICT, doing + ": there is a network " + full + " that isn't the agent's");
    }
    Map<String, String> labels = names.labels(ServiceNames.NETWORK, stack, name);
    boolean internal = !name.startsWith(OUTWARD) && !name.equals(REACHED);
    String id =
        engine.isPodman()
            ? podman.makeNetwork(full, internal, labels, doing)
            : make(full, internal, options(name), labels, doing);
    made.add(id);
    return id;
  }

  private String make(
      String full,
      boolean internal,
      Map<String, String> options,
      Map<String, String> labels,
      String doing)
      throws InterruptedException {
    return engine.ask(
        doing,
        client ->
            client
                .createNetworkCmd()
                .withName(full)
                .withDriver("bridge")
                .withCheckDuplicate(true)
                .withInternal(internal)
                .withOptions(options)
                .withLabels(labels)
                .exec()
                .getId());
  }

  /// Those that lead outside lead from there to nobody else, and only one leads on into the world.
  private static Map<String, String> options(String name) {
    return switch (name) {
      case OUTWARD -> Map.of("com.docker.network.bridge.enable_icc", "false");
      case REACHED ->
          Map.of(
              "com.docker.network.bridge.enable_icc", "false",
              "com.docker.network.bridge.enable_ip_masquerade", "false");
      default -> Map.of();
    };
  }

  private List<Network> own(String stack, String name, String doing) throws InterruptedException {
    return labelled(names.labels(ServiceNames.NETWORK, stack, name), doing);
  }

  private List<Network> labelled(Map<String, String> labels, String doing)
      throws InterruptedException {
    return engine
        .ask(
            doing,
            client -> client.listNetworksCmd().withFilter("label", Labels.words(labels)).exec())
        .stream()
        .filter(network -> Labels.has(network.getLabels(), labels))
        .toList();
  }

  private Optional<Network> named(String name, String doing) throws InterruptedException {
    return engine
        .ask(doing, client -> client.listNetworksCmd().withNameFilter(name).exec())
        .stream()
        .filter(network -> network.getName().equals(name))
        .findFirst();
  }

  /// One that somebody else made: not a host's own, and no node's.
  private String external(String name, String doing) throws InterruptedException {
    Network network =
        named(name, doing)
            .orElseThrow(() ->
                new DriverException(
                    Kind.UNSUPPORTED, doing + ": the engine has no network " + name));
    Map<String, String> labels = network.getLabels();
    if (SHARED.contains(String.valueOf(network.getDriver()))) {
      throw new DriverException(
          Kind.UNSUPPORTED, doing + ": network " + name + " isn't one for services");
    }
    if (labels != null && labels.containsKey(ServiceNames.NODE)) {
      throw new DriverException(
          Kind.UNSUPPORTED, doing + ": network " + name + " belongs to a node's stack");
    }
    return network.getId();
  }

  void join(String container, Joined network, ServicePlace place, String doing)
      throws InterruptedException {
    ContainerNetwork as = new ContainerNetwork();
    engine.ask(
        doing,
        client ->
            client
                .connectToNetworkCmd()
                .withNetworkId(network.id())
                .withContainerId(container)
                .withContainerNetwork(network.named() ? as.withAliases(place.service()) : as)
                .exec());
  }

  /// Removes some that were made in vain; one that a service is in by now stays.
  void remove(List<String> ids) {
    for (String id : ids) {
      engine.insist(
          "removing network " + id,
          client -> {
            try {
              client.removeNetworkCmd(id).exec();
            } catch (com.github.dockerjava.api.exception.NotFoundException _) {
              // That is what was wanted.
            } catch (com.github.dockerjava.api.exception.DockerException e) {
              if (!String.valueOf(e.getMessage()).contains("active endpoints")) {
                throw e;
              }
            }
            return true;
          });
    }
  }

  /// Removes a stack's.
  void remove(String stack, String doing) throws InterruptedException {
    remove(
        labelled(names.labels(ServiceNames.NETWORK, stack), doing).stream()
            .map(Network::getId)
            .toList());
  }
}
