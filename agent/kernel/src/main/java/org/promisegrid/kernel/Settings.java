package org.promisegrid.kernel;

import java.nio.file.Path;
import java.util.Map;

/// What an owner can choose of a kernel.
///
/// @param home the data folder
/// @param version of the agent, for the journal and `agent.status`
/// @param drivers settings by driver name; a driver with `enabled=false` isn't opened
/// @param rates prices of what runs use, see [org.promisegrid.kernel.dispatch.Rates#from]
/// @param allowance the most that one principal may ask for
public record Settings(
    Path home,
    String version,
    Map<String, Map<String, String>> drivers,
    Map<String, String> rates,
    Allowance allowance) {

  public Settings {
    drivers = Map.copyOf(drivers);
    rates = Map.copyOf(rates);
  }

  /// What an owner chose who said nothing of allowances.
  public Settings(
      Path home,
      String version,
      Map<String, Map<String, String>> drivers,
      Map<String, String> rates) {
    this(home, version, drivers, rates, Allowance.DEFAULT);
  }
}
