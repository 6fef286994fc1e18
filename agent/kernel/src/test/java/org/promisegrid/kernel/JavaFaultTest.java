package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JavaFaultTest {

  @ParameterizedTest
  @ValueSource(strings = {"25", "25+36-LTS", "25.0.1", "25.0.2+10-LTS", "25.0.2.1"})
  void aJavaThatLosesWakeUpsIsNamedWithWhatToInstall(String version) {
    assertThat(JavaFault.of(Runtime.Version.parse(version)))
        .hasValueSatisfying(says ->
            assertThat(says)
                .contains("Java " + version, "JDK-8369227, JDK-8370887", "install 25.0.3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"25.0.3", "25.0.3+9-LTS", "25.0.4", "25.1", "26-ea+1", "26"})
  void ofOthersNothingIsKnown(String version) {
    assertThat(JavaFault.of(Runtime.Version.parse(version))).isEmpty();
  }
}
