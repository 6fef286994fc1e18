package org.promisegrid.driver.docker.service;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.InternetProtocol;
import com.github.dockerjava.api.model.Ports;
import java.net.InetAddress;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.service.Published;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServiceState;

/// What an engine tells of a service's container, in the agent's words.
final class Told {

  private Told() {}

  /// @param here whether the engine is on this host, which then reaches what is in its networks
  static ServiceState state(InspectContainerResponse container, boolean here) {
    if (isRunning(container)) {
      return new ServiceState.Running(
          instant(container.getState().getStartedAt()),
          here ? address(container) : Optional.empty(),
          ports(container));
    }
    return exit(container)
        .<ServiceState>map(ServiceState.Ended::new)
        .orElseGet(ServiceState.Created::new);
  }

  /// Paused is running, too: somebody else's doing, who may undo it.
  static boolean isRunning(InspectContainerResponse container) {
    return Boolean.TRUE.equals(container.getState().getRunning());
  }

  /// How it ended last; empty if it never ran.
  static Optional<ServiceExit> exit(InspectContainerResponse container) {
    ContainerState state = container.getState();
    Instant started = instant(state.getStartedAt());
    if (started.equals(Instant.EPOCH)) {
      return Optional.empty();
    }
    Instant ended = instant(state.getFinishedAt());
    Long code = state.getExitCodeLong();
    return Optional.of(
        new ServiceExit(
            code == null ? 0 : Math.toIntExact(code),
            Boolean.TRUE.equals(state.getOOMKilled()),
            // Engines note a start after it has happened, and some workloads have ended by then.
            started.isAfter(ended) ? ended : started,
            ended));
  }

  /// The epoch for what hasn't happened, of which engines say that it was in the year 1.
  private static Instant instant(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return Instant.EPOCH;
    }
    Instant at = OffsetDateTime.parse(text).toInstant();
    return at.isBefore(Instant.EPOCH) ? Instant.EPOCH : at;
  }

  /// In a network of its own stack, which an engine on this host shares with it.
  private static Optional<InetAddress> address(InspectContainerResponse container) {
    Map<String, ContainerNetwork> networks =
        new TreeMap<>(container.getNetworkSettings().getNetworks());
    return networks.values().stream()
        .map(ContainerNetwork::getIpAddress)
        .filter(address -> address != null && !address.isEmpty())
        .map(InetAddress::ofLiteral)
        .findFirst();
  }

  private static List<Published> ports(InspectContainerResponse container) {
    List<Published> published = new ArrayList<>();
    Ports ports = container.getNetworkSettings().getPorts();
    if (ports != null) {
      for (Map.Entry<ExposedPort, Ports.Binding[]> each : ports.getBindings().entrySet()) {
        for (Ports.Binding binding :
            each.getValue() == null ? new Ports.Binding[0] : each.getValue()) {
          published.add(
              new Published(
                  each.getKey().getPort(),
                  transport(each.getKey().getProtocol()),
                  binding.getHostIp(),
                  Integer.parseInt(binding.getHostPortSpec())));
        }
      }
    }
    published.sort(Comparator.comparing(Published::toString));
    return published;
  }

  private static Published.Transport transport(InternetProtocol protocol) {
    return protocol == InternetProtocol.UDP ? Published.Transport.UDP : Published.Transport.TCP;
  }
}
