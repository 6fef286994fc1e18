package org.promisegrid.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// Holds what is answered against the OpenAPI description: an operation answers no status, and no
/// member of a JSON object, that this doesn't know.
final class Described {

  private final JsonNode description;

  private Described(JsonNode description) {
    this.description = description;
  }

  /// By the agent's own description of itself.
  static Described by(URI agent, HttpClient client) {
    URI place = agent.resolve("/q/openapi?format=json");
    try {
      byte[] body =
          client.send(HttpRequest.newBuilder(place).build(), BodyHandlers.ofByteArray()).body();
      return new Described(new JsonMapper().readTree(body));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// @throws AssertionError if the description doesn't have it so
  void check(HttpResponse<byte[]> response) {
    String method = response.request().method();
    String path = response.request().uri().getRawPath();
    Optional<JsonNode> operation = operation(method.toLowerCase(Locale.ROOT), path);
    if (operation.isEmpty()) {
      return; // not one of ours, or there is none
    }
    String where = method + " " + path + " " + response.statusCode();
    JsonNode answer = resolved(operation.get().path("responses").path("" + response.statusCode()));
    if (answer.isMissingNode()) {
      throw new AssertionError(where + " isn't in the description");
    }
    String type = response.headers().firstValue("Content-Type").orElse("").replaceAll(";.*", "");
    if (response.body().length == 0) {
      return;
    }
    JsonNode content = answer.path("content").path(type);
    if (content.isMissingNode()) {
      throw new AssertionError(where + " with " + type + " isn't in the description");
    }
    if (content.has("schema")) {
      try {
        check(where, content.path("schema"), new JsonMapper().readTree(response.body()), type);
      } catch (IOException e) {
        throw new AssertionError(where + " isn't JSON", e);
      }
    }
  }

  /// The operation whose path is most like it.
  private Optional<JsonNode> operation(String method, String path) {
    return description.path("paths").properties().stream()
        .filter(each -> each.getValue().has(method))
        .filter(each ->
            path.matches(each.getKey().replace("{name}", ".+").replaceAll("\\{[a-z]+}", "[^/]+")))
        .max(Comparator.comparingInt(each -> each.getKey().length()))
        .map(Map.Entry::getValue)
        .map(each -> each.path(method));
  }

  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? description.at(node.path("$ref").asText().substring(1)) : node;
  }

  private void check(String where, JsonNode reference, JsonNode value, String media) {
    JsonNode schema = resolved(reference);
    String type = schema.path("type").asText("");
    boolean fits =
        switch (type) {
          case "object" -> value.isObject();
          case "array" -> value.isArray();
          case "string" -> value.isTextual();
          case "integer" -> value.isIntegralNumber();
          case "boolean" -> value.isBoolean();
          case "" -> true;
          default -> false;
        };
    if (!fits) {
      throw new AssertionError(where + " is " + value + ", not " + type);
    }
    for (JsonNode item : value.isArray() ? value : new JsonMapper().createArrayNode()) {
      check(where + "[]", schema.path("items"), item, media);
    }
    if (!value.isObject()) {
      return;
    }
    for (JsonNode name : schema.path("required")) {
      if (!value.has(name.asText())) {
        throw new AssertionError(where + " has no " + name.asText());
      }
    }
    for (String name : new TreeSet<>(value.properties().stream().map(Map.Entry::getKey).toList())) {
      JsonNode property = schema.path("properties").path(name);
      if (!property.isMissingNode()) {
        check(where + "." + name, property, value.path(name), media);
      } else if (schema.has("additionalProperties")) {
        check(where + "." + name, schema.path("additionalProperties"), value.path(name), media);
      } else if (schema.has("properties") && !media.endsWith("problem+json")) {
        throw new AssertionError(where + " has a " + name + " that the description doesn't");
      }
    }
  }
}
