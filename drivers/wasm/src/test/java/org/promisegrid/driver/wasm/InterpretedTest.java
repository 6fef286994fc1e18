package org.promisegrid.driver.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.promisegrid.driver.wasm.Wasm.constant;
import static org.promisegrid.driver.wasm.Wasm.number;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Sandbox;

/// A function too large for a JVM method is interpreted; the rest of its module is compiled.
@Timeout(600)
class InterpretedTest {

  private static final int[] NONE = {};

  private final Path scratch;
  private final Lab lab;

  InterpretedTest(@TempDir Path scratch) {
    this.scratch = scratch;
    this.lab = new Lab(scratch);
  }

  @AfterEach
  void close() {
    lab.close();
  }

  @Test
  void itGivesTheRightResultAndCallsWhatIsCompiled() throws InterruptedException {
    byte[] module = module(1, false);
    assertThat(lab.outcome(module)).isEqualTo(new Outcome.Exited(20_042 & 0xff));
    try (Lab next = new Lab(scratch)) { // from the cache
      assertThat(next.outcome(module)).isEqualTo(new Outcome.Exited(20_042 & 0xff));
    }
  }

  @Test
  void aLoopInItIsEndedByTheTimeLimitAndByStop() throws InterruptedException {
    byte[] module = module(1, true);
    assertThat(lab.outcome(module, Lab.time(Duration.ofMillis(300))))
        .isEqualTo(new Outcome.Exceeded(Limit.TIME));
    try (Sandbox sandbox = lab.started(module, Lab.LIMITS)) {
      sandbox.stop(Duration.ZERO);
      assertThat(sandbox.await().outcome()).isEqualTo(new Outcome.Stopped());
    }
  }

  @Test
  void aModuleOfManySuchFunctionsIsRefused() {
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(() -> lab.create(module(17, false), Lab.LIMITS))
        .withMessageContaining("too large to be compiled");
  }

  /// Functions that each add one to their parameter 20,000 times, and call one that adds 42.
  private static byte[] module(int large, boolean endless) {
    Wasm wasm = new Wasm().memory(1);
    int exit = wasm.type(new int[] {Wasm.I32}, NONE);
    int nothing = wasm.type(NONE, NONE);
    int add = wasm.type(new int[] {Wasm.I32}, new int[] {Wasm.I32});
    int call = wasm.imported("wasi_snapshot_preview1", "proc_exit", exit);
    int small = wasm.function(add, 0x20, 0, constant(42), 0x6a);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if (endless) {
      body.writeBytes(Wasm.bytes(0x03, 0x40, 0x0c, 0, 0x0b)); // loop: branch to its beginning
    }
    for (int i = 0; i < 20_000; i++) {
      body.writeBytes(Wasm.bytes(0x20, 0, constant(1), 0x6a, 0x21, 0));
    }
    body.writeBytes(Wasm.bytes(0x20, 0, 0x10, number(small)));
    int first = small + 1;
    for (int i = 0; i < large; i++) {
      wasm.function(add, body.toByteArray());
    }
    int main = wasm.function(nothing, constant(0), 0x10, number(first), 0x10, number(call));
    return wasm.exported("_start", main).module();
  }
}
