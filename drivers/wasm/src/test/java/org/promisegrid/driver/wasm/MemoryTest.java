package org.promisegrid.driver.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.promisegrid.driver.wasm.Lab.MIB;
import static org.promisegrid.driver.wasm.Wasm.constant;
import static org.promisegrid.driver.wasm.Wasm.number;

import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.tck.Feed;
import org.promisegrid.tck.TestProgram;

/// Memory is given up to the limit; crossing it ends the run and is never told to the workload.
@Timeout(600)
class MemoryTest {

  private static final long PAGE = 1 << 16;
  private static final Outcome TOO_MUCH = new Outcome.Exceeded(Limit.MEMORY);

  private final Lab lab;

  MemoryTest(@TempDir Path scratch) {
    this.lab = new Lab(scratch);
  }

  @AfterEach
  void close() {
    lab.close();
  }

  @Test
  void aMinimumAboveTheLimitEndsTheRunBeforeItBegins() throws InterruptedException {
    byte[] module = exiting(new Wasm().memory(17), constant(7));
    assertThat(lab.outcome(module, Lab.memory(17 * PAGE))).isEqualTo(new Outcome.Exited(7));
    assertThat(lab.outcome(module, Lab.memory(17 * PAGE - 1))).isEqualTo(TOO_MUCH);
  }

  @Test
  void growthIsGivenUpToTheLimitAndEndsTheRunBeyond() throws InterruptedException {
    byte[] module = exiting(new Wasm().memory(1), constant(15), grow());
    assertThat(lab.outcome(module, Lab.memory(16 * PAGE))).isEqualTo(new Outcome.Exited(1));
    assertThat(lab.outcome(module, Lab.memory(16 * PAGE - 1))).isEqualTo(TOO_MUCH);
  }

  @Test
  void aModulesOwnMaximumIsTheWorkloadsBusiness() throws InterruptedException {
    byte[] module = exiting(new Wasm().memory(1, 10), constant(10), grow());
    assertThat(lab.outcome(module)).isEqualTo(new Outcome.Exited(255)); // -1
    // Also where the limit is lower: what the module is told doesn't depend on it.
    assertThat(lab.outcome(module, Lab.memory(4 * PAGE))).isEqualTo(new Outcome.Exited(255));
  }

  @Test
  void growthBeyondWhatThereIsInWebAssemblyIsRefusedAsEverywhere() throws InterruptedException {
    assertThat(lab.outcome(exiting(new Wasm().memory(1), constant(65536), grow())))
        .isEqualTo(new Outcome.Exited(255));
    assertThat(lab.outcome(exiting(new Wasm().memory(1), constant(-1), grow())))
        .isEqualTo(new Outcome.Exited(255));
  }

  @Test
  void grownMemoryIsZeroAndReachesToItsEnd() throws InterruptedException {
    int last = (int) (3 * PAGE - 4);
    byte[] module =
        exiting(
            new Wasm().memory(1),
            Wasm.bytes(constant(2), grow(), 0x1a, constant(last), load(), constant(40), 0x6a),
            Wasm.bytes(constant(last), constant(2), store(), constant(last), load(), 0x6a));
    assertThat(lab.outcome(module)).isEqualTo(new Outcome.Exited(42));
  }

  @Test
  void whatIsSetAsideForGrowthIsOutOfBounds() throws InterruptedException {
    // One page at a time makes the array behind larger than the memory.
    byte[] grown = Wasm.bytes(constant(1), grow(), 0x1a);
    byte[] module =
        exiting(new Wasm().memory(2), Wasm.bytes(grown, constant((int) (3 * PAGE - 3)), load()));
    assertThat(lab.outcome(module)).isEqualTo(new Outcome.Faulted("out of bounds memory access"));
  }

  @Test
  void tablesCountAsMemory() throws InterruptedException {
    byte[] large = exiting(new Wasm().memory(1).table(1_000_000), constant(3));
    assertThat(lab.outcome(large, Lab.memory(8_000_000))).isEqualTo(new Outcome.Exited(3));
    assertThat(lab.outcome(large, Lab.memory(7_999_999))).isEqualTo(TOO_MUCH);

    byte[] growing = exiting(new Wasm().memory(1).table(1), tableGrow(999_999));
    assertThat(lab.outcome(growing, Lab.memory(8_000_000))).isEqualTo(new Outcome.Exited(1));
    assertThat(lab.outcome(growing, Lab.memory(7_999_999))).isEqualTo(TOO_MUCH);
  }

  @Test
  void aTableThatOneRunGrewIsAsBeforeForTheNext() throws InterruptedException {
    byte[] module =
        exiting(
            new Wasm().memory(1).table(5),
            Wasm.bytes(tableGrow(10), 0x1a, 0xfc, number(16), 0)); // table.size
    assertThat(lab.outcome(module)).isEqualTo(new Outcome.Exited(15));
    assertThat(lab.outcome(module)).isEqualTo(new Outcome.Exited(15));
  }

  @Test
  void usageTellsTheMostThatWasHeld() throws InterruptedException {
    byte[] module = exiting(new Wasm().memory(1), constant(9), grow());
    var ending = lab.run(module, Lab.LIMITS, false, new byte[0]).ending();
    assertThat(ending.usage().memory()).isEqualTo(10 * PAGE);
  }

