package org.promisegrid.driver.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

  @Test
  void withoutAnyTheMachineDecides() {
    Settings settings = Settings.of(Map.of());
    assertThat(settings.threads()).isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(settings.memory()).isBetween(1L << 20, Runtime.getRuntime().maxMemory());
  }

  @Test
  void whatTakesAPartOfTheHeapLeavesTheAgentItsOwn() {
    // Its requests have another part of it: `HeapShares` of the server tells the sum.
    Settings settings = Settings.of(Map.of());
    assertThat(settings.memory() + settings.modules())
        .isLessThanOrEqualTo(Runtime.getRuntime().maxMemory() * 9 / 16);
  }

  @Test
  void sizesHaveUnits() {
    Settings settings =
        Settings.of(Map.of("memory", "3GiB", "modules", "5KiB", "cache", "7", "threads", "9"));
    assertThat(settings).isEqualTo(new Settings(9, 3L << 30, 5 << 10, 7));
  }

  @ParameterizedTest
  @CsvSource({
    "threads, 0",
    "threads, -1",
    "threads, many",
    "memory, 1GB",
    "memory, -5",
    "cache, ''",
    "modules, 1 MiB",
    "memory, 999999999999GiB",
    "colour, red"
  })
  void nonsenseIsRefusedByName(String name, String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Settings.of(Map.of(name, value)))
        .withMessageContaining(name);
  }
}
