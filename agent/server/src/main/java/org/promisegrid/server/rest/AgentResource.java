package org.promisegrid.server.rest;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
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

/// The agent itself.
@Singleton
@Path("/")
@Tag(name = "agent")
public final class AgentResource {

  private final Gateway gateway;
  private final Streams streams;

  AgentResource(Gateway gateway, Streams streams) {
    this.gateway = gateway;
    this.streams = streams;
  }

  @GET
  @Path("status")
  @Calls("agent.status")
  @Operation(summary = "Tell how the agent is")
  @APIResponseSchema(value = Kept.Status.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response status(@Context RoutingContext request) throws InterruptedException {
    return Answers.json(gateway.kept(Ask.of(request), request));
  }

  /// Where both say after which event to begin, the header wins: it is newer, from a client that
  /// connects again.
  @GET
  @Path("events")
  @Calls("agent.events")
  @Operation(summary = "Tell what happened, from the journal")
  @Produces(MediaType.SERVER_SENT_EVENTS)
  @RunOnVirtualThread
  public Response events(
      @Parameter(description = "Only events after the one of this offset") @QueryParam("after")
          @Nullable String after,
      @HeaderParam("Last-Event-ID") @Nullable String last,
      @Parameter(description = "true to go on with what happens from now on") @QueryParam("follow")
          @Nullable String follow,
      @Context RoutingContext request)
      throws InterruptedException {
    Ask ask = Ask.of(request).number("after", last == null ? after : last).flag("follow", follow);
    return Answers.of(gateway.reply(ask, request), request, streams);
  }
}
