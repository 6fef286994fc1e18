package org.promisegrid.driver.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.promisegrid.driver.wasm.Wasm.bytes;
import static org.promisegrid.driver.wasm.Wasm.constant;
import static org.promisegrid.driver.wasm.Wasm.number;
import static org.promisegrid.driver.wasm.Wasm.section;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.tck.TestProgram;

/// What can't run is refused before it runs, with a reason, and costs no more than its own size.
@Timeout(600)
class RefusalTest {

  private static final byte[] HEADER = {0, 'a', 's', 'm', 1, 0, 0, 0};
  private static final byte[] MILLIARD = number(1_000_000_000);
  private static final int[] NONE = {};

  private final Lab lab;

  RefusalTest(@TempDir Path scratch) {
    this.lab = new Lab(scratch);
  }

  @AfterEach
  void theDriverLivesOn() throws InterruptedException {
    assertThat(lab.outcome(Modules.of(TestProgram.EXIT), "9")).isEqualTo(new Outcome.Exited(9));
    assertThat(lab.driver().list()).isEmpty();
    lab.close();
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of("not a WebAssembly module", new byte[0]),
        Arguments.of("not a WebAssembly module", "#!/bin/sh\n".getBytes(StandardCharsets.UTF_8)),
        Arguments.of("neither a command", HEADER),
        Arguments.of("it imports env.printf, which isn't there", importing("env", "printf", NONE)),
        Arguments.of(
            "it imports wasi_snapshot_preview1.sock_open",
            importing("wasi_snapshot_preview1", "sock_open", NONE)),
        Arguments.of("which is (i32)->()", importing("wasi_snapshot_preview1", "proc_exit", NONE)),
        Arguments.of("isn't a function", hostile(2, bytes(1, 1, 'm', 1, 'x', 2, 0, 1))),
        Arguments.of("more than one memory", hostile(5, bytes(2, 0, 1, 0, 1))),
        Arguments.of("shared and 64-bit memories", hostile(5, bytes(1, 3, 1, 1))),
        Arguments.of("shared and 64-bit memories", hostile(5, bytes(1, 4, 1))),
        Arguments.of("a memory of 2 to 1 pages", hostile(5, bytes(1, 1, 2, 1))),
        Arguments.of("a memory of 65537", hostile(5, bytes(1, 0, number(65537)))),
        Arguments.of("garbage-collected types", hostile(1, bytes(1, 0x5f, 0))),
        Arguments.of("garbage-collected types", hostile(1, bytes(1, 0x4e, MILLIARD))),
        Arguments.of("table entries", hostile(4, bytes(1, 0x70, 0, MILLIARD))),
        Arguments.of("unknown kind 99", hostile(99, bytes())),
        // Each of these makes a parser that trusts it allocate gigabytes.
        Arguments.of("more than can follow", hostile(1, bytes(MILLIARD))),
        Arguments.of("more than can follow", hostile(1, bytes(1, 0x60, MILLIARD))),
        Arguments.of("more than can follow", hostile(1, bytes(1, 0x60, 0, MILLIARD))),
        Arguments.of("more than can follow", hostile(3, bytes(MILLIARD))),
        Arguments.of("more than can follow", hostile(9, bytes(1, 1, 0, MILLIARD))),
        Arguments.of("more than can follow", hostile(11, bytes(1, 1, MILLIARD))),
        Arguments.of("more than can follow", bytes(HEADER, 0, MILLIARD)),
        Arguments.of("local variables", hostile(10, bytes(1, 8, 1, MILLIARD, 0x7f, 0x0b))),
        Arguments.of("offset beyond 2 GiB", farOffset()),
        Arguments.of("larger than", Arrays.copyOf(HEADER, 40 << 20)),
        Arguments.of("a function of", largeFunction()));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void theReasonIsTold(String reason, byte[] module) throws InterruptedException {
    assertRefused(reason, module);
    assertThat(lab.driver().offers(lab.spec(module, Lab.LIMITS, false)))
        .isInstanceOfSatisfying(
            Quote.Declined.class, declined -> assertThat(declined.reason()).contains(reason));
    assertRefused(reason, module);
  }

  @Test
  void aMarkedDepthOfNestingIsNoReasonToFall() throws InterruptedException {
    int depth = 100_000;
    byte[] module = nested(depth);
    try {
      lab.create(module, Lab.LIMITS).close();
    } catch (DriverException e) {
      assertThat(e.kind()).isEqualTo(DriverException.Kind.UNSUPPORTED);
    }
  }

  @Test
  void invalidCodeIsRefusedThoughItsOutlineIsFine() throws InterruptedException {
    assertRefused("", Wasm.command(0x6a)); // adds what isn't there
    assertRefused("", Wasm.command(0x10, number(77))); // calls what isn't there
    assertRefused("", Wasm.command(0xff));
    assertRefused("", Wasm.command(constant(1))); // leaves a value
  }

  @Test
  void aPureFunctionHasNoPort() {
    byte[] module = Modules.of(TestProgram.ASK);
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(() -> lab.create(lab.spec(module, Lab.LIMITS, true)))
        .withMessageContaining("port")
        .extracting(DriverException::kind)
        .isEqualTo(DriverException.Kind.UNSUPPORTED);
  }

  private void assertRefused(String reason, byte[] module) {
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(() -> lab.create(module, Lab.LIMITS))
        .withMessageContaining(reason)
        .extracting(DriverException::kind)
        .isEqualTo(DriverException.Kind.UNSUPPORTED);
  }

  private static byte[] hostile(int section, byte[] content) {
    return bytes(HEADER, section(section, content));
  }

  private static byte[] importing(String module, String name, int[] parameters) {
    Wasm wasm = new Wasm().memory(1);
    int nothing = wasm.type(NONE, NONE);
    wasm.imported(module, name, wasm.type(parameters, NONE));
    return wasm.exported("_start", wasm.function(nothing)).module();
  }

  private static byte[] farOffset() {
    return Wasm.command(constant(100), 0x28, 2, number(0xffff_ffffL), 0x1a);
  }

  private static byte[] largeFunction() {
    byte[] body = new byte[(1 << 20) + 1];
    Arrays.fill(body, (byte) 0x01); // nop
    return Wasm.command(body);
  }

  private static byte[] nested(int depth) {
    byte[] body = new byte[3 * depth];
    for (int i = 0; i < depth; i++) {
      body[2 * i] = 0x02; // block
      body[2 * i + 1] = 0x40;
      body[2 * depth + i] = 0x0b; // end
    }
    return Wasm.command(body);
  }
}
