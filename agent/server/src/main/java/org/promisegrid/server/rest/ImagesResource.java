package org.promisegrid.server.rest;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/// Images: what containers are made of.
@Singleton
@Path("/images")
@Tag(name = "images")
public final class ImagesResource {

  private final Gateway gateway;

  ImagesResource(Gateway gateway) {
    this.gateway = gateway;
  }

  @POST
  @Calls("image.build")
  @Operation(summary = "Make an image by a recipe, and keep it as content")
  @APIResponseSchema(value = Kept.BuiltImage.class, responseCode = "200")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_JSON)
  @RequestBody(content = @Content(schema = @Schema(implementation = Schemas.Recipe.class)))
  @RunOnVirtualThread
  public Response build(InputStream body, @Context RoutingContext request)
      throws InterruptedException, IOException {
    Ask ask =
        gateway.ask(
            body,
            request,
            (fields, asked) ->
                asked
                    .item("context", Bodies.cid("context", fields))
                    .item("file", fields.item("file").orElse(null))
                    .item("arguments", fields.item("arguments").orElse(null))
                    .item("stage", fields.item("stage").orElse(null))
                    .item("place", fields.item("place").orElse(null))
                    .item("within", fields.item("within").orElse(null)));
    return Answers.json(gateway.kept(ask, request));
  }
}
