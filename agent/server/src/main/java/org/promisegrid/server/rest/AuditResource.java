package org.promisegrid.server.rest;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/// The audit log.
@Singleton
@Path("/audit")
@Tag(name = "agent")
public final class AuditResource {

  private final Gateway gateway;

  AuditResource(Gateway gateway) {
    this.gateway = gateway;
  }

  @GET
  @Calls("audit.verify")
  @Operation(summary = "Verify the journal: every record, checkpoint and seal")
  @APIResponseSchema(value = Kept.Audit.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response verify(
      @Parameter(description = "What an earlier answer had as `sealed`") @QueryParam("sealed")
          @Nullable String sealed,
      @Parameter(description = "What it had as `hash`") @QueryParam("hash") @Nullable String hash,
      @Context RoutingContext request)
      throws InterruptedException {
    Ask ask = Ask.of(request).number("sealed", sealed).text("hash", hash);
    return Answers.json(gateway.kept(ask, request));
  }
}
