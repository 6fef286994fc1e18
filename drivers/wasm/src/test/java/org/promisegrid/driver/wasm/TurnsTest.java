package org.promisegrid.driver.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.driver.wasm.Wasm.constant;
import static org.promisegrid.driver.wasm.Wasm.number;

import java.io.FilterInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.tck.Collector;
import org.promisegrid.tck.Feed;
import org.promisegrid.tck.TestProgram;

/// One processor for all: who waits gives it up, and nobody waits for ever.
@Timeout(600)
class TurnsTest {

  private final Lab lab;

  TurnsTest(@TempDir Path scratch) {
    this.lab = new Lab(scratch, Map.of("threads", "1"));
  }

  @AfterEach
  void close() {
    lab.close();
  }

  @Test
  void whoWaitsForInputLetsOthersCompute() throws InterruptedException {
    Feed in = Feed.held();
    try (Sandbox waiting = lab.started(Modules.of(TestProgram.WAIT), Lab.LIMITS, in, nowhere())) {
      in.awaitReader();
      assertThat(lab.outcome(Modules.of(TestProgram.EXIT), "3")).isEqualTo(new Outcome.Exited(3));
      in.end();
      assertThat(waiting.await().outcome()).isEqualTo(new Outcome.Exited(0));
    }
  }

  @Test
  void whoWaitsForItsReaderLetsOthersCompute() throws InterruptedException {
    Collector out = Collector.slow();
    byte[] module = Modules.of(TestProgram.ECHO);
    try (Sandbox slow = lab.started(module, Lab.LIMITS, Feed.of(new byte[200_000]), out)) {
      out.awaitWrite();
      assertThat(lab.outcome(Modules.of(TestProgram.EXIT), "3")).isEqualTo(new Outcome.Exited(3));
      out.open();
      assertThat(slow.await().outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(out.bytes()).hasSize(200_000);
    }
  }

  @Test
  void aCallWithinACallHasItsTurn() throws InterruptedException {
    Port nested =
        message -> {
          var inner = lab.run(Modules.of(TestProgram.ECHO), Lab.LIMITS, false, message);
          return inner.out();
        };
    Collector out = Collector.unlimited();
    try (Sandbox outer = lab.create(Modules.of(TestProgram.ASK), Lab.LIMITS)) {
      var stdio = new Stdio(Feed.of(new byte[] {1, 2, 3}), out, nowhere());
      outer.start(new Invocation(List.of(), Map.of(), Optional.empty()), stdio, nested);
      assertThat(outer.await().outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(out.bytes()).containsExactly(1, 2, 3);
    }
  }

  @Test
  void waitingForATurnIsNoPartOfTheTime() throws InterruptedException {
    try (Sandbox first = computing(Duration.ofSeconds(5));
        Sandbox next = lab.started(Modules.of(TestProgram.EXIT), Lab.time(Duration.ofSeconds(4)))) {
      assertThat(next.await().outcome()).isInstanceOf(Outcome.Exited.class);
      assertThat(first.await().outcome()).isEqualTo(new Outcome.Exceeded(Limit.TIME));
    }
  }

  @Test
  void oneThatIsStoppedBeforeItsTurnNeverBegins() throws InterruptedException {
    Collector out = Collector.unlimited();
    try (Sandbox first = computing(Lab.LIMITS.time());
        Sandbox next =
            lab.started(Modules.of(TestProgram.ECHO), Lab.LIMITS, Feed.of(new byte[9]), out)) {
      next.stop(Duration.ZERO);
      assertThat(next.await().outcome()).isEqualTo(new Outcome.Stopped());
      assertThat(out.bytes()).isEmpty();
      assertThat(first.state()).isEqualTo(new State.Running());
    }
  }

  /// One that has its turn and keeps it: it has read a byte that was there, and loops.
  private Sandbox computing(Duration most) throws InterruptedException {
    Wasm wasm = new Wasm().memory(1).data(0, Wasm.bytes(16, 0, 0, 0, 1, 0, 0, 0));
    int nothing = wasm.type(new int[0], new int[0]);
    int four = wasm.type(new int[] {Wasm.I32, Wasm.I32, Wasm.I32, Wasm.I32}, new int[] {Wasm.I32});
    int read = wasm.imported("wasi_snapshot_preview1", "fd_read", four);
    byte[] arguments = Wasm.bytes(constant(0), constant(0), constant(1), constant(8));
    byte[] loop = Wasm.bytes(0x03, 0x40, 0x0c, 0, 0x0b);
    int main = wasm.function(nothing, arguments, 0x10, number(read), 0x1a, loop);
    CountDownLatch taken = new CountDownLatch(1);
    InputStream one =
        new FilterInputStream(InputStream.nullInputStream()) {
          @Override
          public int available() {
            return 1;
          }

          @Override
          public int read(byte[] into, int offset, int length) {
            taken.countDown();
            return 1;
          }
        };
    byte[] module = wasm.exported("_start", main).module();
    Sandbox sandbox = lab.started(module, Lab.time(most), one, nowhere());
    taken.await();
    return sandbox;
  }

  /// A stream that swallows interrupts can't hold up whoever stops the run, nor the next run.
  @Test
  void aStreamThatHangsIsLeftAlone() throws InterruptedException {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    InputStream deaf =
        new InputStream() {
          @Override
          public int read() {
            reading.countDown();
            boolean released = false;
            while (!released) {
              try {
                release.await();
                released = true;
              } catch (InterruptedException e) {
                released = false; // as if it hadn't heard
              }
            }
            return -1;
          }

          @Override
          public int read(byte[] into, int offset, int length) {
            return read();
          }
        };
    try (Sandbox sandbox = lab.started(Modules.of(TestProgram.WAIT), Lab.LIMITS, deaf, nowhere())) {
      reading.await();
      sandbox.stop(Duration.ZERO);
      assertThat(sandbox.await().outcome()).isEqualTo(new Outcome.Stopped());
      assertThat(lab.outcome(Modules.of(TestProgram.EXIT), "3")).isEqualTo(new Outcome.Exited(3));
    } finally {
      release.countDown();
    }
  }

  private static OutputStream nowhere() {
    return OutputStream.nullOutputStream();
  }
}
