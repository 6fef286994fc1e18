package org.promisegrid.shim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Cid;

/// The shim as it is shipped.
final class ShimBinaryTest {

  @Test
  void itIsAProgramWithAName() {
    ShimBinary binary = ShimBinary.of("amd64").orElseThrow();
    assertThat(binary.architecture()).isEqualTo("x86_64");
    assertThat(binary.bytes()).startsWith(0x7f, 'E', 'L', 'F');
    assertThat(binary.cid()).isEqualTo(Cid.of(binary.bytes()));
    assertThat(ShimBinary.of("x86_64").orElseThrow().cid()).isEqualTo(binary.cid());
  }

  @Test
  void thereIsNoneForWhatNobodyBuiltItFor() {
    assertThat(ShimBinary.of("riscv64")).isEmpty();
    assertThat(ShimBinary.of("")).isEmpty();
    assertThat(ShimBinary.of("../shim-x86_64")).isEmpty();
  }
}
