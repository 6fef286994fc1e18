package org.promisegrid.server.rest;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/// The agent itself.
@Singleton
@Path("/")
public final class Agent {

  private final Gateway gateway;

  Agent(Gateway gateway) {
    this.gateway = gateway;
  }

  @GET
  @Path("status")
  @Calls("agent.status")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response status(RoutingContext request) throws InterruptedException {
    return Answers.json(gateway.kept(Ask.of("agent.status"), request));
  }
}
