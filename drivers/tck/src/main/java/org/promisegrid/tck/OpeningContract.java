package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.Target;

/// A factory names targets and opens drivers; a driver says what it is and whether it can work.
abstract class OpeningContract {

  private final SandboxDriverContract contract;
  private final Bench bench;

  OpeningContract(SandboxDriverContract contract, Bench bench) {
    this.contract = contract;
    this.bench = bench;
  }

  @Test
  void targetsCarryTheNameOfTheirDriver() {
    SandboxDriverFactory factory = contract.factory();
    assertThat(factory.targets(contract.settings()))
        .isNotEmpty()
        .doesNotHaveDuplicates()
        .allSatisfy(target -> assertThat(target.driver()).isEqualTo(factory.name()));
  }

  @Test
  void anUnknownSettingIsRefusedByName() {
    Map<String, String> settings = new HashMap<>(contract.settings());
    settings.put("no-such-setting", "1");
    assertThatThrownBy(() -> contract.factory().targets(settings))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no-such-setting");
  }

  @Test
  void aDriverKnowsItsTarget() {
    Target target = contract.target();
    assertThat(bench.driver().target()).isEqualTo(target);
  }

  @Test
  void traitsAndFormsNeverChange() throws InterruptedException {
    SandboxDriver driver = bench.driver();
    var traits = driver.traits();
    var forms = driver.forms();
    assertThat(forms).isNotEmpty();
    try (Run run = bench.waiting()) {
      assertThat(driver.traits()).isEqualTo(traits);
      assertThat(driver.forms()).isEqualTo(forms);
      bench.release(run);
    }
    bench.restart();
    assertThat(bench.driver().traits()).isEqualTo(traits);
    assertThat(bench.driver().forms()).isEqualTo(forms);
  }

  @Test
  void aHealthyTargetHasCapacity() throws InterruptedException {
    Fitness fitness = bench.fitness();
    assertThat(fitness.status()).isEqualTo(Fitness.Status.HEALTHY);
    assertThat(fitness.capacity().sandboxes()).isPositive();
    assertThat(fitness.capacity().memory()).isPositive();
  }

  @Test
  void aProbeLeavesNothingBehind() throws InterruptedException {
    bench.fitness();
    assertThat(bench.listed()).isEmpty();
  }

  @Test
  void closingADriverAgainDoesNothing() {
    bench.driver().close();
    bench.driver().close();
    bench.open();
  }
}
