package org.promisegrid.cli.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class QuantityTest {

  @ParameterizedTest
  @CsvSource({"5s,5000", "250ms,250", "1m30s,90000", "2h,7200000", "1d1ms,86400001", "0s,0"})
  void timesHaveUnits(String text, long millis) {
    assertThat(Quantity.time(text).toMillis()).isEqualTo(millis);
  }

  @ParameterizedTest
  @CsvSource({
    "512B,512",
    "1kB,1000",
    "1KiB,1024",
    "128MiB,134217728",
    "2GB,2000000000",
    "1TiB,1099511627776"
  })
  void sizesHaveUnits(String text, long bytes) {
    assertThat(Quantity.size(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "s", "5 s", "-5s", "1.5s", "5s1m", "5S", "9999999999s"})
  void whatIsNoTimeIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> Quantity.time(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "5", "MiB", "128M", "128mb", "1.5GiB", "-1B", "1KB", "1kiB", "99999999TiB"})
  void whatIsNoSizeIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> Quantity.size(text));
  }
}
