package org.promisegrid.driver.docker;

import java.util.List;
import java.util.Map;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.Target;

/// Opens the driver for containers on one Docker engine.
///
/// Setting: `host`, the engine's socket as `unix:///…`; else what `DOCKER_HOST` says, else
/// `unix:///var/run/docker.sock`.
public final class DockerDriverFactory implements SandboxDriverFactory {

  @Override
  public String name() {
    return "docker";
  }

  @Override
  public List<Target> targets(Map<String, String> settings) {
    return List.of(Settings.of(settings).target());
  }

  @Override
  public SandboxDriver open(Target target, Map<String, String> settings, Host host) {
    if (!target.driver().equals(name())) {
      throw new IllegalArgumentException("not a target of the docker driver: " + target);
    }
    return new DockerDriver(target, host);
  }
}
