package org.promisegrid.server.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/// What a client of the interface as it was would miss in the interface as it is: operations,
/// parameters, statuses, media types and members that are gone, have another type, or have to be
/// there where they had not.
final class Narrowing {

  private static final Set<String> METHODS =
      Set.of("get", "put", "post", "delete", "options", "head", "patch", "trace");

  private final JsonNode before;
  private final JsonNode now;
  private final List<String> found = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();

  private Narrowing(JsonNode before, JsonNode now) {
    this.before = before;
    this.now = now;
  }

  /// Between two OpenAPI descriptions.
  static List<String> between(JsonNode before, JsonNode now) {
    Narrowing narrowing = new Narrowing(before, now);
    narrowing.operations();
    return narrowing.found;
  }

  private void operations() {
    each(
        before.path("paths"),
        (path, item) ->
            each(
                item,
                (method, old) -> {
                  if (METHODS.contains(method)) {
                    String where = method + " " + path;
                    JsonNode operation = now.path("paths").path(path).path(method);
                    if (isThere(where, operation)) {
                      parameters(where, old, operation);
                      body(where + " body", resolved(before, old.path("requestBody")), operation);
                      responses(where, old.path("responses"), operation.path("responses"));
                    }
                  }
                }));
  }

  private void parameters(String where, JsonNode old, JsonNode operation) {
    List<String> known = new ArrayList<>();
    for (JsonNode parameter : old.path("parameters")) {
      known.add(name(parameter));
      String there = where + " " + name(parameter);
      JsonNode same =
          stream(operation.path("parameters"))
              .filter(each -> name(each).equals(name(parameter)))
              .findAny()
              .orElseGet(MissingNode::getInstance);
      if (isThere(there, same)) {
        required(there, parameter, same);
        schema(there, parameter.path("schema"), same.path("schema"), true);
      }
    }
    stream(operation.path("parameters"))
        .filter(each -> !known.contains(name(each)) && each.path("required").asBoolean())
        .forEach(each -> found.add(where + " " + name(each) + " is new and required"));
  }

  private static String name(JsonNode parameter) {
    return parameter.path("in").asText() + " " + parameter.path("name").asText();
  }

  private void body(String where, JsonNode old, JsonNode operation) {
    JsonNode body = resolved(now, operation.path("requestBody"));
    required(where, old, body);
    content(where, old, body, true);
  }

  private void responses(String where, JsonNode old, JsonNode responses) {
    each(
        old,
        (status, response) -> {
          String there = where + " " + status;
          JsonNode same = resolved(now, responses.path(status));
          if (isThere(there, same)) {
            content(there, resolved(before, response), same, false);
          }
        });
  }

  private void content(String where, JsonNode old, JsonNode same, boolean asked) {
    each(
        old.path("content"),
        (type, media) -> {
          JsonNode other = same.path("content").path(type);
          if (isThere(where + " " + type, other)) {
            schema(where, media.path("schema"), other.path("schema"), asked);
          }
        });
  }

  /// @param asked whether it is of what clients send, which mustn't have to be more; else of what
  ///   they get, which mustn't be less
  private void schema(String where, JsonNode reference, JsonNode other, boolean asked) {
    if (reference.has("$ref") && !seen.add(asked + " " + reference + other)) {
      return;
    }
    JsonNode old = resolved(before, reference);
    JsonNode schema = resolved(now, other);
    if (old.isMissingNode()) {
      return;
    }
    if (!old.path("type").equals(schema.path("type")) && (asked || old.has("type"))) {
      found.add(where + " is " + schema.path("type") + ", and was " + old.path("type"));
    }
    for (JsonNode value : old.path("enum")) {
      if (schema.has("enum") && stream(schema.path("enum")).noneMatch(value::equals)) {
        found.add(where + " isn't " + value + " any more");
      }
    }
    for (JsonNode name : asked ? schema.path("required") : old.path("required")) {
      if (stream((asked ? old : schema).path("required")).noneMatch(name::equals)) {
        found.add(where + "." + name.asText() + (asked ? " is required" : " isn't always there"));
      }
    }
    each(
        old.path("properties"),
        (name, property) -> {
          JsonNode same = schema.path("properties").path(name);
          if (isThere(where + "." + name, same)) {
            schema(where + "." + name, property, same, asked);
          }
        });
    for (String inner : List.of("items", "additionalProperties")) {
      schema(where + "[]", old.path(inner), schema.path(inner), asked);
    }
  }

  private void required(String where, JsonNode old, JsonNode same) {
    if (same.path("required").asBoolean() && !old.path("required").asBoolean()) {
      found.add(where + " is required");
    }
  }

  private boolean isThere(String where, JsonNode node) {
    if (node.isMissingNode()) {
      found.add(where + " is gone");
    }
    return !node.isMissingNode();
  }

  private static JsonNode resolved(JsonNode description, JsonNode node) {
    return node.has("$ref") ? description.at(node.path("$ref").asText().substring(1)) : node;
  }

  private static Stream<JsonNode> stream(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  @FunctionalInterface
  private interface Entry {
    void have(String name, JsonNode value);
  }

  private static void each(JsonNode object, Entry entry) {
    for (Map.Entry<String, JsonNode> each : object.properties()) {
      entry.have(each.getKey(), each.getValue());
    }
  }
}
