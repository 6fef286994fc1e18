package org.promisegrid.sandbox.service;

import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Where a service's sandbox is in its life.
public sealed interface ServiceState {

  /// Made; nothing of the workload has executed.
  record Created() implements ServiceState {}

  /// Started, not ended.
  ///
  /// @param since by the target's clock
  /// @param address where the agent reaches the workload's own ports; absent where it can't
  /// @param ports as they are published now
  record Running(Instant since, Optional<InetAddress> address, List<Published> ports)
      implements ServiceState {
    public Running {
      ports = List.copyOf(ports);
    }
  }

  /// Ended; it can be started again.
  record Ended(ServiceExit exit) implements ServiceState {}
}
