package org.promisegrid.driver.docker;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.sandbox.Target;

/// What an owner can set for this driver.
///
/// @param host the engine's address; `host`, else `DOCKER_HOST` of the environment, else
///   `unix:///var/run/docker.sock`
record Settings(String host) {

  private static final String USUAL = "unix:///var/run/docker.sock";

  /// @throws IllegalArgumentException if one is unknown or makes no sense
  static Settings of(Map<String, String> settings) {
    for (String name : settings.keySet()) {
      if (!name.equals("host")) {
        throw new IllegalArgumentException("the docker driver has no setting " + name);
      }
    }
    String set = settings.get("host");
    if (set != null) {
      if (!set.matches("unix:///[^?#]+")) {
        throw new IllegalArgumentException(
            "docker: host is a socket such as " + USUAL + ", not " + set);
      }
      return new Settings(set);
    }
    String environment = System.getenv("DOCKER_HOST");
    return new Settings(environment == null || environment.isEmpty() ? USUAL : environment);
  }

  Target target() {
    return new Target("docker", host);
  }

  /// The socket that an address names; empty where it names something else.
  static Optional<Path> socket(String address) {
    return address.startsWith("unix:///")
        ? Optional.of(Path.of(address.substring("unix://".length())))
        : Optional.empty();
  }
}
