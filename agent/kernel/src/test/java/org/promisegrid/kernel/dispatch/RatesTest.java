package org.promisegrid.kernel.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class RatesTest {

  private static final long SECOND = 1_000_000_000L;
  private static final long GIB = 1L << 30;
  private static final Rates RATES = new Rates(7, 1_000, 50, 3);

  @Test
  void aPriceIsTheSumOfItsParts() {
    Estimate estimate =
        new Estimate(SECOND, 3 * SECOND, 2 * SECOND, 2 * GIB, GIB / 2, 0, 1_000_000, Basis.ASSUMED);
    Price price = RATES.price(estimate);
    assertThat(price.cpu()).isEqualTo(2 * 7);
    assertThat(price.memory()).isEqualTo(2 * 4 * 1_000);
    assertThat(price.moved()).isEqualTo(25);
    assertThat(price.waited()).isEqualTo(4 * 3);
    assertThat(price.total()).isEqualTo(14 + 8_000 + 25 + 12);
  }

  @Test
  void waitingForAPlaceIsPaidAsWaitingAndInputAsMoved() {
    Estimate estimate = new Estimate(0, SECOND, 0, 0, 0, 0, 1_000_000, Basis.ASSUMED);
    Price price = RATES.price(estimate.with(GIB, 9 * SECOND));
    assertThat(price.waited()).isEqualTo(30);
    assertThat(price.moved()).isEqualTo(50);
  }

  @Test
  void noUseIsFree() {
    Price price = RATES.price(new Estimate(1, 1, 1, 1, 1, 0, 1_000_000, Basis.ASSUMED));
    assertThat(price).isEqualTo(new Price(1, 1, 1, 1));
  }

  @Test
  void anAbsurdEstimateHasTheHighestPriceNotANegativeOne() {
    long most = Long.MAX_VALUE;
    Price price =
        Rates.DEFAULT.price(
            new Estimate(most, most, most, most, most, most, 1_000_000, Basis.ASSUMED));
    assertThat(price.total()).isEqualTo(most);
    assertThat(price.memory()).isPositive();
  }

  @Test
  void settingsReplaceDefaultsByName() {
    Rates rates = Rates.from(Map.of("cpu-second", "5", "second-waited", "0"));
    assertThat(rates)
        .isEqualTo(new Rates(5, Rates.DEFAULT.gibSecond(), Rates.DEFAULT.gibMoved(), 0));
    assertThat(Rates.from(Map.of())).isEqualTo(Rates.DEFAULT);
  }

  @Test
  void aSettingThatMakesNoSenseIsNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Rates.from(Map.of("laser-minute", "5")))
        .withMessageContaining("laser-minute");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Rates.from(Map.of("cpu-second", "1.5")))
        .withMessageContaining("cpu-second");
    assertThatIllegalArgumentException().isThrownBy(() -> Rates.from(Map.of("gib-moved", "-1")));
  }
}
