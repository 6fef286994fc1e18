package org.promisegrid.server.rest;

import jakarta.inject.Singleton;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.UriInfo;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.SimpleResourceInfo;

/// Refuses queries that an operation doesn't know: a misspelt one would be passed over otherwise.
@Singleton
public final class Queries {

  private final Map<Class<?>, Map<String, Set<String>>> known = new ConcurrentHashMap<>();

  @ServerRequestFilter
  public void check(UriInfo uri, SimpleResourceInfo operation) {
    Set<String> asked = uri.getQueryParameters().keySet();
    if (asked.isEmpty()) {
      return;
    }
    Set<String> names =
        known
            .computeIfAbsent(operation.getResourceClass(), Queries::names)
            .getOrDefault(operation.getMethodName(), Set.of());
    for (String name : asked) {
      if (!names.contains(name)) {
        throw Problem.malformed("this operation knows no query '" + shown(name) + "'");
      }
    }
  }

  private static String shown(String name) {
    return name.length() > 60 ? name.substring(0, 60) + "…" : name;
  }

  private static Map<String, Set<String>> names(Class<?> resource) {
    return Arrays.stream(resource.getDeclaredMethods())
        .filter(method -> method.isAnnotationPresent(Calls.class))
        .collect(
            Collectors.groupingBy(
                Method::getName,
                Collectors.flatMapping(
                    method ->
                        Arrays.stream(method.getParameters())
                            .filter(parameter -> parameter.isAnnotationPresent(QueryParam.class))
                            .map(Queries::name),
                    Collectors.toSet())));
  }

  private static String name(Parameter parameter) {
    return parameter.getAnnotation(QueryParam.class).value();
  }
}
