package org.promisegrid.driver.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;

/// Where engines are when nobody says: as Docker's own clients look, and then where Podman listens.
///
/// @param environment of the process
/// @param home of its user
/// @param root what `/` is
record Whereabouts(Map<String, String> environment, Path home, Path root) {

  /// An engine's address, and how it is known.
  ///
  /// @param certificates a folder of them, where it is spoken with by TLS
  record Place(String address, Optional<Path> certificates) {}

  private static final String DOCKER = "var/run/docker.sock";
  private static final String PODMAN = "podman/podman.sock";

  static Whereabouts here() {
    return new Whereabouts(System.getenv(), Path.of(System.getProperty("user.home")), Path.of("/"));
  }

  /// `DOCKER_HOST`; else Docker's current context; else the first of the usual sockets that is
  /// there; else Docker's.
  ///
  /// @throws IllegalArgumentException if there is a context that can't be used
  Place find() {
    String host = variable("DOCKER_HOST");
    if (!host.isEmpty()) {
      return new Place(host, certificates());
    }
    Optional<Place> context = context();
    if (context.isPresent()) {
      return context.get();
    }
    List<Path> usual = new ArrayList<>(List.of(root.resolve(DOCKER)));
    if (!variable("XDG_RUNTIME_DIR").isEmpty()) {
      usual.add(Path.of(variable("XDG_RUNTIME_DIR")).resolve(PODMAN));
    }
    usual.add(root.resolve("run").resolve(PODMAN));
    Path socket = usual.stream().filter(Files::exists).findFirst().orElse(usual.getFirst());
    return new Place("unix://" + socket, Optional.empty());
  }

  /// Those for `tcp://`, as the environment says; empty where it doesn't ask for TLS.
  Optional<Path> certificates() {
    if (variable("DOCKER_TLS_VERIFY").isEmpty()) {
      return Optional.empty();
    }
    String folder = variable("DOCKER_CERT_PATH");
    return Optional.of(folder.isEmpty() ? configuration() : Path.of(folder));
  }

  private Path configuration() {
    String folder = variable("DOCKER_CONFIG");
    return folder.isEmpty() ? home.resolve(".docker") : Path.of(folder);
  }

  private Optional<Place> context() {
    String name = variable("DOCKER_CONTEXT");
    Path file = configuration().resolve("config.json");
    if (name.isEmpty() && Files.isReadable(file)) {
      name = read(file).path("currentContext").asText();
    }
    if (name.isEmpty() || name.equals("default")) {
      return Optional.empty();
    }
    Path contexts = configuration().resolve("contexts");
    String folder = HexFormat.of().formatHex(Cid.of(name.getBytes(UTF_8)).digest());
    Path meta = contexts.resolve("meta").resolve(folder).resolve("meta.json");
    if (!Files.isReadable(meta)) {
      throw new IllegalArgumentException(
          "docker: the current context is " + name + ", and there is no " + meta);
    }
    JsonNode endpoint = read(meta).path("Endpoints").path("docker");
    String host = endpoint.path("Host").asText();
    if (host.isEmpty()) {
      return Optional.empty();
    }
    if (endpoint.path("SkipTLSVerify").asBoolean()) {
      throw new IllegalArgumentException(
          "docker: the context " + name + " doesn't verify whom it speaks with; this agent does");
    }
    Path certificates = contexts.resolve("tls").resolve(folder).resolve("docker");
    return Optional.of(
        new Place(
            host, Files.isDirectory(certificates) ? Optional.of(certificates) : Optional.empty()));
  }

  private static JsonNode read(Path file) {
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "docker: " + file + " can't be read: " + e.getMessage(), e);
    }
  }

  private String variable(String name) {
    return environment.getOrDefault(name, "");
  }
}
