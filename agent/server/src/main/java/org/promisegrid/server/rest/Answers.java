package org.promisegrid.server.rest;

import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;
import org.promisegrid.kernel.Reply;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Words;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.sandbox.Cid;

/// Answers as responses.
final class Answers {

  /// The media types of a call's answer: all of it, or what the function wrote.
  static final String BYTES = MediaType.APPLICATION_OCTET_STREAM;

  private Answers() {}

  static Response json(Item value) {
    return builder(value).build();
  }

  static Response.ResponseBuilder builder(Item value) {
    return Response.ok(bytes(value), MediaType.APPLICATION_JSON_TYPE)
        .header(HttpHeaders.CACHE_CONTROL, "no-store");
  }

  private static byte[] bytes(Item value) {
    return (Json.write(value) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /// The answer to a call of any function.
  static Response of(Reply reply, RoutingContext request, Streams streams) {
    return of(reply, request, streams, event -> String.valueOf(event.offset()));
  }

  /// Likewise; with what the events that may follow are called.
  static Response of(
      Reply reply, RoutingContext request, Streams streams, Function<Event, String> ids) {
    return switch (reply.payload()) {
      case Payload.Receipted receipted ->
          wantsBytes(request)
              ? result(reply.call(), receipted)
              : json(receipted(reply.call(), receipted));
      case Payload.Kept(Item value) ->
          switch (reply.follow()) {
            case Follow.None _ -> json(Item.table().put("kept", value).build());
            case Follow.Bytes content ->
                Response.ok(streams.bytes(content, request), BYTES)
                    .header(HttpHeaders.CONTENT_LENGTH, content.size())
                    .build();
            case Follow.Events(Follow.EventStream events) ->
                Response.ok(streams.events(events, ids, request), MediaType.SERVER_SENT_EVENTS)
                    .build();
          };
      case Payload.NotPromised refusal -> Problem.of(refusal).toResponse();
      case Payload.Revoked revoked -> Problem.of(revoked).toResponse();
      case Payload.Broken broken -> Problem.of(broken).toResponse();
      case Payload.Promised _ -> running(reply.call()).build();
    };
  }

  private static boolean wantsBytes(RoutingContext request) {
    String accept = request.request().getHeader(HttpHeaders.ACCEPT);
    return accept != null && accept.strip().startsWith(BYTES);
  }

  /// The answer that `call.await` found: told as if its call had been answered now.
  static Response awaited(Item kept, RoutingContext request) {
    try {
      byte[] message = Fields.of(kept, "call.await").requiredBytes("message").value();
      Answer answer = Answer.decode(Message.decode(message));
      return switch (answer.payload()) {
        case Payload.Receipted receipted ->
            wantsBytes(request)
                ? result(answer.call(), receipted)
                : json(receipted(answer.call(), receipted));
        case Payload.NotPromised refusal -> Problem.of(refusal).toResponse();
        case Payload.Revoked revoked -> Problem.of(revoked).toResponse();
        case Payload.Broken broken -> Problem.of(broken).toResponse();
        case Payload.Kept(Item value) ->
            json(Item.table().put("call", answer.call()).put("kept", value).build());
        case Payload.Promised _ -> running(answer.call()).build();
      };
    } catch (MalformedException e) {
      throw new IllegalStateException("the kernel's own answer", e);
    }
  }

  /// A call that hasn't ended.
  static Response.ResponseBuilder running(Cid call) {
    return Response.fromResponse(
            json(Item.table().put("call", call).put("state", "running").build()))
        .status(Response.Status.ACCEPTED);
  }

  /// What a run led to: the receipt, and beside it in plain text what a person looks for.
  private static Item.Table receipted(Cid call, Payload.Receipted receipted) {
    Receipt receipt = receipt(receipted);
    Item.TableBuilder told =
        Item.table()
            .put("call", call)
            .put("how", Words.of(receipted.how()))
            .put("receipt", receipt.cid())
            .put("body", receipt.message().slots().getFirst());
    receipted.result().ifPresent(result -> put(told, "output", result.value()));
    byte[] log = receipt.body().log().value();
    if (log.length > 0) {
      put(told, "log", log);
    }
    return told.build();
  }

  /// As text under `name` where it is UTF-8, else under `name_base64`.
  private static void put(Item.TableBuilder told, String name, byte[] bytes) {
    Optional<String> text = text(bytes);
    if (text.isPresent()) {
      told.put(name, text.get());
    } else {
      told.put(name + "_base64", Base64.getEncoder().encodeToString(bytes));
    }
  }

  private static Optional<String> text(byte[] bytes) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException _) {
      return Optional.empty();
    }
  }

  /// What the function wrote; how the run ended is told by headers. What is too long to travel in
  /// an answer is at the place that the response leads to.
  private static Response result(Cid call, Payload.Receipted receipted) {
    Receipt receipt = receipt(receipted);
    if (receipt.body().outcome() instanceof Receipt.Ended.Broken) {
      // Whoever wants nothing but the result mustn't take a part of one for it.
      return Problem.broken(outcome(receipt.body().outcome()), receipted(call, receipted))
          .toResponse();
    }
    Optional<Receipt.Result> result = receipt.body().result();
    Response.ResponseBuilder response;
    if (receipted.result().isEmpty() && result.isPresent()) {
      response =
          Response.status(Response.Status.SEE_OTHER)
              .header(HttpHeaders.LOCATION, "/content/" + result.get().cid());
    } else {
      response =
          Response.ok(receipted.result().map(Item.Bytes::value).orElse(new byte[0]), BYTES)
              .header("X-Content-Type-Options", "nosniff");
    }
    return response
        .header("Grid-Call", call)
        .header("Grid-Receipt", receipt.cid())
        .header("Grid-How", Words.of(receipted.how()))
        .header("Grid-Outcome", outcome(receipt.body().outcome()))
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .build();
  }

  private static String outcome(Receipt.Ended outcome) {
    return switch (outcome) {
      case Receipt.Ended.Kept(var code) ->
          code.isPresent() ? "kept; code=" + code.getAsInt() : "kept";
      case Receipt.Ended.Broken(Receipt.What what, var code, _) ->
          "broken; what=" + Words.of(what) + (code.isPresent() ? "; code=" + code.getAsInt() : "");
    };
  }

  private static Receipt receipt(Payload.Receipted receipted) {
    try {
      return Receipt.decode(Message.decode(receipted.receipt().value()));
    } catch (MalformedException e) {
      throw new IllegalStateException("the kernel's own receipt", e);
    }
  }
}
