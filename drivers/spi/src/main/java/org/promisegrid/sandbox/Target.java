package org.promisegrid.sandbox;

/// What one driver instance is opened on: an engine's socket, a hypervisor URI, an SSH host, or,
/// for a driver that works inside the agent's own process, `local`.
///
/// @param driver the factory's name, such as `wasm`
/// @param address as the driver understands it
public record Target(String driver, String address) {

  /// `driver:address`, as in receipts, `explain` and configuration.
  @Override
  public String toString() {
    return driver + ":" + address;
  }
}
