package org.promisegrid.driver.docker;

import java.util.List;
import java.util.Map;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.Target;

/// Opens the driver for containers on one Docker engine.
///
/// Settings: `host`, the engines' addresses with commas between them, each a socket (`unix:///…`)
/// `tcp://host:port` or `ssh://user@host`; else the one that [Whereabouts] finds. `certificates`,
/// for TLS. `identity`, a private key, and `hostkeys`, for SSH. `warm`, how many warm containers
/// there may be at most on each. `images`, how long those that the agent brought stay there unused.
/// `binds` and `devices`: which paths of this host services may be given.
public final class DockerDriverFactory implements SandboxDriverFactory {

  @Override
  public String name() {
    return "docker";
  }

  @Override
  public List<Target> targets(Map<String, String> settings) {
    return Settings.of(settings, Whereabouts.here()).targets();
  }

  @Override
  public SandboxDriver open(Target target, Map<String, String> settings, Host host) {
    if (!target.driver().equals(name())) {
      throw new IllegalArgumentException("not a target of the docker driver: " + target);
    }
    Settings set = Settings.of(settings, Whereabouts.here());
    return new DockerDriver(target, set, host);
  }
}
