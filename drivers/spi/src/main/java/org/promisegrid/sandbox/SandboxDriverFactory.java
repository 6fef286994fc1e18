package org.promisegrid.sandbox;

import java.util.List;
import java.util.Map;

/// Opens drivers of one kind; found by [java.util.ServiceLoader].
public interface SandboxDriverFactory {

  /// The version of this contract. The manifest of a driver's jar says, as `Grid-Driver-Contract`,
  /// to which one it is written, and an agent refuses another. It rises when drivers written to the
  /// one before would no longer work.
  int CONTRACT = 1;

  /// The driver's name in configuration, receipts and `place`: `wasm`, `docker`.
  String name();

  /// The targets to open, from the owner's settings for this driver; the obvious one where they
  /// name none. No I/O beyond finding out which that is: whether a target works is
  /// [SandboxDriver#probe]'s to tell.
  ///
  /// @throws IllegalArgumentException if a setting is unknown or makes no sense; names it
  List<Target> targets(Map<String, String> settings);

  /// Opens a driver on one target. Cheap: libraries load and connections open at the first probe.
  SandboxDriver open(Target target, Map<String, String> settings, Host host);
}
