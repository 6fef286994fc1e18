package org.promisegrid.server.rest;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/// What is kept, and what takes room.
@Singleton
@Path("/")
@Tag(name = "storage")
public final class StorageResource {

  private final Gateway gateway;
  private final Streams streams;

  StorageResource(Gateway gateway, Streams streams) {
    this.gateway = gateway;
    this.streams = streams;
  }

  @GET
  @Path("df")
  @Calls("agent.df")
  @Operation(summary = "Tell what takes room on the disk")
  @APIResponseSchema(value = Kept.Usage.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response df(
      @Parameter(description = "true to tell what a collection would remove")
          @QueryParam("collectable")
          @Nullable String collectable,
      @Context RoutingContext request)
      throws InterruptedException {
    return Answers.json(gateway.kept(Ask.of(request).flag("collectable", collectable), request));
  }

  @POST
  @Path("gc")
  @Calls("agent.gc")
  @Operation(summary = "Remove content that nobody needs, or tell what would go")
  @APIResponseSchema(value = Kept.Collected.class, responseCode = "200")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @RequestBody(content = @Content(schema = @Schema(implementation = Schemas.Collection.class)))
  @RunOnVirtualThread
  public Response gc(InputStream body, @Context RoutingContext request)
      throws InterruptedException, IOException {
    Ask ask =
        gateway.ask(
            body,
            request,
            (fields, asked) ->
                asked
                    .item("dry", fields.item("dry").orElse(null))
                    .item("limit", fields.item("limit").orElse(null)));
    return Answers.json(gateway.kept(ask, request));
  }

  @POST
  @Path("backup")
  @Calls("agent.backup")
  @Operation(summary = "Give the home in one file")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_OCTET_STREAM)
  @RequestBody(content = @Content(schema = @Schema(implementation = Schemas.Archive.class)))
  @RunOnVirtualThread
  public Response backup(InputStream body, @Context RoutingContext request)
      throws InterruptedException, IOException {
    Ask ask =
        gateway.ask(
            body,
            request,
            (fields, asked) -> asked.item("passphrase", fields.item("passphrase").orElse(null)));
    return Answers.of(gateway.reply(ask, request), request, streams);
  }

  @POST
  @Path("pins")
  @Calls("content.pin")
  @Operation(summary = "Keep content until it is unpinned")
  @APIResponseSchema(value = Kept.Pinned.class, responseCode = "200")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @RequestBody(content = @Content(schema = @Schema(implementation = Schemas.Pin.class)))
  @RunOnVirtualThread
  public Response pin(InputStream body, @Context RoutingContext request)
      throws InterruptedException, IOException {
    Ask ask =
        gateway.ask(
            body,
            request,
            (fields, asked) ->
                asked
                    .item("cid", Bodies.cid("cid", fields))
                    .item("note", fields.item("note").orElse(null)));
    return Answers.json(gateway.kept(ask, request));
  }

  @DELETE
  @Path("pins/{cid}")
  @Calls("content.unpin")
  @Operation(summary = "Take a pin back")
  @APIResponseSchema(value = Kept.Unpinned.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response unpin(
      @PathParam("cid") String cid,
      @Parameter(description = "Whose pin it is; the caller's if left out") @QueryParam("by")
          @Nullable String by,
      @Context RoutingContext request)
      throws InterruptedException {
    return Answers.json(gateway.kept(Ask.of(request).link("cid", cid).text("by", by), request));
  }

  @GET
  @Path("pins")
  @Calls("content.pins")
  @Operation(summary = "List what is pinned")
  @APIResponseSchema(value = Kept.Pins.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response pins(
      @Parameter(description = "The `next` of the page before") @QueryParam("after")
          @Nullable String after,
      @Parameter(description = "How many at most") @QueryParam("limit") @Nullable String limit,
      @Context RoutingContext request)
      throws InterruptedException {
    return Answers.json(
        gateway.kept(Ask.of(request).text("after", after).number("limit", limit), request));
  }
}
