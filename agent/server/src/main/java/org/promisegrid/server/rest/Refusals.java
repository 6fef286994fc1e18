package org.promisegrid.server.rest;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.media.MediaType;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;

/// Says of every operation how it may be refused, the same for all, since all go the same way; what
/// else besides 200 an answer may be; and what the texts of its parameters stand for.
public final class Refusals implements OASFilter {

  private static final List<String> STATUSES =
      List.of(
          "400", "401", "403", "404", "405", "406", "409", "413", "415", "421", "422", "429", "500",
          "501", "503", "504");

  private static final Set<String> NUMBERS = Set.of("limit", "depth", "wait");
  private static final Set<String> FLAGS = Set.of("follow", "collectable");

  /// What else an operation may answer, by its method and path.
  private static final Map<String, Map<String, String>> BESIDES =
      Map.of(
          "POST /content", Map.of("201", "It is new here"),
          "GET /content/{cid}",
              Map.of(
                  "206", "The range that was asked for",
                  "304", "It is known already",
                  "416", "It has no such range"),
          "GET /refs/{name}", Map.of("304", "It is known already"),
          "PUT /refs/{name}", Map.of("412", "It points to something else by now"),
          "POST /calls",
              Map.of(
                  "303", "The result, where bytes were asked for, is content",
                  "502", "The run broke, where bytes were asked for"),
          "GET /calls/{cid}",
              Map.of(
                  "303", "The result, where bytes were asked for, is content",
                  "502", "The run broke, where bytes were asked for"));

  @Override
  public Operation filterOperation(Operation operation) {
    APIResponses responses = operation.getResponses();
    for (String status : STATUSES) {
      responses.addAPIResponse(status, OASFactory.createAPIResponse().ref("Refusal"));
    }
    return operation;
  }

  @Override
  public void filterOpenAPI(OpenAPI description) {
    description
        .getPaths()
        .getPathItems()
        .forEach((path, item) ->
            item.getOperations().forEach((method, operation) -> complete(path, method, operation)));
  }

  private static void complete(String path, PathItem.HttpMethod method, Operation operation) {
    // In order: the description is compared as a text.
    new TreeMap<>(BESIDES.getOrDefault(method + " " + path, Map.of()))
        .forEach((status, what) ->
            operation
                .getResponses()
                .addAPIResponse(status, OASFactory.createAPIResponse().description(what)));
    operation
        .getResponses()
        .getAPIResponses()
        .values()
        .forEach(response -> {
          MediaType json =
              response.getContent() == null
                  ? null
                  : response.getContent().getMediaType("application/json");
          if (json != null) {
            json.setSchema(type(Schema.SchemaType.OBJECT));
          }
        });
    if (operation.getParameters() != null) {
      operation.getParameters().forEach(parameter -> type(path, parameter));
    }
  }

  private static void type(String path, Parameter parameter) {
    if (NUMBERS.contains(parameter.getName())
        || (path.equals("/events") && !FLAGS.contains(parameter.getName()))) {
      parameter.setSchema(type(Schema.SchemaType.INTEGER));
    } else if (FLAGS.contains(parameter.getName())) {
      parameter.setSchema(type(Schema.SchemaType.BOOLEAN));
    }
  }

  private static Schema type(Schema.SchemaType type) {
    return OASFactory.createSchema().type(List.of(type));
  }
}
