package org.promisegrid.driver.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.promisegrid.driver.wasm.Wasm.I32;
import static org.promisegrid.driver.wasm.Wasm.I64;
import static org.promisegrid.driver.wasm.Wasm.constant;
import static org.promisegrid.driver.wasm.Wasm.longConstant;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Outcome;

/// The reactor convention, `docs/protocols/wasm-reactor.md`, and modules that don't keep to it.
@Timeout(600)
class ReactorTest {

  private static final byte[] INPUT = "some input".getBytes(StandardCharsets.UTF_8);
  private static final int[] NONE = {};

  private final Lab lab;

  ReactorTest(@TempDir Path scratch) {
    this.lab = new Lab(scratch);
  }

  @AfterEach
  void close() {
    lab.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 55, 56, 63, 64, 65, 100_000})
  void theExampleHashes(int length) throws InterruptedException {
    byte[] input = new byte[length];
    new Random(length).nextBytes(input);
    var result = lab.pure(Modules.example("sha256-reactor"), input);
    assertThat(result.outcome()).isEqualTo(new Outcome.Exited(0));
    assertThat(result.text())
        .isEqualTo(HexFormat.of().formatHex(Cid.sha256().digest(input)) + "\n");
    assertThat(lab.pure(Modules.example("sha256-reactor"), input, "x").outcome())
        .isEqualTo(new Outcome.Exited(2));
  }

  @Test
  void argumentsArriveOneAfterAnotherEachWithItsZero() throws InterruptedException {
    // The result is where and how long the arguments are.
    byte[] module =
        reactor(
            constant(1024), Wasm.bytes(0x20, 0, 0xad, longConstant(32), 0x86, 0x20, 1, 0xad, 0x84));
    assertThat(lab.pure(module, new byte[0], "a", "", "Grüße").text()).isEqualTo("a\0\0Grüße\0");
    assertThat(lab.pure(module, INPUT).text()).isEmpty();
  }

  @Test
  void whatIsEmptyIsNotPlaced() throws InterruptedException {
    byte[] module = reactor(Wasm.bytes(0x00), longConstant(0)); // grid_alloc traps
    assertThat(lab.pure(module, new byte[0]).outcome()).isEqualTo(new Outcome.Exited(0));
    assertThat(lab.pure(module, INPUT).outcome()).isEqualTo(new Outcome.Faulted("unreachable"));
    assertThat(lab.pure(module, new byte[0], "x").outcome())
        .isEqualTo(new Outcome.Faulted("unreachable"));
  }

  @ParameterizedTest
  @CsvSource({"-1, 1", "-255, 255"})
  void aNegativeResultIsAnExitCode(long result, int code) throws InterruptedException {
    var ended = lab.pure(reactor(constant(8), longConstant(result)), INPUT);
    assertThat(ended.outcome()).isEqualTo(new Outcome.Exited(code));
    assertThat(ended.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        -256,
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        65_537L, // one byte more than there is
        65_536L << 32 | 1,
        65_000L << 32 | 537,
        0x7fff_ffffL << 32 | 0x7fff_ffffL,
        0x7fff_ffffL << 32 | 0xffff_ffffL, // together, less than nothing
        0xffff_ffffL
      })
  void aResultOutsideOfTheMemoryIsAFault(long result) throws InterruptedException {
    var ended = lab.pure(reactor(constant(8), longConstant(result)), INPUT);
    assertThat(ended.outcome())
        .isInstanceOfSatisfying(
            Outcome.Faulted.class,
            faulted -> assertThat(faulted.reason()).contains("grid_run gave"));
    assertThat(ended.out()).isEmpty();
  }

  @Test
  void aResultMayFillTheMemoryAndAnEmptyOneMayBeAnywhere() throws InterruptedException {
    assertThat(lab.pure(reactor(constant(8), longConstant(65_536)), INPUT).out()).hasSize(65_536);
    var nowhere = lab.pure(reactor(constant(8), longConstant(0x7fff_ffffL << 32)), INPUT);
    assertThat(nowhere.outcome()).isEqualTo(new Outcome.Exited(0));
    assertThat(nowhere.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 65_527, 65_536, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
  void roomWhereThereIsNoneIsAFault(int address) throws InterruptedException {
    assertThat(lab.pure(reactor(constant(address), longConstant(0)), INPUT).outcome())
        .isInstanceOfSatisfying(
            Outcome.Faulted.class,
            faulted -> assertThat(faulted.reason()).contains("grid_alloc(10)"));
  }

  @Test
  void theLastPlaceForTheInputIsAllRight() throws InterruptedException {
    byte[] module = reactor(constant(65_526), longConstant(65_526L << 32 | 10));
    assertThat(lab.pure(module, INPUT).out()).isEqualTo(INPUT);
  }

  @Test
  void anInputLargerThanTheMemoryLimitCrossesIt() throws InterruptedException {
    byte[] module = reactor(constant(8), longConstant(0));
    Limits limits = Lab.memory(100_000);
    assertThat(lab.run(module, limits, true, new byte[100_001]).outcome())
        .isEqualTo(new Outcome.Exceeded(Limit.MEMORY));
  }

  @Test
  void theOutputLimitHolds() throws InterruptedException {
    byte[] module = reactor(constant(8), longConstant(10));
    Limits nine = new Limits(Lab.LIMITS.time(), Lab.MIB, 9, 0);
    var result = lab.run(module, nine, true, INPUT);
    assertThat(result.outcome()).isEqualTo(new Outcome.Exceeded(Limit.OUTPUT));
    assertThat(result.out()).hasSize(9);
  }

  @Test
  void initialiseIsCalledFirst() throws InterruptedException {
    Wasm wasm = new Wasm().memory(1).global();
    int initialise = wasm.function(wasm.type(NONE, NONE), constant(42), 0x24, 0);
    int run = wasm.type(new int[] {I32, I32, I32, I32}, new int[] {I64});
    int main = wasm.function(run, longConstant(0), 0x23, 0, 0xac, 0x7d); // 0 - global
    int allocate = wasm.function(wasm.type(new int[] {I32}, new int[] {I32}), constant(8));
    byte[] module =
        wasm.exported("_initialize", initialise)
            .exported("grid_run", main)
            .exported("grid_alloc", allocate)
            .module();
    assertThat(lab.pure(module, INPUT).outcome()).isEqualTo(new Outcome.Exited(42));
  }

  @Test
  void aReactorThatLacksSomethingOrImportsIsRefused() {
    Wasm noAlloc = new Wasm().memory(1);
    int run = noAlloc.type(new int[] {I32, I32, I32, I32}, new int[] {I64});
    noAlloc.exported("grid_run", noAlloc.function(run, longConstant(0)));
    assertRefused("grid_alloc", noAlloc.module());

    assertRefused("exports no memory", reactor(new Wasm(), constant(8), longConstant(0)));

    Wasm importing = new Wasm().memory(1);
    importing.imported(
        "wasi_snapshot_preview1", "sched_yield", importing.type(NONE, new int[] {I32}));
    assertRefused("imports", reactor(importing, constant(8), longConstant(0)));
  }

  private void assertRefused(String reason, byte[] module) {
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(() -> lab.create(module, Lab.LIMITS))
        .withMessageContaining(reason)
        .extracting(DriverException::kind)
        .isEqualTo(DriverException.Kind.UNSUPPORTED);
  }

  private static byte[] reactor(byte[] allocate, byte[] run) {
    return reactor(new Wasm().memory(1), allocate, run);
  }

  private static byte[] reactor(Wasm wasm, byte[] allocate, byte[] run) {
    int room = wasm.type(new int[] {I32}, new int[] {I32});
    int call = wasm.type(new int[] {I32, I32, I32, I32}, new int[] {I64});
    return wasm.exported("grid_alloc", wasm.function(room, (Object) allocate))
        .exported("grid_run", wasm.function(call, (Object) run))
        .module();
  }
}
