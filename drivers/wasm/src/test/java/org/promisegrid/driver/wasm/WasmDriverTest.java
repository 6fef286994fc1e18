package org.promisegrid.driver.wasm;

import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.tck.SandboxDriverContract;
import org.promisegrid.tck.TestProgram;

/// The contract, as WebAssembly keeps it.
final class WasmDriverTest extends SandboxDriverContract {

  @Override
  protected SandboxDriverFactory factory() {
    return new WasmDriverFactory();
  }

  @Override
  protected Form build(TestProgram program) {
    return new Form("wasm", content().put(Modules.of(program)));
  }
}
