package org.promisegrid.driver.docker.service;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever an engine would take for root, or may, isn't anybody under strict security.
final class StrictUserTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "00",
        "-0",
        "+0",
        "0:0",
        "00:5",
        ":5",
        ":",
        "root",
        "root:5",
        "toor",
        "www-data",
        " 5",
        "5 ",
        "+5",
        "-5",
        "05",
        "0x5",
        "99999999999",
        "5\n0"
      })
  void whoIsRootOrMayBeIsRefused(String user) {
    assertThat(StrictUser.refusal(user).orElseThrow()).contains("nobody is root");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "65534", "65534:65534", "1000:0", "1000:users"})
  void anybodyElseMay(String user) {
    assertThat(StrictUser.refusal(user)).isEmpty();
  }
}
