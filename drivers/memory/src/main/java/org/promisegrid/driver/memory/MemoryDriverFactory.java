package org.promisegrid.driver.memory;

import java.util.List;
import java.util.Map;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.Target;

/// Opens drivers on targets that a test has made. There are no settings.
public final class MemoryDriverFactory implements SandboxDriverFactory {

  /// The driver's name.
  static final String NAME = "memory";

  private final List<MemoryTarget> targets;

  public MemoryDriverFactory(MemoryTarget... targets) {
    this.targets = List.of(targets);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<Target> targets(Map<String, String> settings) {
    if (!settings.isEmpty()) {
      throw new IllegalArgumentException("the memory driver has no settings: " + settings.keySet());
    }
    return targets.stream().map(target -> new Target(NAME, target.name())).toList();
  }

  @Override
  public SandboxDriver open(Target target, Map<String, String> settings, Host host) {
    for (MemoryTarget held : targets) {
      if (target.equals(new Target(NAME, held.name()))) {
        return new MemoryDriver(held, host);
      }
    }
    throw new IllegalArgumentException("no target " + target);
  }
}
