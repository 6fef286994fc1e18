package org.promisegrid.kernel.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DecimalTest {

  @ParameterizedTest
  @CsvSource({
    "1.50, 1.5",
    "1, 1",
    "1.0, 1",
    "-0, 0",
    "-0.00, 0",
    "0e7, 0",
    "1e3, 1000",
    "-2.5E-3, -0.0025",
    "100, 100",
    "120e-1, 12",
    "12345678901234567890123456789012345678, 12345678901234567890123456789012345678"
  })
  void eachNumberHasOneText(String read, String canonical) {
    assertThat(Decimal.parse(read)).isEqualTo(new Decimal(canonical));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "+1",
        "01",
        ".5",
        "1.",
        "1,5",
        " 1",
        "1 ",
        "0x10",
        "NaN",
        "Infinity",
        "1e",
        "1e1000",
        "1e99",
        "1e-99",
        "١",
        "1_000",
        "123456789012345678901234567890123456789"
      })
  void whatIsNoNumberOrTooLongIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> Decimal.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.50", "1.0", "-0", "+1", "01", "1e3", "0.10"})
  void onlyTheCanonicalTextIsADecimal(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> new Decimal(text));
  }

  @Test
  void theyCompareAsNumbers() {
    assertThat(new Decimal("-10")).isLessThan(new Decimal("-9.5"));
    assertThat(new Decimal("10")).isGreaterThan(new Decimal("9"));
  }
}
