package org.promisegrid.driver.docker;

import java.util.Map;

/// The contract, as containers on a Docker engine keep it.
final class DockerDriverTest extends DockerDriverContract {

  @Override
  protected Map<String, String> settings() {
    return TestEngine.settings();
  }
}
