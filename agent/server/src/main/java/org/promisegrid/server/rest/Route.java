package org.promisegrid.server.rest;

import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.QueryParam;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.sandbox.Cid;

/// The operation that a request is for, as its method says: [Calls] names the function that it
/// asks, and it can ask no other.
///
/// @param calls a kernel function, or `*`
/// @param queries the queries that it knows; true for those that may stand several times
record Route(String calls, Map<String, Boolean> queries) {

  private static final String ANY = "*";

  static Route of(Method method) {
    Calls calls = method.getAnnotation(Calls.class);
    if (calls == null) {
      throw new IllegalStateException(method + " doesn't say what it calls");
    }
    return new Route(
        calls.value(),
        Arrays.stream(method.getParameters())
            .filter(parameter -> parameter.isAnnotationPresent(QueryParam.class))
            .collect(
                Collectors.toUnmodifiableMap(
                    parameter -> parameter.getAnnotation(QueryParam.class).value(),
                    parameter -> parameter.getType() == List.class)));
  }

  /// The one that was found for a request.
  static Route of(RoutingContext request) {
    @Nullable Route route = request.get(Route.class.getName());
    if (route == null) {
      throw new IllegalStateException("no operation was found for this request");
    }
    return route;
  }

  /// Says that a request is for this.
  void found(RoutingContext request) {
    request.put(Route.class.getName(), this);
  }

  /// Its function.
  Cid function() {
    if (calls.equals(ANY)) {
      throw new IllegalStateException("this operation calls what its request names");
    }
    return Protocols.cid(calls);
  }

  /// A function that the request names.
  ///
  /// @throws IllegalStateException if it can't choose
  Cid function(Cid named) {
    if (!calls.equals(ANY)) {
      throw new IllegalStateException("this operation calls " + calls + ", and nothing else");
    }
    return named;
  }
}
