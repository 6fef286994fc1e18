package org.promisegrid.driver.docker.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Addresses as Docker's own clients write them.
final class SshAddressTest {

  @ParameterizedTest
  @CsvSource({
    "ssh://far,me,far,22,/var/run/docker.sock",
    "ssh://far/,me,far,22,/var/run/docker.sock",
    "ssh://you@far,you,far,22,/var/run/docker.sock",
    "ssh://you@far:2222,you,far,2222,/var/run/docker.sock",
    "ssh://far/run/podman/podman.sock,me,far,22,/run/podman/podman.sock",
    "ssh://far/run/my%20engine,me,far,22,/run/my engine",
    "ssh://[fd00::1]:22,me,fd00::1,22,/var/run/docker.sock"
  })
  void whatIsNotSaidIsUsual(String address, String user, String host, int port, String socket) {
    assertThat(SshAddress.of(address, "me")).isEqualTo(new SshAddress(user, host, port, socket));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ssh://",
        "ssh://@far",
        "ssh://far:0",
        "ssh://far:65536",
        "ssh://far?x",
        "ssh://far#x",
        "ssh://a b",
        "ssh:far",
        "tcp://far:22",
        "ssh://far/run%00/x",
        "ssh://far/run%0a/x"
      })
  void othersAreRefusedByName(String address) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SshAddress.of(address, "me"))
        .withMessageContaining(address);
  }

  @Test
  void aPasswordIsRefusedAndNotToldAgain() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SshAddress.of("ssh://me:open-sesame@far", "me"))
        .withMessageContaining("password")
        .withMessageNotContaining("sesame");
  }

  @Test
  void aHostIsKnownWithItsPortUnlessThatIsTheUsualOne() {
    assertThat(SshAddress.of("ssh://far", "me").known()).isEqualTo("far");
    assertThat(SshAddress.of("ssh://far:2222", "me").known()).isEqualTo("[far]:2222");
  }
}
