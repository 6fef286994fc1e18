package org.promisegrid.server.rest;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
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
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// Refs: names that point to content. A name may have slashes.
@Singleton
@Path("/refs")
@Tag(name = "refs")
public final class RefsResource {

  private static final String NAME = "{name:.+}";

  private final Gateway gateway;

  RefsResource(Gateway gateway) {
    this.gateway = gateway;
  }

  @GET
  @Calls("ref.list")
  @Operation(summary = "List refs")
  @APIResponseSchema(value = Kept.Refs.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response list(
      @Parameter(description = "How their names begin") @QueryParam("prefix")
          @Nullable String prefix,
      @Parameter(description = "The `next` of the page before") @QueryParam("after")
          @Nullable String after,
      @Parameter(description = "How many at most") @QueryParam("limit") @Nullable String limit,
      @Context RoutingContext request)
      throws InterruptedException {
    return Answers.json(
        gateway.kept(
            Ask.of(request).text("prefix", prefix).text("after", after).number("limit", limit),
            request));
  }

  @GET
  @Path(NAME)
  @Calls("ref.get")
  @Operation(summary = "Tell what a ref points to")
  @APIResponseSchema(value = Kept.Ref.class, responseCode = "200")
  @APIResponse(responseCode = "304", description = "It is known already")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response get(
      @PathParam("name") String name,
      @Parameter(hidden = true) @HeaderParam(HttpHeaders.IF_NONE_MATCH) @Nullable String known,
      @Context RoutingContext request)
      throws InterruptedException {
    Item ref = gateway.kept(Ask.of(request).text("name", name), request);
    Cid head = head(ref);
    return Conditions.isKnown(known, head)
        ? Response.notModified().header(HttpHeaders.ETAG, Conditions.tag(head)).build()
        : Answers.builder(ref).header(HttpHeaders.ETAG, Conditions.tag(head)).build();
  }

  @GET
  @Path(NAME + "/log")
  @Calls("ref.log")
  @Operation(summary = "Tell what a ref pointed to before, newest first")
  @APIResponseSchema(value = Kept.Heads.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response log(
      @PathParam("name") String name,
      @Parameter(description = "The `next` of the page before") @QueryParam("after")
          @Nullable String after,
      @Parameter(description = "How many at most") @QueryParam("limit") @Nullable String limit,
      @Context RoutingContext request)
      throws InterruptedException {
    return Answers.json(
        gateway.kept(
            Ask.of(request).text("name", name).number("after", after).number("limit", limit),
            request));
  }

  /// Proposes that a ref point to something else.
  @PUT
  @Path(NAME)
  @Calls("ref.propose")
  @Operation(summary = "Make a ref point to something")
  @APIResponseSchema(value = Kept.Moved.class, responseCode = "200")
  @APIResponse(responseCode = "412", description = "It points to something else by now")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @RequestBody(content = @Content(schema = @Schema(implementation = Schemas.Proposal.class)))
  @RunOnVirtualThread
  public Response propose(
      @PathParam("name") String name,
      @Parameter(description = "What it points to now; without it, there must be no such ref")
          @HeaderParam(HttpHeaders.IF_MATCH)
          @Nullable String base,
      InputStream body,
      @Context RoutingContext request)
      throws InterruptedException, IOException {
    Ask ask =
        gateway
            .ask(body, request, (fields, asked) -> asked.item("head", Bodies.cid("head", fields)))
            .text("name", name)
            .link("base", Conditions.head(base).orElse(null));
    Item moved;
    try {
      moved = gateway.kept(ask, request);
    } catch (Problem e) {
      throw base == null ? e : e.asPrecondition();
    }
    return Answers.builder(moved).header(HttpHeaders.ETAG, Conditions.tag(head(moved))).build();
  }

  private static Cid head(Item ref) {
    try {
      return Fields.of(ref, "a ref").requiredLink("head");
    } catch (MalformedException e) {
      throw new IllegalStateException("the kernel's own answer", e);
    }
  }
}
