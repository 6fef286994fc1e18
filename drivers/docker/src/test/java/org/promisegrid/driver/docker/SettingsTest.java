package org.promisegrid.driver.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.driver.docker.ssh.SshFiles;
import org.promisegrid.sandbox.Target;

/// Where engines are looked for, and what an owner may say of it.
final class SettingsTest {

  /// SHA-256 of `far`, as Docker names a context's folder.
  private static final String FAR =
      "512eea46ceb3921dff4363c7069d89d4964d1d9fccaa0f411851a7aa60a5c868";

  @TempDir Path root;

  private final Map<String, String> environment = new HashMap<>();
  private Path home;

  @BeforeEach
  void aHome() throws IOException {
    home = Files.createDirectory(root.resolve("home"));
  }

  private Settings settings(Map<String, String> set) {
    return Settings.of(set, new Whereabouts(environment, home, root));
  }

  private SshFiles keys() {
    return SshFiles.of(Optional.empty(), Optional.empty(), home);
  }

  private String found() {
    return settings(Map.of()).targets().getFirst().address();
  }

  private Path socket(String name) throws IOException {
    Path socket = root.resolve(name);
    Files.createDirectories(socket.getParent());
    return Files.createFile(socket);
  }

  private void context(String meta) throws IOException {
    Files.createDirectories(home.resolve(".docker/contexts/meta").resolve(FAR));
    Files.writeString(home.resolve(".docker/config.json"), "{\"currentContext\":\"far\"}");
    Files.writeString(
        home.resolve(".docker/contexts/meta").resolve(FAR).resolve("meta.json"), meta);
  }

  @Test
  void whereNothingIsThereItIsDockersSocket() {
    assertThat(found()).isEqualTo("unix://" + root.resolve("var/run/docker.sock"));
  }

  @Test
  void podmansSocketsAreFoundAfterDockers() throws IOException {
    Path system = socket("run/podman/podman.sock");
    assertThat(found()).isEqualTo("unix://" + system);
    Path users = socket("user/podman/podman.sock");
    environment.put("XDG_RUNTIME_DIR", root.resolve("user").toString());
    assertThat(found()).isEqualTo("unix://" + users);
    Path dockers = socket("var/run/docker.sock");
    assertThat(found()).isEqualTo("unix://" + dockers);
  }

  @Test
  void theCurrentContextComesBeforeSocketsAndTheEnvironmentBeforeIt() throws IOException {
    socket("var/run/docker.sock");
    context("{\"Name\":\"far\",\"Endpoints\":{\"docker\":{\"Host\":\"tcp://far:2376\"}}}");
    Path certificates =
        Files.createDirectories(home.resolve(".docker/contexts/tls").resolve(FAR + "/docker"));
    assertThat(found()).isEqualTo("tcp://far:2376");
    assertThat(settings(Map.of()).certificates()).contains(certificates);
    environment.put("DOCKER_HOST", "unix:///elsewhere");
    assertThat(found()).isEqualTo("unix:///elsewhere");
    assertThat(settings(Map.of()).certificates()).isEmpty();
  }

  @Test
  void theDefaultContextIsNone() throws IOException {
    context("{\"Endpoints\":{\"docker\":{\"Host\":\"tcp://far:2376\"}}}");
    environment.put("DOCKER_CONTEXT", "default");
    assertThat(found()).startsWith("unix://");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"Endpoints\":{\"docker\":{\"Host\":\"tcp://far:2376\",\"SkipTLSVerify\":true}}}",
        "no JSON"
      })
  void aContextThatCanNotBeTrustedOrReadIsNamed(String meta) throws IOException {
    context(meta);
    assertThatIllegalArgumentException().isThrownBy(this::found).withMessageContaining("docker: ");
  }

  @Test
  void aContextThatIsNotThereIsNamed() {
    environment.put("DOCKER_CONTEXT", "gone");
    assertThatIllegalArgumentException().isThrownBy(this::found).withMessageContaining("gone");
  }

  @Test
  void certificatesAreTakenAsTheEnvironmentSays() {
    environment.put("DOCKER_HOST", "tcp://far:2376");
    assertThat(settings(Map.of()).certificates()).isEmpty();
    environment.put("DOCKER_TLS_VERIFY", "1");
    assertThat(settings(Map.of()).certificates()).contains(home.resolve(".docker"));
    environment.put("DOCKER_CERT_PATH", "/certs");
    assertThat(settings(Map.of()).certificates()).contains(Path.of("/certs"));
    assertThat(settings(Map.of("certificates", "/own")).certificates()).contains(Path.of("/own"));
  }

  @Test
  void theFilesForSshAreTheUsersOrThoseThatAreNamed() {
    SshFiles users = settings(Map.of()).ssh();
    assertThat(users.identity()).isEmpty();
    assertThat(users.hostKeys()).isEqualTo(home.resolve(".ssh/known_hosts"));
    SshFiles named = settings(Map.of("identity", "/keys/id", "hostkeys", "/keys/known")).ssh();
    assertThat(named.identity()).contains(Path.of("/keys/id"));
    assertThat(named.hostKeys()).isEqualTo(Path.of("/keys/known"));
  }

  @Test
  void severalEnginesAreSeveralTargets() {
    assertThat(settings(Map.of("host", "unix:///a, tcp://b:2376,unix:///a")).targets())
        .containsExactly(new Target("docker", "unix:///a"), new Target("docker", "tcp://b:2376"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ssh://b", "ssh://me@b:2222", "ssh://me@b/run/podman/podman.sock"})
  void oneBehindSshIsATarget(String host) {
    assertThat(settings(Map.of("host", host)).targets())
        .containsExactly(new Target("docker", host));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "unix://a", "unix:///a,", "http://a:1", "tcp://", "ssh:///a"})
  void anAddressThatIsNoneIsRefused(String host) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings(Map.of("host", host)))
        .withMessageContaining("host");
  }

  @Test
  void whatIsUnknownOrRelativeIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> settings(Map.of("hots", "unix:///a")));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings(Map.of("certificates", "certs")));
    assertThatIllegalArgumentException().isThrownBy(() -> settings(Map.of("identity", "id")));
    assertThatIllegalArgumentException().isThrownBy(() -> settings(Map.of("hostkeys", "known")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcp://engine.example:2375",
        "tcp://10.0.0.1:2375",
        "ssh://me:word@host",
        "ssh://",
        "npipe://x"
      })
  void whatLeadsNowhereOrIsNotSafeSaysSo(String address) {
    Access access = Access.of(address, Optional.empty(), keys(), root);
    assertThat(access.open()).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp://127.0.0.1:2375", "tcp://localhost:2375", "tcp://[::1]:2375"})
  void onThisHostTlsIsNotNeeded(String address) {
    try (Access access = Access.of(address, Optional.empty(), keys(), root)) {
      assertThat(access.open()).isEmpty();
      assertThat(access.socket()).exists();
    }
  }
}
