package org.promisegrid.sandbox;

import java.util.Map;

/// What a sandbox is to be: the whole of what its workload is given. What it doesn't name, the
/// workload doesn't have: no network, files, variables, clock.
///
/// @param form the code, and how it is run
/// @param limits the most that the run may use
/// @param isolation the least that is asked for
/// @param pure whether the result may depend on arguments and input alone; see
///   [Trait#ENFORCES_PURITY]
/// @param slots what fills the function's named slots
public record SandboxSpec(
    Form form, Limits limits, Isolation isolation, boolean pure, Map<String, Filling> slots) {

  public SandboxSpec {
    slots = Map.copyOf(slots);
  }
}
