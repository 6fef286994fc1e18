package org.promisegrid.driver.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.wasm.engine.CompiledModule;
import org.promisegrid.sandbox.Cid;
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
}
