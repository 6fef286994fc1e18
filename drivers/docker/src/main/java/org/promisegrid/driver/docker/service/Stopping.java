package org.promisegrid.driver.docker.service;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Map;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;

/// How long a service has to end by itself, as its container's label says: engines keep it, and
/// don't tell it to everybody.
final class Stopping {

  static final String LABEL = "grid.grace";

  private Stopping() {}

  static Duration grace(Map<String, String> labels) {
    String text = String.valueOf(labels.get(LABEL));
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw new DriverException(Kind.BROKEN, "a label " + LABEL + " that isn't ours", e);
    }
  }

  /// Engines count whole seconds; nobody gets less than was said.
  static int seconds(Duration grace) {
    return Math.toIntExact(Math.min(Integer.MAX_VALUE, grace.plusMillis(999).toSeconds()));
  }
}
