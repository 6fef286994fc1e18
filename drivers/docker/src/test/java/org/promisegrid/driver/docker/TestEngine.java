package org.promisegrid.driver.docker;

import java.util.Map;

/// The engine that tests may fill and empty: the one that `GRID_TEST_DOCKER` names, such as
/// `unix:///tmp/engine/docker.sock`; without it the one that the driver finds by itself. `check`
/// starts one of its own (`checks/engine.sh`).
final class TestEngine {

  private static final String VARIABLE = "GRID_TEST_DOCKER";

  private TestEngine() {}

  /// What an owner says to have the driver use it.
  static Map<String, String> settings() {
    String named = System.getenv(VARIABLE);
    return named == null || named.isEmpty() ? Map.of() : Map.of("host", named);
  }
}
