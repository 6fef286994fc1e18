package org.promisegrid.server.rest;

import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.kernel.Reply;
import org.promisegrid.kernel.Request;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.server.wire.Visit;

/// The one way from a request to the kernel: what was asked becomes a call with the request's bearer
/// token, the kernel answers, and a refusal becomes a [Problem].
public final class Gateway {

  private static final String BEARER = "bearer ";

  private final Kernel kernel;
  private final Http http;

  public Gateway(Kernel kernel, Http http) {
    this.kernel = kernel;
    this.http = http;
  }

  /// Has a call answered that something follows or may follow.
  ///
  /// @throws Problem if it is refused
  /// @throws InterruptedException if the caller left
  Reply reply(Ask ask, RoutingContext request) throws InterruptedException {
    Call call = call(ask, request);
    try (Visit visit = http.visit(request)) {
      Reply reply =
          visit.attend(() -> kernel.handle(new Request(call, ask.body(), http.from(request))));
      return switch (reply.payload()) {
        case Payload.NotPromised refusal -> throw Problem.of(refusal);
        case Payload.Revoked revoked -> throw Problem.of(revoked);
        case Payload.Broken broken -> throw Problem.of(broken);
        case Payload.Kept _,
            Payload.Receipted _ ->
            reply;
      };
    }
  }

  /// Has a call of a kernel function answered.
  Item kept(Ask ask, RoutingContext request) throws InterruptedException {
    return kept(reply(ask, request));
  }

  static Item kept(Reply reply) {
    if (reply.payload() instanceof Payload.Kept(Item value)) {
      return value;
    }
    throw new IllegalStateException("a kernel function gives no receipt");
  }

  private static Call call(Ask ask, RoutingContext request) {
    return Call.of(
        ask.function(),
        ask.params(),
        ask.input(),
        ask.terms(),
        chain(request.request().getHeader("Authorization")),
        Optional.empty());
  }

  /// The tokens of a header. Whatever is no chain is none at all: the kernel says the same of every
  /// token that is worth nothing.
  private static List<byte[]> chain(@Nullable String header) {
    if (header == null || !header.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
      return List.of();
    }
    try {
      return Chain.parse(header.substring(BEARER.length())).links().stream()
          .map(Item.Bytes::value)
          .toList();
    } catch (MalformedException _) {
      return List.of();
    }
  }
}
