package org.promisegrid.server.rest;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Protocols;

/// Says of every operation how it may be refused: as the document of its function has it, and by
/// what HTTP asks of its request; what the texts of its parameters stand for; and what is always
/// there in its answer.
public final class Refusals implements OASFilter {

  private static final Set<String> NUMBERS = Set.of("limit", "depth", "wait", "sealed");
  private static final Set<String> FLAGS = Set.of("follow", "collectable");

  /// What any function may be answered with that is called without terms.
  private static final List<Reason> ANY =
      List.of(
          Reason.MALFORMED, Reason.UNAUTHORIZED, Reason.REFUSED, Reason.ABSENT, Reason.EXHAUSTED);

  /// Those whose answers are others' answers.
  private static final Set<String> OTHERS = Set.of("*", "call.await");

  private static final Pattern ROW = Pattern.compile("\\| `([a-z_]+)` \\|.*");

  @Override
  public void filterOpenAPI(OpenAPI description) {
    Map<String, Method> methods = Routes.all();
    description
        .getPaths()
        .getPathItems()
        .forEach((path, item) ->
            item.getOperations()
                .forEach((verb, operation) -> {
                  Method method = methods.get(verb + " " + path);
                  if (method == null) {
                    throw new IllegalStateException(
                        "no operation is known at " + verb + " " + path);
                  }
                  complete(path, method, operation);
                }));
    Map<String, Schema> schemas = description.getComponents().getSchemas();
    for (Class<?> kept : Kept.class.getDeclaredClasses()) {
      Schema schema = schemas.get(kept.getSimpleName());
      List<String> required = required(kept);
      if (schema != null && schema.getProperties() != null && !required.isEmpty()) {
        required.forEach(schema::addRequired);
      }
    }
    schemas.values().forEach(Refusals::leaveOut);
  }

  /// What isn't there is left out, and never null.
  private static void leaveOut(Schema schema) {
    if (schema.getProperties() == null) {
      return;
    }
    Map<String, Schema> properties = new LinkedHashMap<>(schema.getProperties());
    properties.replaceAll((_, property) -> {
      List<Schema> either = property.getAnyOf();
      if (either != null) {
        return either.getFirst();
      }
      if (property.getType() != null) {
        property.setType(
            property.getType().stream().filter(type -> type != Schema.SchemaType.NULL).toList());
      }
      return property;
    });
    schema.setProperties(properties);
  }

  private static List<String> required(Class<?> kept) {
    return Arrays.stream(kept.getRecordComponents())
        .filter(each -> each.getType() != Optional.class && each.getType() != OptionalLong.class)
        .map(Refusals::name)
        .toList();
  }

  private static String name(RecordComponent component) {
    var schema =
        component
            .getAccessor()
            .getAnnotation(org.eclipse.microprofile.openapi.annotations.media.Schema.class);
    return schema == null || schema.name().isEmpty() ? component.getName() : schema.name();
  }

  private static void complete(String path, Method method, Operation operation) {
    APIResponses responses = operation.getResponses();
    for (int status : statuses(method)) {
      String code = String.valueOf(status);
      responses.addAPIResponse(code, OASFactory.createAPIResponse().ref("Refusal"));
    }
    if (method.isAnnotationPresent(HEAD.class)) {
      responses.getAPIResponse("200").setContent(null);
    }
    responses.getAPIResponses().forEach(Refusals::body);
    if (operation.getParameters() != null) {
      operation.getParameters().forEach(parameter -> type(path, parameter));
    }
  }

  /// Only JSON has a schema, and what is refused is a problem document.
  private static void body(String code, APIResponse response) {
    int status = Integer.parseInt(code);
    if (status >= 400 && response.getRef() == null) {
      response.setContent(
          OASFactory.createContent()
              .addMediaType(
                  Problem.MEDIA_TYPE,
                  OASFactory.createMediaType().schema(OASFactory.createSchema().ref("Problem"))));
    } else if (status >= 300 && response.getRef() == null) {
      response.setContent(null);
    } else if (response.getContent() != null) {
      response
          .getContent()
          .getMediaTypes()
          .forEach((type, body) -> {
            if (!type.equals(MediaType.APPLICATION_JSON)) {
              body.setSchema(null);
            }
          });
    }
  }

  /// How an operation may be refused.
  static SortedSet<Integer> statuses(Method method) {
    SortedSet<Integer> statuses = new TreeSet<>(Set.of(421, 500));
    for (Reason reason : reasons(method)) {
      statuses.addAll(Problem.statuses(reason));
    }
    if (method.isAnnotationPresent(Produces.class)) {
      statuses.add(406);
    }
    Consumes consumes = method.getAnnotation(Consumes.class);
    if (consumes != null) {
      statuses.addAll(Problem.statuses(Reason.TOO_LARGE));
      if (!List.of(consumes.value()).contains(MediaType.WILDCARD)) {
        statuses.add(415);
      }
    }
    return statuses;
  }

  private static Set<Reason> reasons(Method method) {
    if (method.getDeclaringClass() == GridResource.class) {
      // All others are told by messages.
      return Set.of(Reason.MALFORMED, Reason.REFUSED, Reason.EXHAUSTED);
    }
    String function = method.getAnnotation(Calls.class).value();
    if (OTHERS.contains(function)) {
      return Set.of(Reason.values());
    }
    Set<Reason> reasons = new TreeSet<>(ANY);
    if (method.getParameterCount() > 1) {
      reasons.add(Reason.INVALID);
    }
    reasons.addAll(documented(function));
    return reasons;
  }

  /// The reasons in the table that a function's document has of them.
  private static Set<Reason> documented(String function) {
    Set<String> codes =
        new String(Protocols.document(function), StandardCharsets.UTF_8)
            .lines()
            .dropWhile(line -> !line.equals("| reason | when |"))
            .takeWhile(line -> line.startsWith("|"))
            .map(ROW::matcher)
            .filter(row -> row.matches())
            .map(row -> row.group(1))
            .collect(Collectors.toSet());
    return Arrays.stream(Reason.values())
        .filter(reason -> codes.contains(reason.code()))
        .collect(Collectors.toSet());
  }

  private static void type(String path, Parameter parameter) {
    String name = parameter.getName();
    if (NUMBERS.contains(name)
        || (path.equals("/events") && !FLAGS.contains(name))
        || (path.endsWith("/log") && name.equals("after"))) {
      parameter.setSchema(type(Schema.SchemaType.INTEGER));
    } else if (FLAGS.contains(name)) {
      parameter.setSchema(type(Schema.SchemaType.BOOLEAN));
    }
  }

  private static Schema type(Schema.SchemaType type) {
    return OASFactory.createSchema().type(List.of(type));
  }
}
