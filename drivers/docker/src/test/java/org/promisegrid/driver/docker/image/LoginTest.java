package org.promisegrid.driver.docker.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.tck.TestSecrets;

/// Credentials for a registry, as an owner has put them.
final class LoginTest {

  private final TestSecrets secrets = new TestSecrets();

  private JsonNode sent(String registry) throws Exception {
    String header = Login.to(registry, secrets, "pulling").orElseThrow().header();
    assertThat(header).startsWith("X-Registry-Auth: ").doesNotContain("\n", "\r");
    return new ObjectMapper()
        .readTree(Base64.getUrlDecoder().decode(header.substring("X-Registry-Auth: ".length())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ada:pass:wörd \r\nX: y", "ada:pass:wörd \r\nX: y\n"})
  void theEngineIsToldWhoAsksAndNoLineMore(String secret) throws Exception {
    secrets.put("registry-ghcr.io", secret.getBytes(UTF_8));
    JsonNode sent = sent("ghcr.io");
    assertThat(sent.path("username").asText()).isEqualTo("ada");
    assertThat(sent.path("password").asText()).isEqualTo("pass:wörd \r\nX: y");
    assertThat(sent.path("serveraddress").asText()).isEqualTo("ghcr.io");
  }

  @Test
  void aSecretIsForOneHostAndPort() throws Exception {
    secrets.put("registry-a.b_5000", "ada:one".getBytes(UTF_8));
    assertThat(sent("a.b:5000").path("password").asText()).isEqualTo("one");
    for (String other : new String[] {"a.b", "a.b:5001", "b", "x.a.b:5000", "a.b-5000"}) {
      assertThat(Login.to(other, secrets, "pulling")).as(other).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ada", ":password", "ada:", "ada:\n"})
  void whatIsNoUserAndPasswordIsRefusedAndNotTold(String secret) {
    secrets.put("registry-ghcr.io", secret.getBytes(UTF_8));
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(() -> Login.to("ghcr.io", secrets, "pulling"))
        .withMessage("pulling: the secret registry-ghcr.io isn't USER:PASSWORD")
        .extracting(DriverException::kind)
        .isEqualTo(DriverException.Kind.BROKEN);
  }
}