  @Test
  void allRunsTogetherHoldNoMoreThanIsSetAside(@TempDir Path scratch) throws InterruptedException {
    Limits generous = Lab.memory(64 * MIB);
    byte[] small = Modules.of(TestProgram.WAIT);
    byte[] large = exiting(new Wasm().memory(48), constant(0)); // 3 MiB
    byte[] growing = exiting(new Wasm().memory(1), constant(47), grow());
    Feed in = Feed.held();
    try (Lab tight = new Lab(scratch, Map.of("memory", "3200KiB"))) {
      assertThat(tight.outcome(large, generous)).isEqualTo(new Outcome.Exited(0));
      assertThat(tight.outcome(growing, generous)).isEqualTo(new Outcome.Exited(1));
      try (Sandbox waiting = tight.started(small, generous, in, OutputStream.nullOutputStream())) {
        in.awaitReader();
        assertThatExceptionOfType(DriverException.class)
            .isThrownBy(() -> tight.create(large, generous))
            .extracting(DriverException::kind)
            .isEqualTo(DriverException.Kind.EXHAUSTED);
        assertThat(tight.outcome(growing, generous)).isInstanceOf(Outcome.Lost.class);
        in.end();
        assertThat(waiting.await().outcome()).isEqualTo(new Outcome.Exited(0));
      }
      assertThat(tight.outcome(large, generous)).isEqualTo(new Outcome.Exited(0));
    }
  }

  @Test
  void whileItGrowsMemoryIsHeldTwice(@TempDir Path scratch) throws InterruptedException {
    Limits generous = Lab.memory(64 * MIB);
    byte[] once = exiting(new Wasm().memory(4), constant(4), grow());
    byte[] often =
        exiting(
            new Wasm().memory(1),
            Wasm.bytes(constant(1), grow(), 0x1a, constant(2), grow(), 0x1a, constant(4), grow()));
    byte[] table = exiting(new Wasm().memory(1).table(50_000), tableGrow(1));
    try (Lab tight = new Lab(scratch, Map.of("memory", "704KiB"))) {
      assertThat(tight.outcome(once, generous)).isInstanceOf(Outcome.Lost.class); // 4 + 8 pages
      assertThat(tight.outcome(table, generous)).isInstanceOf(Outcome.Lost.class); // 1 + 6.1 + 6.1
    }
    try (Lab enough = new Lab(scratch, Map.of("memory", "896KiB"))) {
      assertThat(enough.outcome(once, generous)).isEqualTo(new Outcome.Exited(4));
      // What it grew from is given back each time.
      assertThat(enough.outcome(often, generous)).isEqualTo(new Outcome.Exited(4));
      assertThat(enough.outcome(table, generous)).isEqualTo(new Outcome.Exited(80)); // 50,000 % 256
    }
  }

  @Test
  void memoryGrowsByWhatIsAskedForWhereThereIsNoMore(@TempDir Path scratch)
      throws InterruptedException {
    byte[] module = exiting(new Wasm().memory(6), constant(1), grow());
    try (Lab tight = new Lab(scratch, Map.of("memory", "832KiB"))) { // 6 + 7 pages, not 6 + 12
      assertThat(tight.outcome(module, Lab.memory(64 * MIB))).isEqualTo(new Outcome.Exited(6));
    }
  }

  @Test
  void anAgentWhoseOwnHeapIsTooSmallLivesOn(@TempDir Path scratch) throws InterruptedException {
    long heap = Runtime.getRuntime().maxMemory();
    int pages = (int) Math.min(32_000, 2 * heap / PAGE);
    byte[] module =
        exiting(
            new Wasm().memory(1), constant(pages / 2), grow(), 0x1a, constant(pages / 2), grow());
    Limits all = new Limits(Duration.ofSeconds(20), pages * PAGE + PAGE, 0, 0);
    try (Lab careless = new Lab(scratch, Map.of("memory", "100GiB"))) {
      Outcome outcome = careless.outcome(module, all);
      assertThat(outcome).isIn(new Outcome.Lost("the agent's own memory is used up"));
      assertThat(careless.outcome(Modules.of(TestProgram.EXIT), "3"))
          .isEqualTo(new Outcome.Exited(3));
    }
  }

  /// A command that exits with the number its body leaves.
  private static byte[] exiting(Wasm wasm, Object... body) {
    int exit = wasm.type(new int[] {Wasm.I32}, new int[0]);
    int nothing = wasm.type(new int[0], new int[0]);
    int call = wasm.imported("wasi_snapshot_preview1", "proc_exit", exit);
    int main = wasm.function(nothing, Wasm.bytes(body), 0x10, number(call));
    return wasm.exported("_start", main).module();
  }

  private static byte[] grow() {
    return new byte[] {0x40, 0};
  }

  private static byte[] load() {
    return new byte[] {0x28, 2, 0};
  }

  private static byte[] store() {
    return new byte[] {0x36, 2, 0};
  }

  private static byte[] tableGrow(int entries) {
    return Wasm.bytes(0xd0, 0x70, constant(entries), 0xfc, number(15), 0);
  }
}
