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

/// Tokens that this node knows. Issuing them asks nobody.
@Singleton
@Path("/tokens")
@Tag(name = "tokens")
public final class TokensResource {

  private final Gateway gateway;

  TokensResource(Gateway gateway) {
    this.gateway = gateway;
  }

  @GET
  @Calls("token.list")
  @Operation(summary = "Tell who can do what")
  @APIResponseSchema(value = Kept.Tokens.class, responseCode = "200")
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

  @POST
  @Path("revoke")
  @Calls("token.revoke")
  @Operation(summary = "Take a token back, by its CID or its chain")
  @APIResponseSchema(value = Kept.Revoked.class, responseCode = "200")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @RequestBody(content = @Content(schema = @Schema(implementation = Schemas.Revocation.class)))
  @RunOnVirtualThread
  public Response revoke(InputStream body, @Context RoutingContext request)
      throws InterruptedException, IOException {
    Ask ask =
        gateway.ask(
            body,
            request,
            (fields, asked) ->
                asked.item("token", Bodies.token(fields.required("token", fields.item("token")))));
    return Answers.json(gateway.kept(ask, request));
  }

  @DELETE
  @Path("{cid}")
  @Calls("token.revoke")
  @Operation(summary = "Take a token back")
  @APIResponseSchema(value = Kept.Revoked.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response revoke(@PathParam("cid") String cid, @Context RoutingContext request)
      throws InterruptedException {
    return Answers.json(gateway.kept(Ask.of(request).link("token", cid), request));
  }
}
