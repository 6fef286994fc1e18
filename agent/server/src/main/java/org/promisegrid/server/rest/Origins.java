package org.promisegrid.server.rest;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Turns away what only a browser that was led here by a foreign page sends: a `Host` that isn't
/// this host's, as after DNS rebinding, and a foreign `Origin`.
public final class Origins {

  /// What nearly all requests say.
  private static final String USUAL = "127.0.0.1";

  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(?:\\.\\d{1,3}){3}|\\[::1]|::1");

  private final Set<String> names;

  /// @param names of this host, besides the loopback ones, in lower case
  public Origins(List<String> names) {
    this.names = new HashSet<>(names);
  }

  /// Passes a request on, or answers it.
  public void check(RoutingContext request) {
    HostAndPort host = request.request().authority();
    String origin = request.request().getHeader("Origin");
    if (host == null || !(isOwn(host.host()) || isAddress(host.host(), request))) {
      refuse(
          request,
          Problem.http(
              421,
              "Misdirected",
              "refused",
              "this agent isn't called that; `grid.http.names` lists names it may be called by"));
    } else if (origin != null && !host(origin).map(this::isOwn).orElse(false)) {
      refuse(
          request,
          Problem.http(403, "Refused", "refused", "pages from elsewhere may not call this"));
    } else {
      request.next();
    }
  }

  private boolean isOwn(@Nullable String host) {
    if (host == null) {
      return false;
    }
    String name = host.toLowerCase(Locale.ROOT);
    return name.equals(USUAL) || LOOPBACK.matcher(name).matches() || names.contains(name);
  }

  /// The address that the request came to: a page that was led here by a name of its own can't name
  /// that.
  private static boolean isAddress(String host, RoutingContext request) {
    SocketAddress local = request.request().localAddress();
    String address = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    return local != null && address.equals(local.hostAddress());
  }

  private static Optional<String> host(String origin) {
    try {
      return Optional.ofNullable(URI.create(origin).getHost());
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /// Answers a request before it gets anywhere, and has the connection closed.
  static void refuse(RoutingContext request, Problem problem) {
    HttpServerResponse response =
        request
            .response()
            .setStatusCode(problem.status())
            .putHeader("Content-Type", Problem.MEDIA_TYPE)
            .putHeader("Connection", "close");
    problem
        .retryAfter()
        .ifPresent(seconds -> response.putHeader("Retry-After", String.valueOf(seconds)));
    var _ = response.end(Buffer.buffer(problem.body()));
  }
}
