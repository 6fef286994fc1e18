package org.promisegrid.driver.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.driver.wasm.Wasm.constant;
import static org.promisegrid.driver.wasm.Wasm.number;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.tck.TestProgram;

/// What `docs/protocols/wasm-command.md` says a command finds, to the byte.
@Timeout(600)
class SurroundingsTest {

  private final Lab lab;

  SurroundingsTest(@TempDir Path scratch) {
    this.lab = new Lab(scratch);
  }

  @AfterEach
  void close() {
    lab.close();
  }

  @Test
  void theConstantClocksAreThoseOfTheDocument() throws InterruptedException {
    assertThat(lab.pure(Modules.of(TestProgram.CLOCK), new byte[0]).text())
        .isEqualTo("946684800000000000\n1000000000\n");
  }

  @Test
  void seededRandomnessIsThatOfTheDocument() throws InterruptedException {
    byte[] module = Modules.of(TestProgram.RANDOM);
    ByteBuffer expected = ByteBuffer.allocate(320);
    for (long i = 0; i < 10; i++) {
      var digest = Cid.sha256();
      digest.update("grid/wasm/random".getBytes(StandardCharsets.US_ASCII));
      digest.update(Cid.of(module).bytes());
      digest.update(ByteBuffer.allocate(8).putLong(i).array());
      expected.put(digest.digest());
    }
    assertThat(lab.pure(module, new byte[0], "300").out())
        .isEqualTo(Arrays.copyOf(expected.array(), 300));
  }

  @Test
  void aPureSleepTakesNoTimeAndEndsTheFirstClockOnly() throws InterruptedException {
    long day = TimeUnit.DAYS.toNanos(1);
    // Taken for real, it would outlast this test's patience by far.
    byte[] events = poll(true, clock(11, 0, day), clock(22, 1, 2 * day), clock(33, 1, day));
    assertThat(events).isEqualTo(Wasm.bytes(event(11, 0), event(33, 0)));
  }

  @Test
  void aSleepOtherwiseTakesItsTime() throws InterruptedException {
    long before = System.nanoTime();
    byte[] events = poll(false, clock(5, 1, TimeUnit.MILLISECONDS.toNanos(300)));
    assertThat(System.nanoTime() - before)
        .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(300));
    assertThat(events).isEqualTo(event(5, 0));
  }

  @Test
  void streamsAreReadyAtOnce() throws InterruptedException {
    long day = TimeUnit.DAYS.toNanos(1);
    for (boolean pure : new boolean[] {true, false}) {
      byte[] events = poll(pure, clock(1, 1, day), stream(2, 1, 0), stream(3, 2, 1));
      assertThat(ByteBuffer.wrap(events).order(ByteOrder.LITTLE_ENDIAN).getLong(0)).isEqualTo(2);
      assertThat(ByteBuffer.wrap(events).order(ByteOrder.LITTLE_ENDIAN).getLong(32)).isEqualTo(3);
      assertThat(events).hasSize(64);
    }
  }

  @Test
  void theSameInputGivesTheSameBytes(@TempDir Path other) throws InterruptedException {
    byte[] module = Modules.example("mandelbrot");
    String[] arguments = {"--width=64", "--height=48", "--zoom=40", "--x=-0.743", "--y=0.1318"};
    var first = lab.pure(module, new byte[0], arguments);
    assertThat(first.outcome()).isEqualTo(new Outcome.Exited(0));
    assertThat(first.out()).startsWith(0x89, 'P', 'N', 'G');
    try (Lab fresh = new Lab(other)) {
      assertThat(fresh.pure(module, new byte[0], arguments).out()).isEqualTo(first.out());
    }
  }

  @Test
  void wordsAreCounted() throws InterruptedException {
    byte[] text = "The cat and the dog\nand THE bird".getBytes(StandardCharsets.UTF_8);
    assertThat(lab.pure(Modules.example("wordcount"), text, "--top=2").text())
        .isEqualTo(
            "%10d lines\n%10d words\n%10d different\n%10d bytes\n\n%10d  the\n%10d  and\n"
                .formatted(1, 8, 5, 32, 3, 2));
  }

  /// Subscribes to all of it and gives the events that came.
  private byte[] poll(boolean pure, byte[]... subscriptions) throws InterruptedException {
    int count = subscriptions.length;
    Wasm wasm = new Wasm().memory(1).data(1000, Wasm.bytes((Object[]) subscriptions));
    int nothing = wasm.type(new int[0], new int[0]);
    int four = wasm.type(new int[] {Wasm.I32, Wasm.I32, Wasm.I32, Wasm.I32}, new int[] {Wasm.I32});
    int poll = wasm.imported("wasi_snapshot_preview1", "poll_oneoff", four);
    int write = wasm.imported("wasi_snapshot_preview1", "fd_write", four);
    int main =
        wasm.function(
            nothing,
            Wasm.bytes(constant(1000), constant(2000), constant(count), constant(0)),
            Wasm.bytes(0x10, number(poll), 0x1a),
            // One vector of as many events as were told.
            Wasm.bytes(constant(8), constant(2000), 0x36, 2, 0),
            Wasm.bytes(constant(12), constant(0), 0x28, 2, 0, constant(32), 0x6c, 0x36, 2, 0),
            Wasm.bytes(constant(1), constant(8), constant(1), constant(16)),
            Wasm.bytes(0x10, number(write), 0x1a));
    byte[] module = wasm.exported("_start", main).module();
    var result = lab.run(module, Lab.LIMITS, pure, new byte[0]);
    assertThat(result.outcome()).isEqualTo(new Outcome.Exited(0));
    return result.out();
  }

  private static byte[] clock(long userData, int clock, long nanoseconds) {
    return ByteBuffer.allocate(48)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(0, userData)
        .putInt(16, clock)
        .putLong(24, nanoseconds)
        .array();
  }

  private static byte[] stream(long userData, int type, int descriptor) {
    return ByteBuffer.allocate(48)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(0, userData)
        .put(8, (byte) type)
        .putInt(16, descriptor)
        .array();
  }

  private static byte[] event(long userData, int type) {
    return ByteBuffer.allocate(32)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(0, userData)
        .put(10, (byte) type)
        .array();
  }
}
