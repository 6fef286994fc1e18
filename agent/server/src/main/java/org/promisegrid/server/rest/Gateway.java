package org.promisegrid.server.rest;

import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.Reply;
import org.promisegrid.kernel.Request;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.server.wire.Errands;
import org.promisegrid.server.wire.Reception;
import org.promisegrid.server.wire.Room;
import org.promisegrid.server.wire.Visit;

/// The one way from a request to the kernel: what was asked becomes a call with the request's
/// bearer token, the kernel answers, and a refusal becomes a [Problem].
public final class Gateway {

  private static final String BEARER = "bearer ";

  private final Reception reception;
  private final Errands errands;
  private final Http http;

  public Gateway(Reception reception, Errands errands, Http http) {
    this.reception = reception;
    this.errands = errands;
    this.http = http;
  }

  /// A body that was read.
  ///
  /// @param part what it takes until it is answered; to be closed
  record Read(Fields fields, Room.Part part) {}

  /// Reads a JSON body; of who has no token that is worth it, not a byte.
  Read read(InputStream body, RoutingContext request) throws IOException, InterruptedException {
    Optional<String> by;
    try {
      by = reception.share(chain(request.request().getHeader("Authorization")));
    } catch (Refusal e) {
      throw Problem.of(e);
    }
    try (Room.Part part = http.room(request, Bodies.MOST, by);
        Visit visit = http.visit(request)) {
      visit.send(); // for how long it comes, is watched
      Fields fields = Bodies.read(body);
      return new Read(fields, part.handOver());
    }
  }

  /// Reads what is asked from the members of a JSON body.
  @FunctionalInterface
  interface Reading {

    /// Those that it leaves are unknown ones.
    void read(Fields fields, Ask ask) throws MalformedException;
  }

  /// What a request asks that has a JSON body.
  ///
  /// @throws Problem if it can't be read, or has members that nobody knows
  Ask ask(InputStream body, RoutingContext request, Reading reading)
      throws IOException, InterruptedException {
    Ask ask = Ask.of(request);
    Read read = read(body, request);
    try (Room.Part _ = read.part()) {
      reading.read(read.fields(), ask);
      read.fields().end();
      return ask;
    } catch (MalformedException e) {
      throw Problem.malformed(e);
    }
  }

  /// Has a call answered that something follows or may follow.
  ///
  /// @throws Problem if it is refused
  /// @throws InterruptedException if the caller left
  Reply reply(Ask ask, RoutingContext request) throws InterruptedException {
    Call call = call(ask, request);
    try (Visit visit = http.visit(request)) {
      Reply reply =
          visit.attend(() -> {
            Request made = new Request(call, ask.body(), http.from(request));
            return reception.handle(ask.isFresh() ? made.withFreshNonce() : made);
          });
      refuse(reply);
      return reply;
    }
  }

  /// A call that goes on without its request.
  ///
  /// @param answered the answer, where there was one before the call was taken on
  record Taken(Cid call, Optional<Reply> answered) {}

  /// Has a call answered by a thread of its own, and returns as soon as it is taken on: from then
  /// on it can be asked for by its name.
  ///
  /// @param part what it takes: handed over to what is closed when it is answered
  /// @throws Problem if it is refused at once
  Taken begin(Ask ask, RoutingContext request, Room.Part part) throws InterruptedException {
    Call call = call(ask, request);
    Optional<Reply> reply =
        errands.begin(new Request(call, ask.body(), http.from(request)), part.handOver());
    reply.ifPresent(Gateway::refuse);
    return new Taken(call.cid(), reply);
  }

  private static void refuse(Reply reply) {
    switch (reply.payload()) {
      case Payload.NotPromised refusal -> throw Problem.of(refusal);
      case Payload.Revoked revoked -> throw Problem.of(revoked);
      case Payload.Broken broken -> throw Problem.of(broken);
      case Payload.Kept _, Payload.Receipted _, Payload.Promised _ -> {
        // an answer
      }
    }
  }

  /// Names on this node are of this node.
  NodeId node() {
    return reception.node();
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

  /// @throws Problem if JSON could say it, and no message can
  private static Call call(Ask ask, RoutingContext request) {
    try {
      return Call.of(
          ask.function(),
          ask.params(),
          ask.input(),
          ask.terms(),
          chain(request.request().getHeader("Authorization")),
          Optional.empty());
    } catch (IllegalArgumentException e) {
      throw Problem.malformed(String.valueOf(e.getMessage()));
    }
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
