package org.promisegrid.server.wiring;

import java.util.Set;
import org.promisegrid.sandbox.SandboxDriverFactory;

/// What a driver's jar sees of the agent: the contract, the annotations it is written with, and the
/// JDK. Neither the kernel and its libraries nor other drivers.
final class ContractLoader extends ClassLoader {

  private static final Set<String> SEEN =
      Set.of(SandboxDriverFactory.class.getPackageName(), "org.jspecify.annotations");

  private final ClassLoader agent = SandboxDriverFactory.class.getClassLoader();

  ContractLoader() {
    super("driver contract", ClassLoader.getPlatformClassLoader());
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    if (SEEN.contains(name.substring(0, Math.max(0, name.lastIndexOf('.'))))) {
      return agent.loadClass(name);
    }
    throw new ClassNotFoundException(name);
  }
}
