package org.promisegrid.sandbox.service;

/// A port of a service that can be reached from outside.
///
/// @param inside the port that the workload listens on
/// @param transport how
/// @param address of the target's host
/// @param port of the target's host; 0 for one that is free, which [ServiceState.Running] tells
public record Published(int inside, Transport transport, String address, int port) {

  /// How a port is spoken to.
  public enum Transport {
    TCP,
    UDP
  }

  /// @throws IllegalArgumentException if a port is out of range
  public Published {
    if (inside < 1 || inside > 65_535 || port < 0 || port > 65_535) {
      throw new IllegalArgumentException("not a port: " + inside + ", " + port);
    }
  }
}
