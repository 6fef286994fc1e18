package org.promisegrid.driver.wasm;

import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Sample;
import org.promisegrid.sandbox.SandboxSpec;

/// The driver's own tiny workload: a command that counts to a million.
final class SampleModule {

  private static final long MIB = 1 << 20;

  private static final String CODE =
      "0061736d01000000" // header
          + "010401600000" // a type without parameters and results
          + "03020100" // one function of it
          + "070a01065f73746172740000" // exported as _start
          + "0a18011601017f" // its body: a local variable,
          + "41c0843d2100" // set to a million,
          + "0340200041016b22000d000b0b"; // and a loop that counts it down to nothing

  private SampleModule() {}

  static Sample sample() {
    byte[] code = HexFormat.of().parseHex(CODE);
    SandboxSpec spec =
        new SandboxSpec(
            new Form(WasmDriver.FORM, Cid.of(code)),
            new Limits(Duration.ofSeconds(10), MIB, 0, 0),
            Isolation.SANDBOX,
            true,
            Map.of());
    return new Sample(code, spec, Invocation.of());
  }
}
