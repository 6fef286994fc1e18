package org.promisegrid.sandbox.service;

import java.time.Instant;
import java.util.Optional;

/// Which part of a service's log is wanted.
///
/// @param tail the last so many lines; negative for all
/// @param since not what is older; absent for all
/// @param follow whether to wait for more until the workload ends
public record LogRange(int tail, Optional<Instant> since, boolean follow) {

  /// All that is kept.
  public static final LogRange ALL = new LogRange(-1, Optional.empty(), false);
}
