package org.promisegrid.sandbox;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One run, as the workload sees it.
///
/// @param arguments without the program's own name; a driver whose system wants one says `function`
/// @param environment variables; empty for a pure workload
/// @param seed what a pure workload's randomness is derived from; absent if it isn't pure
public record Invocation(
    List<String> arguments, Map<String, String> environment, Optional<Cid> seed) {

  public Invocation {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
  }

  /// A run with arguments only.
  public static Invocation of(String... arguments) {
    return new Invocation(List.of(arguments), Map.of(), Optional.empty());
  }
}
