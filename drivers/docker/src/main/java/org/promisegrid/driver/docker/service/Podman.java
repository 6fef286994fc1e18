package org.promisegrid.driver.docker.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.engine.Wire;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.service.ServiceSpec;

/// What services need of a Podman that it doesn't do as Docker does: its networks keep nobody apart
/// and lead outside unless that is said in words of its own.
final class Podman {

  private static final System.Logger LOGGER = System.getLogger(Podman.class.getName());

  /// Podman's own interface, which later ones have kept.
  private static final String OWN = "/v4.0.0/libpod";

  /// What gives networks in which services have names.
  private static final String BACKEND = "netavark";

  /// What those have that are too old to say.
  private static final String UNTOLD = "none that it tells of";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Engine engine;

  /// What it has networks by; empty as long as that isn't known.
  private volatile String backend = "";

  Podman(Engine engine) {
    this.engine = engine;
  }

  /// Asks it what it has, unless that is known.
  void learnOnce() throws InterruptedException {
    if (backend.isEmpty()) {
      learn();
    }
  }

  /// Asks it what it has.
  void learn() throws InterruptedException {
    String doing = "asking Podman for its networks' backend";
    try (Wire wire = engine.get(doing, OWN + "/info")) {
      backend = read(doing, wire).path("host").path("networkBackend").asText(UNTOLD);
    } catch (DriverException e) {
      if (e.kind() == Kind.UNAVAILABLE) {
        throw e;
      }
      LOGGER.log(System.Logger.Level.DEBUG, "a Podman before 4", e);
      backend = UNTOLD;
    }
  }

  /// Why `spec` can't be kept; empty if it may be.
  Optional<String> refusal(ServiceSpec spec) {
    if (spec.networks().isEmpty() && spec.ports().isEmpty()) {
      return Optional.empty();
    }
    String has = backend;
    if (!has.equals(BACKEND)) {
      return Optional.of(
          "services in networks want a Podman with the network backend %s%s"
              .formatted(BACKEND, has.isEmpty() ? "" : ", which here is " + has));
    }
    boolean outward =
        spec.networks().stream().anyMatch(network -> network.outward() && !network.external());
    return spec.ports().isEmpty() || outward
        ? Optional.empty()
        : Optional.of(
            "on Podman what is reached by published ports reaches the world, too, which this service"
                + " may not");
  }

  /// Makes a network that other networks made here don't lead to.
  ///
  /// @param internal whether it leads nowhere else
  /// @return Podman's id of it
  String makeNetwork(String name, boolean internal, Map<String, String> labels, String doing)
      throws InterruptedException {
    ObjectNode network = JSON.createObjectNode();
    network.put("name", name).put("driver", "bridge").put("internal", internal);
    network.put("dns_enabled", internal);
    network.putObject("options").put("isolate", "true");
    ObjectNode written = network.putObject("labels");
    labels.forEach(written::put);
    byte[] body = network.toString().getBytes(UTF_8);
    try (Wire wire = engine.post(doing, OWN + "/networks/create", body)) {
      String id = read(doing, wire).path("id").asText();
      if (id.isEmpty()) {
        throw new DriverException(Kind.BROKEN, doing + ": Podman names no network that it made");
      }
      return id;
    }
  }

  private static JsonNode read(String doing, Wire wire) {
    try {
      return JSON.readTree(wire.input());
    } catch (IOException e) {
      throw new DriverException(Kind.UNAVAILABLE, doing + ": " + e.getMessage(), e);
    }
  }
}
