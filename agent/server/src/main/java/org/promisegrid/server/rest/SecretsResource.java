package org.promisegrid.server.rest;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.OptionalLong;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.syscall.Body;

/// Secrets: put, listed, removed, never given away.
@Singleton
@Path("/secrets")
@Tag(name = "secrets")
public final class SecretsResource {

  private final Gateway gateway;

  SecretsResource(Gateway gateway) {
    this.gateway = gateway;
  }

  @GET
  @Calls("secret.list")
  @Operation(summary = "List secrets by name")
  @APIResponseSchema(value = Kept.Secrets.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response list(@Context RoutingContext request) throws InterruptedException {
    return Answers.json(gateway.kept(Ask.of(request), request));
  }

  /// Keeps the body under a name.
  @PUT
  @Path("{name}")
  @Calls("secret.put")
  @Operation(summary = "Keep a secret")
  @APIResponseSchema(value = Kept.Sealed.class, responseCode = "200")
  @Consumes(MediaType.WILDCARD)
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response put(
      @PathParam("name") String name,
      InputStream bytes,
      @Parameter(hidden = true) @HeaderParam(HttpHeaders.CONTENT_LENGTH) @Nullable String size,
      @Context RoutingContext request)
      throws InterruptedException {
    OptionalLong known =
        size == null ? OptionalLong.empty() : OptionalLong.of(Ask.whole("Content-Length", size));
    return Answers.json(
        gateway.kept(
            Ask.of(request).text("name", name).number("size", size).body(new Body(bytes, known)),
            request));
  }

  @DELETE
  @Path("{name}")
  @Calls("secret.remove")
  @Operation(summary = "Forget a secret")
  @APIResponseSchema(value = Kept.Removed.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response remove(@PathParam("name") String name, @Context RoutingContext request)
      throws InterruptedException {
    return Answers.json(gateway.kept(Ask.of(request).text("name", name), request));
  }
}
