package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.promisegrid.sandbox.Fitness;

class RequirementTest {

  private static final Fitness MISSING =
      Fitness.unfit(Fitness.Status.UNDETECTED, "no socket at /run/engine.sock");
  private static final Fitness WELL =
      new Fitness(Fitness.Status.HEALTHY, "", new Fitness.Capacity(1, 1), Map.of());

  @ParameterizedTest
  @CsvSource({",", "'',", "'wasm,memory',", "dockerish,", ",false"})
  void aDriverThatNobodyRequiresIsSkippedWithItsReason(String variable, String property) {
    assertThat(Requirement.of("docker", variable, property).reasonToSkip("docker", MISSING))
        .hasValueSatisfying(reason -> assertThat(reason).contains("no socket at"));
  }

  @ParameterizedTest
  @CsvSource({"docker,", "'wasm, docker',", ",''", ",true", "wasm,true"})
  void aRequiredOneFailsWithItsReason(String variable, String property) {
    var requirement = Requirement.of("docker", variable, property);
    assertThatThrownBy(() -> requirement.reasonToSkip("docker", MISSING))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("no socket at");
  }

  @Test
  void aHealthyOneRuns() {
    assertThat(Requirement.of("docker", "docker", null).reasonToSkip("docker", WELL)).isEmpty();
  }
}
