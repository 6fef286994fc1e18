package org.promisegrid.server.rest;

import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.UriInfo;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/// Tells a request which operation it is for, and refuses queries that this doesn't know: a
/// misspelt one would be passed over otherwise, and so would the second of one that stands twice.
@Singleton
public final class Queries {

  private final Map<Method, Route> known = new ConcurrentHashMap<>();

  @ServerRequestFilter
  public void check(UriInfo uri, ResourceInfo operation, RoutingContext request) {
    Route route = known.computeIfAbsent(operation.getResourceMethod(), Route::of);
    route.found(request);
    uri.getQueryParameters().forEach((name, values) -> check(route, name, values));
  }

  private static void check(Route route, String name, List<String> values) {
    Boolean several = route.queries().get(name);
    if (several == null) {
      throw Problem.malformed("this operation knows no query '" + shown(name) + "'");
    }
    if (!several && values.size() > 1) {
      throw Problem.malformed("the query '" + name + "' stands more than once");
    }
  }

  private static String shown(String name) {
    return name.length() > 60 ? name.substring(0, 60) + "…" : name;
  }
}
