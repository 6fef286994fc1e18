package org.promisegrid.sandbox;

import java.time.Duration;

/// What a run used, as far as its driver can tell; zero where it can't.
///
/// @param cpu processor time
/// @param memory the most bytes held at once
public record Usage(Duration cpu, long memory) {

  /// Nothing known.
  public static final Usage NONE = new Usage(Duration.ZERO, 0);
}
