package org.promisegrid.driver.docker.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Secrets;

/// How the engine is told who asks a registry, for one pull: a header of the request, read of the
/// owner's secret for that registry just before, and kept nowhere.
final class Login {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final String header;

  private Login(String header) {
    this.header = header;
  }

  /// What the owner has put for a registry; empty if there is nothing.
  ///
  /// @throws DriverException `BROKEN` if that makes no sense, or can't be read
  static Optional<Login> to(String registry, Secrets secrets, String doing)
      throws InterruptedException {
    String named = "the secret " + Secrets.registrySecret(registry);
    Optional<byte[]> secret;
    try {
      secret = secrets.registry(registry);
    } catch (InterruptedIOException _) {
      Thread.interrupted(); // the exception says it from here on
      throw new InterruptedException(doing);
    } catch (IOException e) {
      throw new DriverException(Kind.BROKEN, doing + ": reading " + named, e);
    }
    if (secret.isEmpty()) {
      return Optional.empty();
    }
    String[] words = new String(secret.get(), UTF_8).replaceFirst("\r?\n\\z", "").split(":", 2);
    Arrays.fill(secret.get(), (byte) 0);
    if (words.length < 2 || words[0].isEmpty() || words[1].isEmpty()) {
      throw new DriverException(Kind.BROKEN, doing + ": " + named + " isn't USER:PASSWORD");
    }
    try {
      byte[] json =
          JSON.writeValueAsBytes(
              Map.of("username", words[0], "password", words[1], "serveraddress", registry));
      return Optional.of(
          new Login("X-Registry-Auth: " + Base64.getUrlEncoder().encodeToString(json)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("three texts are JSON", e);
    }
  }

  /// A line of the request's head.
  String header() {
    return header;
  }

  @Override
  public String toString() {
    return "a login";
  }
}
