package org.promisegrid.server.rest;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.Reply;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.server.wire.Room;

/// Calls of functions: made, explained, looked after.
@Singleton
@Path("/")
@Tag(name = "calls")
public final class CallsResource {

  private final Gateway gateway;
  private final Streams streams;
  private final Nonces nonces;

  CallsResource(Gateway gateway, Streams streams, Nonces nonces) {
    this.gateway = gateway;
    this.streams = streams;
    this.nonces = nonces;
  }

  /// Calls a function. The same `Idempotency-Key` makes it the same call: one run, one receipt.
  @POST
  @Path("calls")
  @Calls("*")
  @Operation(summary = "Call a function")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces({
    MediaType.APPLICATION_JSON,
    MediaType.APPLICATION_OCTET_STREAM,
    MediaType.SERVER_SENT_EVENTS
  })
  @RequestBody(content = @Content(schema = @Schema(implementation = Schemas.Call.class)))
  @APIResponse(
      responseCode = "200",
      description = "How it ended, with the receipt",
      content = {
        @Content(
            mediaType = MediaType.APPLICATION_JSON,
            schema = @Schema(implementation = Kept.Answer.class)),
        @Content(mediaType = MediaType.APPLICATION_OCTET_STREAM),
        @Content(mediaType = MediaType.SERVER_SENT_EVENTS)
      })
  @APIResponse(
      responseCode = "202",
      description = "It was taken on, and goes on at Location",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Kept.Running.class)))
  @APIResponse(
      responseCode = "303",
      description = "The result, where bytes were asked for, is content")
  @APIResponse(responseCode = "502", description = "The run broke, where bytes were asked for")
  @RunOnVirtualThread
  public Response call(
      InputStream body,
      @Parameter(description = "Makes calls with the same key one call")
          @HeaderParam("Idempotency-Key")
          @Nullable String key,
      @Parameter(description = "respond-async: answer as soon as the call is taken on")
          @HeaderParam("Prefer")
          @Nullable String prefer,
      @Context RoutingContext request)
      throws InterruptedException, IOException {
    Gateway.Read read = gateway.read(body, request);
    try (Room.Part part = read.part()) {
      Ask ask = asked(read.fields(), key, request);
      if (!Conditions.prefers(prefer, "respond-async") && !ask.terms().later().orElse(false)) {
        return Answers.of(gateway.reply(ask, request), request, streams);
      }
      Gateway.Taken taken = gateway.begin(ask, request, part);
      Optional<Reply> soon = taken.answered();
      return soon.isPresent() ? Answers.of(soon.get(), request, streams) : accepted(taken.call());
    }
  }

  private Ask asked(Fields fields, @Nullable String key, RoutingContext request) {
    try {
      Cid function = Bodies.function(fields, gateway.node());
      Item.Table params = fields.table("params").orElse(Item.EMPTY);
      var input = Bodies.input(fields);
      Terms terms = Bodies.terms(fields);
      fields.end();
      return Ask.of(function, request)
          .params(params)
          .input(input)
          .terms(nonces.into(terms, key))
          .fresh(key == null && terms.nonce().isEmpty());
    } catch (MalformedException | IllegalArgumentException e) {
      throw Problem.malformed(String.valueOf(e.getMessage()));
    }
  }

  private static Response accepted(Cid call) {
    return Answers.running(call)
        .header(HttpHeaders.LOCATION, "/calls/" + call)
        .header("Preference-Applied", "respond-async")
        .build();
  }

  @GET
  @Path("calls")
  @Calls("call.list")
  @Operation(summary = "List calls, newest first")
  @APIResponseSchema(value = Kept.Calls.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response list(
      @Parameter(description = "The `next` of the page before") @QueryParam("after")
          @Nullable String after,
      @Parameter(description = "How many at most") @QueryParam("limit") @Nullable String limit,
      @Context RoutingContext request)
      throws InterruptedException {
    return Answers.json(
        gateway.kept(Ask.of(request).link("after", after).number("limit", limit), request));
  }

  @GET
  @Path("calls/{cid}")
  @Calls("call.await")
  @Operation(summary = "Wait for the answer to a call, and give it")
  @Produces({MediaType.APPLICATION_JSON, MediaType.APPLICATION_OCTET_STREAM})
  @APIResponse(
      responseCode = "200",
      description = "How it ended, with the receipt",
      content = {
        @Content(
            mediaType = MediaType.APPLICATION_JSON,
            schema = @Schema(implementation = Kept.Answer.class)),
        @Content(mediaType = MediaType.APPLICATION_OCTET_STREAM)
      })
  @APIResponse(
      responseCode = "202",
      description = "It hasn't ended yet",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Kept.Running.class)))
  @APIResponse(
      responseCode = "303",
      description = "The result, where bytes were asked for, is content")
  @APIResponse(responseCode = "502", description = "The run broke, where bytes were asked for")
  @RunOnVirtualThread
  public Response await(
      @PathParam("cid") String cid,
      @Parameter(description = "How many ms to wait at most") @QueryParam("wait")
          @Nullable String wait,
      @Context RoutingContext request)
      throws InterruptedException {
    Ask ask = Ask.of(request).link("call", cid).number("within", wait);
    try {
      return Answers.awaited(gateway.kept(ask, request), request);
    } catch (Problem e) {
      if (!e.isLate()) {
        throw e;
      }
      return Answers.running(Ask.cid("cid", cid)).header(HttpHeaders.RETRY_AFTER, 1).build();
    }
  }

  @DELETE
  @Path("calls/{cid}")
  @Calls("call.cancel")
  @Operation(summary = "Leave a call; its run stops if nobody else waits for it")
  @APIResponseSchema(value = Kept.Cancelled.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response cancel(@PathParam("cid") String cid, @Context RoutingContext request)
      throws InterruptedException {
    return Answers.json(gateway.kept(Ask.of(request).link("call", cid), request));
  }

  @GET
  @Path("calls/{cid}/events")
  @Calls("call.watch")
  @Operation(summary = "Show what a run writes while it runs")
  @Produces(MediaType.SERVER_SENT_EVENTS)
  @RunOnVirtualThread
  public Response watch(
      @PathParam("cid") String cid,
      @HeaderParam("Last-Event-ID") @Nullable String last,
      @Context RoutingContext request)
      throws InterruptedException {
    Places places = Places.after(last);
    Ask ask = Ask.of(request).link("call", cid);
    return Answers.of(gateway.reply(places.into(ask), request), request, streams, places);
  }

  /// Nothing runs.
  @POST
  @Path("explain")
  @Calls("call.explain")
  @Operation(summary = "Tell where a call would run, at what price, and why not elsewhere")
  @APIResponseSchema(value = Kept.Explanation.class, responseCode = "200")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @RequestBody(content = @Content(schema = @Schema(implementation = Schemas.Explain.class)))
  @RunOnVirtualThread
  public Response explain(InputStream body, @Context RoutingContext request)
      throws InterruptedException, IOException {
    Ask ask =
        gateway.ask(
            body,
            request,
            (fields, asked) ->
                asked
                    .item("function", Bodies.named(fields))
                    .item("params", fields.table("params").orElse(null))
                    .item(
                        "input",
                        Bodies.plain(fields.item("input")).map(it -> it.toItem()).orElse(null))
                    .item("terms", fields.table("terms").orElse(null)));
    return Answers.json(gateway.kept(ask, request));
  }

  @GET
  @Path("receipts/{cid}/explain")
  @Calls("call.explain")
  @Operation(summary = "Tell where a run was, and why")
  @APIResponseSchema(value = Kept.Explanation.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response explain(@PathParam("cid") String cid, @Context RoutingContext request)
      throws InterruptedException {
    return Answers.json(gateway.kept(Ask.of(request).link("receipt", cid), request));
  }
}
