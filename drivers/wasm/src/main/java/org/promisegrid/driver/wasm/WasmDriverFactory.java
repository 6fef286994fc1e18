package org.promisegrid.driver.wasm;

import java.util.List;
import java.util.Map;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.Target;

/// Opens the driver for WebAssembly, whose one target is this process.
///
/// Settings: `threads`, workloads that compute at once; `memory`, bytes they may hold together;
/// `modules`, bytes of compiled modules kept ready; `cache`, bytes of compiled code kept on disk.
/// Sizes may end in `KiB`, `MiB` or `GiB`.
public final class WasmDriverFactory implements SandboxDriverFactory {

  static final Target LOCAL = new Target("wasm", "local");

  @Override
  public String name() {
    return LOCAL.driver();
  }

  @Override
  public List<Target> targets(Map<String, String> settings) {
    Settings.of(settings);
    return List.of(LOCAL);
  }

  @Override
  public SandboxDriver open(Target target, Map<String, String> settings, Host host) {
    if (!target.equals(LOCAL)) {
      throw new IllegalArgumentException("the wasm driver's only target is " + LOCAL);
    }
    return new WasmDriver(Settings.of(settings), host);
  }
}
