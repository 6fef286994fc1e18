package org.promisegrid.server;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/// Has the agent under test give up on readers soon, and give signs of life often.
public final class Impatience implements QuarkusTestResourceLifecycleManager {

  private static final Map<String, String> OPTIONS =
      Map.of("grid.http.stuck", "1s", "grid.http.heartbeat", "100ms");

  @Override
  public Map<String, String> start() {
    OPTIONS.forEach(System::setProperty);
    return Map.of();
  }

  @Override
  public void stop() {
    OPTIONS.keySet().forEach(System::clearProperty);
  }
}
