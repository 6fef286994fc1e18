package org.promisegrid.kernel.dispatch;

import java.util.Map;
import java.util.Set;
import org.promisegrid.sandbox.Target;

/// Where a call may run.
///
/// @param drivers names of drivers (`wasm`) or of targets (`docker:unix:///run/docker.sock`); all
///   if empty
/// @param labels what a target's labels must say
public record Placement(Set<String> drivers, Map<String, String> labels) {

  /// No wish.
  public static final Placement ANYWHERE = new Placement(Set.of(), Map.of());

  public Placement {
    drivers = Set.copyOf(drivers);
    labels = Map.copyOf(labels);
  }

  boolean allows(Target target) {
    return drivers.isEmpty()
        || drivers.contains(target.driver())
        || drivers.contains(target.toString());
  }
}
