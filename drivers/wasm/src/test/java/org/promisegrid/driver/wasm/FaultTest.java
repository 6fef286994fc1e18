package org.promisegrid.driver.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.driver.wasm.Wasm.constant;
import static org.promisegrid.driver.wasm.Wasm.number;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.tck.TestProgram;

/// A workload that breaks says how, in words a person can read, and breaks nothing else.
@Timeout(600)
class FaultTest {

  private final Lab lab;

  FaultTest(@TempDir Path scratch) {
    this.lab = new Lab(scratch, Map.of("threads", "1"));
  }

  @AfterEach
  void theDriverLivesOn() throws InterruptedException {
    assertThat(lab.outcome(Modules.of(TestProgram.EXIT), "9")).isEqualTo(new Outcome.Exited(9));
    lab.close();
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of("unreachable", Wasm.command(0x00)),
        Arguments.of("out of bounds memory access", Wasm.command(load(65533))),
        Arguments.of("out of bounds memory access", Wasm.command(load(-4))),
        Arguments.of(
            "out of bounds memory access", // base and offset together are beyond 4 GiB
            Wasm.command(constant(-1), 0x28, 2, number(4), 0x1a)),
        Arguments.of(
            "out of bounds memory access",
            Wasm.command(constant(65530), constant(0), constant(7), 0xfc, 11, 0)), // memory.fill
        Arguments.of(
            "out of bounds memory access",
            Wasm.command(constant(0), constant(65530), constant(7), 0xfc, 10, 0, 0)), // copy
        Arguments.of("integer divide by zero", Wasm.command(constant(1), constant(0), 0x6d, 0x1a)),
        Arguments.of(
            "integer overflow",
            Wasm.command(constant(Integer.MIN_VALUE), constant(-1), 0x6d, 0x1a)),
        Arguments.of("stack exhausted", Wasm.command(0x10, 0)),
        Arguments.of("out of bounds memory access", overfull()),
        Arguments.of("unreachable", breaksWhenInstantiated()));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aTrapIsToldInWords(String reason, byte[] module) throws InterruptedException {
    assertThat(lab.outcome(module)).isEqualTo(new Outcome.Faulted(reason));
  }

  @Test
  void aCallThroughAnEmptyTableEntryIsAFault() throws InterruptedException {
    Wasm wasm = new Wasm().memory(1).table(1);
    int nothing = wasm.type(new int[0], new int[0]);
    int main = wasm.function(nothing, constant(0), 0x11, number(nothing), 0);
    assertThat(lab.outcome(wasm.exported("_start", main).module()))
        .isInstanceOfSatisfying(
            Outcome.Faulted.class,
            faulted -> assertThat(faulted.reason()).contains("uninitialized element"));
  }

  /// It calls the host at every depth, so that the end of the stack strikes wherever it can.
  @Test
  void theEndOfTheStackNeverStrikesTheHost() throws InterruptedException {
    Wasm wasm = new Wasm().memory(1).data(0, Wasm.bytes(16, 0, 0, 0, 1, 0, 0, 0));
    int nothing = wasm.type(new int[0], new int[0]);
    int four = wasm.type(new int[] {Wasm.I32, Wasm.I32, Wasm.I32, Wasm.I32}, new int[] {Wasm.I32});
    int write = wasm.imported("wasi_snapshot_preview1", "fd_write", four);
    int main =
        wasm.function(
            nothing,
            Wasm.bytes(constant(1), constant(0), constant(1), constant(8)),
            Wasm.bytes(0x10, number(write), 0x1a, 0x10, number(write + 1)));
    byte[] module = wasm.exported("_start", main).module();
    for (int i = 0; i < 3; i++) {
      assertThat(lab.outcome(module)).isEqualTo(new Outcome.Faulted("stack exhausted"));
    }
  }

  private static byte[] load(int address) {
    return Wasm.bytes(constant(address), 0x28, 2, 0, 0x1a);
  }

  private static byte[] overfull() {
    Wasm wasm = new Wasm().memory(1).data(65530, new byte[7]);
    int nothing = wasm.type(new int[0], new int[0]);
    return wasm.exported("_start", wasm.function(nothing)).module();
  }

  private static byte[] breaksWhenInstantiated() {
    Wasm wasm = new Wasm().memory(1);
    int nothing = wasm.type(new int[0], new int[0]);
    int broken = wasm.function(nothing, 0x00);
    return wasm.start(broken).exported("_start", wasm.function(nothing)).module();
  }
}
