package org.promisegrid.server.rest;

import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All operations.
final class Routes {

  /// The classes they stand in; a test finds one that isn't here.
  static final List<Class<?>> RESOURCES =
      List.of(
          AgentResource.class,
          AuditResource.class,
          CallsResource.class,
          ContentResource.class,
          GridResource.class,
          RefsResource.class,
          SecretsResource.class,
          ImagesResource.class,
          ServicesResource.class,
          StorageResource.class,
          TokensResource.class);

  private Routes() {}

  /// By `METHOD /path`.
  static Map<String, Method> all() {
    Map<String, Method> all = new LinkedHashMap<>();
    for (Class<?> resource : RESOURCES) {
      for (Method method : resource.getDeclaredMethods()) {
        verb(method).ifPresent(verb -> all.put(verb + " " + path(resource, method), method));
      }
    }
    return all;
  }

  private static Optional<String> verb(Method method) {
    return Arrays.stream(method.getAnnotations())
        .map(annotation -> annotation.annotationType().getAnnotation(HttpMethod.class))
        .filter(annotation -> annotation != null)
        .map(HttpMethod::value)
        .findAny();
  }

  private static String path(Class<?> resource, Method method) {
    Path inner = method.getAnnotation(Path.class);
    String all =
        resource.getAnnotation(Path.class).value() + "/" + (inner == null ? "" : inner.value());
    return ("/" + all).replaceAll("/+", "/").replaceAll("(?<=.)/$", "").replaceAll(":[^}]*}", "}");
  }
}
