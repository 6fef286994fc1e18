package org.promisegrid.driver.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.wasm.engine.CompiledModule;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.tck.TestContent;
import org.promisegrid.tck.TestProgram;

/// Modules are compiled once and kept as long as they fit.
@Timeout(600)
class ModuleShelfTest {

  private final TestContent content = new TestContent();
  private final CodeCache cache;
  private final ModuleShelf plenty;

  ModuleShelfTest(@TempDir Path directory) {
    this.cache = new CodeCache(directory, "test", 1 << 20);
    this.plenty = new ModuleShelf(content, cache, 1 << 30, 1);
  }

  @AfterEach
  void close() {
    plenty.close();
  }

  @Test
  void whatIsReadyIsGivenAgain() throws InterruptedException {
    Cid module = content.put(Modules.of(TestProgram.EXIT));
    assertThat(plenty.isReady(module)).isFalse();
    CompiledModule first = plenty.take(module);
    assertThat(plenty.isReady(module)).isTrue();
    assertThat(plenty.take(module)).isSameAs(first);
    assertThat(plenty.compiled()).isEqualTo(1);
  }

  @Test
  void whatWasUsedLongestAgoMakesRoom() throws InterruptedException {
    Cid one = content.put(Wasm.command(0x01));
    Cid two = content.put(Wasm.command(0x01, 0x01));
    Cid three = content.put(Wasm.command(0x01, 0x01, 0x01));
    long size = plenty.take(one).size() + plenty.take(two).size() + plenty.take(three).size() - 1;
    try (ModuleShelf tight = new ModuleShelf(content, cache, size, 1)) {
      tight.take(one);
      tight.take(two);
      tight.take(one);
      tight.take(three);
      assertThat(tight.isReady(one)).isTrue();
      assertThat(tight.isReady(two)).isFalse();
      assertThat(tight.isReady(three)).isTrue();
      tight.take(two);
      assertThat(tight.compiled()).isEqualTo(4);
    }
  }

  @Test
  void whatIsTooLargeForTheShelfIsGivenAllTheSame() throws InterruptedException {
    Cid one = content.put(Wasm.command(0x01));
    Cid two = content.put(Wasm.command(0x01, 0x01));
    try (ModuleShelf none = new ModuleShelf(content, cache, 0, 1)) {
      none.take(one);
      assertThat(none.isReady(one)).isTrue();
      none.take(two);
      assertThat(none.isReady(one)).isFalse();
    }
  }

  @Test
  void whatCouldntBeReadIsTriedAgain() throws InterruptedException {
    byte[] module = Wasm.command(0x01);
    Cid cid = Cid.of(module);
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(() -> plenty.take(cid))
        .extracting(DriverException::kind)
        .isEqualTo(DriverException.Kind.BROKEN);
    content.put(module);
    assertThat(plenty.take(cid)).isNotNull();
  }

  @Test
  void whatCantRunIsRemembered() {
    Cid nonsense = content.put(new byte[] {1, 2, 3});
    assertThat(plenty.refusal(nonsense)).isEmpty();
    for (int i = 0; i < 2; i++) {
      assertThatExceptionOfType(DriverException.class)
          .isThrownBy(() -> plenty.take(nonsense))
          .withMessageContaining("not a WebAssembly module")
          .extracting(DriverException::kind)
          .isEqualTo(DriverException.Kind.UNSUPPORTED);
    }
    assertThat(plenty.refusal(nonsense)).contains("not a WebAssembly module");
  }

  @Test
  void whatWaitsForTheCompilerHasNoThreadAndIsOnlySoMuch() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    AtomicInteger threads = new AtomicInteger();
    ThreadFactory counted =
        work -> {
          threads.incrementAndGet();
          return Thread.ofPlatform().daemon().unstarted(work);
        };
    try (ModuleShelf one = new ModuleShelf(new Gated(gate), cache, 1 << 30, 1, counted);
        ExecutorService takers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<CompiledModule>> taken = new ArrayList<>();
      for (int i = 0; i <= 256; i++) {
        Cid module = content.put(Wasm.command(nops(i)));
        taken.add(takers.submit(() -> one.take(module)));
      }
      while (one.waiting() < 256 && threads.get() < 2) {
        Thread.onSpinWait();
      }
      assertThat(threads).hasValue(1);
      assertThatExceptionOfType(DriverException.class)
          .isThrownBy(() -> one.take(content.put(Wasm.command(nops(257)))))
          .extracting(DriverException::kind)
          .isEqualTo(DriverException.Kind.EXHAUSTED);
      gate.countDown();
      for (Future<CompiledModule> each : taken) {
        assertThat(each.get()).isNotNull();
      }
      assertThat(threads).hasValue(257);
    }
  }

  @Test
  void whatWaitsWhenItIsClosedIsToldSo() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    Gated gated = new Gated(gate);
    ModuleShelf one = new ModuleShelf(gated, cache, 1 << 30, 1);
    try (ExecutorService takers = Executors.newVirtualThreadPerTaskExecutor()) {
      Cid first = content.put(Wasm.command(0x01));
      Cid second = content.put(Wasm.command(0x01, 0x01));
      Future<CompiledModule> begun = takers.submit(() -> one.take(first));
      gated.asked.await();
      Future<CompiledModule> waiting = takers.submit(() -> one.take(second));
      while (one.waiting() == 0 && !waiting.isDone() && gated.opened.get() < 2) {
        Thread.onSpinWait();
      }
      one.close();
      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(waiting::get)
          .withMessageContaining("closed");
      gate.countDown();
      assertThat(begun.get()).isNotNull();
    }
  }

  @Test
  @Timeout(60)
  void aThreadThatIsNotToBeHadIsToldAndTheNextTakeTriesAgain() throws InterruptedException {
    AtomicInteger asked = new AtomicInteger();
    ThreadFactory scarce =
        work ->
            asked.getAndIncrement() == 0
                ? new Thread(work) {
                  @Override
                  public void start() {
                    throw new OutOfMemoryError("unable to create native thread");
                  }
                }
                : new Thread(work);
    Cid module = content.put(Wasm.command(0x01));
    try (ModuleShelf one = new ModuleShelf(content, cache, 1 << 30, 1, scarce)) {
      assertThatExceptionOfType(DriverException.class)
          .isThrownBy(() -> one.take(module))
          .extracting(DriverException::kind)
          .isEqualTo(DriverException.Kind.EXHAUSTED);
      assertThat(one.take(module)).isNotNull();
    }
  }

  /// So many times `nop`.
  private static byte[] nops(int count) {
    byte[] nops = new byte[count];
    Arrays.fill(nops, (byte) 0x01);
    return nops;
  }

  /// The content, which nobody can read before the gate is opened.
  private final class Gated implements ContentSource {
    private final CountDownLatch gate;
    private final CountDownLatch asked = new CountDownLatch(1);
    private final AtomicInteger opened = new AtomicInteger();

    Gated(CountDownLatch gate) {
      this.gate = gate;
    }

    @Override
    public InputStream open(Cid cid) throws IOException {
      opened.incrementAndGet();
      asked.countDown();
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return content.open(cid);
    }

    @Override
    public long size(Cid cid) throws IOException {
      return content.size(cid);
    }
  }
}
