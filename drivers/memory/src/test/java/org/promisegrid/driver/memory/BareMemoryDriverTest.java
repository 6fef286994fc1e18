package org.promisegrid.driver.memory;

import java.util.Set;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.tck.SandboxDriverContract;
import org.promisegrid.tck.TestProgram;

/// The contract, without a single trait: what is absent is absent.
final class BareMemoryDriverTest extends SandboxDriverContract {

  private final MemoryTarget target = new MemoryTarget("tck", Set.of());

  @Override
  protected SandboxDriverFactory factory() {
    return new MemoryDriverFactory(target);
  }

  @Override
  protected Form build(TestProgram program) {
    content().put(MemoryTarget.code(program.name()));
    return target.register(program.name(), Programs.of(program));
  }
}
