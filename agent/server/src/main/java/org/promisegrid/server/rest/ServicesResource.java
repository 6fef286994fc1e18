package org.promisegrid.server.rest;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
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

/// Services: what is kept running.
@Singleton
@Path("/services")
@Tag(name = "services")
public final class ServicesResource {

  private static final String WAIT = "How many ms to wait for it at most";

  private final Gateway gateway;
  private final Streams streams;

  ServicesResource(Gateway gateway, Streams streams) {
    this.gateway = gateway;
    this.streams = streams;
  }

  @GET
  @Calls("service.list")
  @Operation(summary = "List services, and how they are")
  @APIResponseSchema(value = Kept.Services.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response list(
      @Parameter(description = "Only this one") @QueryParam("name") @Nullable String name,
      @Context RoutingContext request)
      throws InterruptedException {
    return Answers.json(gateway.kept(Ask.of(request).text("name", name), request));
  }

  /// A body without a service starts one again that was stopped.
  @PUT
  @Path("{name}")
  @Calls("service.start")
  @Operation(summary = "Have a service run from now on, or change it")
  @APIResponseSchema(value = Kept.Service.class, responseCode = "200")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @RequestBody(content = @Content(schema = @Schema(implementation = Schemas.Wanted.class)))
  @RunOnVirtualThread
  public Response start(
      @PathParam("name") String name, InputStream body, @Context RoutingContext request)
      throws InterruptedException, IOException {
    Ask ask =
        gateway.ask(
            body,
            request,
            (fields, asked) ->
                asked
                    .text("name", name)
                    .item("service", fields.item("service").orElse(null))
                    .item("within", fields.item("within").orElse(null)));
    return Answers.json(gateway.kept(ask, request));
  }

  @POST
  @Path("{name}/stop")
  @Calls("service.stop")
  @Operation(summary = "Stop a service until somebody starts it")
  @APIResponseSchema(value = Kept.Service.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response stop(
      @PathParam("name") String name,
      @Parameter(description = WAIT) @QueryParam("within") @Nullable String within,
      @Context RoutingContext request)
      throws InterruptedException {
    return acted(name, within, request);
  }

  @POST
  @Path("{name}/restart")
  @Calls("service.restart")
  @Operation(summary = "Stop a service and start it again, once")
  @APIResponseSchema(value = Kept.Service.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response restart(
      @PathParam("name") String name,
      @Parameter(description = WAIT) @QueryParam("within") @Nullable String within,
      @Context RoutingContext request)
      throws InterruptedException {
    return acted(name, within, request);
  }

  private Response acted(String name, @Nullable String within, RoutingContext request)
      throws InterruptedException {
    return Answers.json(
        gateway.kept(Ask.of(request).text("name", name).number("within", within), request));
  }

  @DELETE
  @Path("{name}")
  @Calls("service.remove")
  @Operation(summary = "Stop a service and remove it, with its log")
  @APIResponseSchema(value = Kept.ServiceGone.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response remove(
      @PathParam("name") String name,
      @Parameter(description = "true to remove its volumes, too, with all in them")
          @QueryParam("volumes")
          @Nullable String volumes,
      @Parameter(description = WAIT) @QueryParam("within") @Nullable String within,
      @Context RoutingContext request)
      throws InterruptedException {
    return Answers.json(
        gateway.kept(
            Ask.of(request).text("name", name).flag("volumes", volumes).number("within", within),
            request));
  }

  @GET
  @Path("{name}/logs")
  @Calls("service.logs")
  @Operation(summary = "Show what a service wrote")
  @Produces(MediaType.SERVER_SENT_EVENTS)
  @RunOnVirtualThread
  public Response logs(
      @PathParam("name") String name,
      @Parameter(description = "Only this replica's") @QueryParam("replica")
          @Nullable String replica,
      @Parameter(description = "Of each replica the last so many lines") @QueryParam("tail")
          @Nullable String tail,
      @Parameter(description = "Not what is older; ms since 1970") @QueryParam("since")
          @Nullable String since,
      @Parameter(description = "true to go on with what is written from now on")
          @QueryParam("follow")
          @Nullable String follow,
      @Context RoutingContext request)
      throws InterruptedException {
    Ask ask =
        Ask.of(request)
            .text("name", name)
            .number("replica", replica)
            .number("tail", tail)
            .number("since", since)
            .flag("follow", follow);
    return Answers.of(gateway.reply(ask, request), request, streams);
  }

  @GET
  @Path("{name}/stats")
  @Calls("service.stats")
  @Operation(summary = "Tell what a service uses now")
  @APIResponseSchema(value = Kept.ServiceUse.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response stats(@PathParam("name") String name, @Context RoutingContext request)
      throws InterruptedException {
    return Answers.json(gateway.kept(Ask.of(request).text("name", name), request));
  }
}
