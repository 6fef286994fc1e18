package org.promisegrid.kernel;

import java.nio.file.Path;
import java.util.Map;
import org.promisegrid.kernel.journal.Journal;
import org.promisegrid.kernel.storage.Storage;

/// What an owner can choose of a kernel.
///
/// @param home the data folder
/// @param version of the agent, for the journal and `agent.status`
/// @param drivers settings by driver name; a driver with `enabled=false` isn't opened
/// @param rates prices of what runs use, see [org.promisegrid.kernel.dispatch.Rates#from]
/// @param segment bytes after which the journal begins another file
/// @param allowance the most that one principal may ask for
/// @param storage how much of the disk content gets, and for how long
public record Settings(
    Path home,
    String version,
    Map<String, Map<String, String>> drivers,
    Map<String, String> rates,
    long segment,
    Allowance allowance,
    Storage storage) {

  public Settings {
    drivers = Map.copyOf(drivers);
    rates = Map.copyOf(rates);
    if (segment < 1) {
      throw new IllegalArgumentException("a segment of " + segment + " bytes");
    }
  }

  /// What an owner chose who said nothing of journal, allowances and storage.
  public Settings(
      Path home,
      String version,
      Map<String, Map<String, String>> drivers,
      Map<String, String> rates) {
    this(home, version, drivers, rates, Journal.SEGMENT, Allowance.DEFAULT, Storage.DEFAULT);
  }
}
