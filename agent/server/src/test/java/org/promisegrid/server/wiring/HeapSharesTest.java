package org.promisegrid.server.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HeapSharesTest {

  @ParameterizedTest
  @ValueSource(longs = {256L << 20, 512L << 20, 4L << 30})
  void withThePartsOfTheWasmDriverTheyLeaveAQuarterOfTheHeapAndMore(long heap) {
    HeapShares shares = HeapShares.of(heap);
    long wasm = heap * 9 / 16; // `SettingsTest` of the driver holds it to that
    assertThat(shares.bodies() + shares.messages() + wasm).isLessThan(heap * 3 / 4);
  }

  @ParameterizedTest
  @ValueSource(longs = {256L << 20, 512L << 20})
  void severalOfTheLargestBodiesHaveRoomOnASmallHeap(long heap) {
    assertThat(HeapShares.of(heap).bodies()).isGreaterThan(16L << 20);
  }
}
