package org.promisegrid.tck;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Fitness;

/// Whether a driver whose target can't work here may be skipped.
///
/// @param drivers names of drivers that must work here
record Requirement(Set<String> drivers) {

  static final String VARIABLE = "GRID_REQUIRE_DRIVERS";
  static final String PROPERTY = "grid.require.";

  /// As the environment variable `GRID_REQUIRE_DRIVERS=wasm,docker` has it, and, for one driver,
  /// the system property `-Dgrid.require.wasm`.
  static Requirement of(String driver, @Nullable String variable, @Nullable String property) {
    Set<String> named =
        variable == null
            ? Set.of()
            : Arrays.stream(variable.split(",", -1))
                .map(String::strip)
                .collect(Collectors.toUnmodifiableSet());
    boolean demanded = property != null && !property.equals("false");
    return new Requirement(demanded ? Set.of(driver) : named);
  }

  /// Why the suite is to be skipped for `driver`; empty if it runs.
  ///
  /// @throws AssertionError if it can't work and must
  Optional<String> reasonToSkip(String driver, Fitness fitness) {
    if (fitness.status() == Fitness.Status.HEALTHY) {
      return Optional.empty();
    }
    String reason = driver + " is " + fitness.status() + " here: " + fitness.reason();
    if (drivers.contains(driver)) {
      throw new AssertionError("required, but " + reason);
    }
    return Optional.of(reason);
  }
}
