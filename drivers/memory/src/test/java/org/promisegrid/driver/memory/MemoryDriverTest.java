package org.promisegrid.driver.memory;

import java.util.List;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.tck.SandboxDriverContract;
import org.promisegrid.tck.TestProgram;

/// The contract, with every trait that the reference driver honours.
final class MemoryDriverTest extends SandboxDriverContract {

  private final MemoryTarget target = MemoryTarget.serving("tck");

  @Override
  protected SandboxDriverFactory factory() {
    return new MemoryDriverFactory(target);
  }

  @Override
  protected Form build(TestProgram program) {
    content().put(MemoryTarget.code(program.name()));
    return target.register(program.name(), Programs.of(program));
  }

  @Override
  protected List<String> program(TestProgram program) {
    return List.of(program.name());
  }
}
