package org.promisegrid.sandbox;

import java.util.List;

/// What a call, a token or a binding puts into one of a function's named slots. A driver without
/// the matching [Trait] declines a spec that holds one; none is ever left out silently.
public sealed interface Filling {

  /// A secret by its name in [Host#secrets], delivered as a file at `path` that lies in memory and
  /// can only be read. What else is in its folder is what other slots put there.
  record Secret(String name, String path) implements Filling {}

  /// A named volume, mounted at `path`.
  record Volume(String name, String path, boolean readOnly) implements Filling {}

  /// A port the workload listens on, reachable at `address:port` of the host.
  record Listen(int inside, String address, int port) implements Filling {}

  /// Destinations (`host:port`) that the workload may connect to.
  record Egress(List<String> destinations) implements Filling {
    public Egress {
      destinations = List.copyOf(destinations);
    }
  }
}
