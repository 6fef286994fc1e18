package org.promisegrid.kernel;

import java.util.List;
import org.promisegrid.kernel.dispatch.Event;
import org.promisegrid.sandbox.SandboxDriverFactory;

/// The drivers that an agent was put together with.
///
/// @param factories of those that can be opened
/// @param skipped what was found, and can't be: told to the owner by name
public record Drivers(List<SandboxDriverFactory> factories, List<Event.Skipped> skipped) {

  public Drivers {
    factories = List.copyOf(factories);
    skipped = List.copyOf(skipped);
  }

  /// Whether no driver can have a name, since the driver's folder would be one of the home's own.
  public static boolean isReserved(String name) {
    return Home.isOwn(name);
  }
}
