package org.promisegrid.shim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.promisegrid.sandbox.Cid;

/// The shim as it is shipped.
final class ShimBinaryTest {

  /// Which machine a program is for stands in two bytes of its head, the lower one first.
  @ParameterizedTest
  @CsvSource({"amd64,x86_64,62", "arm64,aarch64,183"})
  void itIsAProgramWithAName(String other, String name, int machine) {
    ShimBinary binary = ShimBinary.of(other).orElseThrow();
    assertThat(binary.architecture()).isEqualTo(name);
    assertThat(binary.bytes()).startsWith(0x7f, 'E', 'L', 'F');
    assertThat(ByteBuffer.wrap(binary.bytes()).order(ByteOrder.LITTLE_ENDIAN).getShort(18))
        .isEqualTo((short) machine);
    assertThat(binary.cid()).isEqualTo(Cid.of(binary.bytes()));
    assertThat(ShimBinary.of(name).orElseThrow().cid()).isEqualTo(binary.cid());
  }

  @Test
  void thereIsNoneForWhatNobodyBuiltItFor() {
    assertThat(ShimBinary.of("riscv64")).isEmpty();
    assertThat(ShimBinary.of("")).isEmpty();
    assertThat(ShimBinary.of("../shim-x86_64")).isEmpty();
  }
}
