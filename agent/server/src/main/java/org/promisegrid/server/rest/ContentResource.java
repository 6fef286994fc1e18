package org.promisegrid.server.rest;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
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
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.Reply;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.syscall.Body;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.sandbox.Cid;

/// Content: bytes by their name.
@Singleton
@Path("/content")
@Tag(name = "content")
public final class ContentResource {

  private final Gateway gateway;
  private final Streams streams;

  ContentResource(Gateway gateway, Streams streams) {
    this.gateway = gateway;
    this.streams = streams;
  }

  /// Keeps the body; with 201 where it is new here.
  @POST
  @Calls("content.put")
  @Operation(summary = "Keep bytes")
  @APIResponseSchema(value = Kept.Put.class, responseCode = "200")
  @APIResponse(
      responseCode = "201",
      description = "It is new here",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Kept.Put.class)))
  @Consumes(MediaType.WILDCARD)
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response put(
      InputStream bytes,
      @Parameter(hidden = true) @HeaderParam(HttpHeaders.CONTENT_LENGTH) @Nullable String size,
      @Parameter(description = "The name they must have") @QueryParam("cid") @Nullable String cid,
      @Parameter(description = "Other sums they must have: algorithm:hex") @QueryParam("expect")
          List<String> expect,
      @Parameter(description = "How far they may travel: here, own, keys or anyone")
          @QueryParam("reach")
          @Nullable String reach,
      @Context RoutingContext request)
      throws InterruptedException {
    OptionalLong known =
        size == null ? OptionalLong.empty() : OptionalLong.of(Ask.whole("Content-Length", size));
    Ask ask =
        Ask.of(request)
            .number("size", size)
            .link("cid", cid)
            .texts("expect", expect)
            .text("reach", reach)
            .body(new Body(bytes, known));
    Item kept = gateway.kept(ask, request);
    Response.ResponseBuilder response = Answers.builder(kept);
    try {
      Fields fields = Fields.of(kept, "content.put");
      response.header(HttpHeaders.ETAG, Conditions.tag(fields.requiredLink("cid")));
      if (fields.bool("new").orElse(false)) {
        response
            .status(Response.Status.CREATED)
            .header(HttpHeaders.LOCATION, "/content/" + fields.requiredLink("cid"));
      }
    } catch (MalformedException e) {
      throw new IllegalStateException("the kernel's own answer", e);
    }
    return response.build();
  }

  /// Gives bytes, or a part of them.
  @GET
  @Path("{cid}")
  @Calls("content.get")
  @Operation(summary = "Get bytes, or a range of them")
  @APIResponse(responseCode = "200", description = "All of them")
  @APIResponse(
      responseCode = "206",
      description = "The range that was asked for",
      content = @Content(mediaType = MediaType.APPLICATION_OCTET_STREAM))
  @APIResponse(responseCode = "304", description = "It is known already")
  @APIResponse(responseCode = "416", description = "It has no such range")
  @Produces(MediaType.APPLICATION_OCTET_STREAM)
  @RunOnVirtualThread
  public Response get(
      @Parameter(description = "A CID, or algorithm:hex of a sum that was checked")
          @PathParam("cid")
          String cid,
      @HeaderParam("Range") @Nullable String range,
      @Parameter(hidden = true) @HeaderParam("If-Range") @Nullable String ifRange,
      @Parameter(hidden = true) @HeaderParam(HttpHeaders.IF_NONE_MATCH) @Nullable String known,
      @Context RoutingContext request)
      throws InterruptedException, IOException {
    Optional<Conditions.Part> part = Conditions.part(range, ifRange, cid);
    Ask ask = Ask.of(request).linkOrText("cid", cid);
    part.ifPresent(it -> {
      it.offset().ifPresent(from -> ask.item("offset", Item.of(from)));
      it.length()
          .ifPresent(most -> ask.item(it.offset().isPresent() ? "length" : "last", Item.of(most)));
    });
    Reply reply;
    try {
      reply = gateway.reply(ask, request);
    } catch (Problem e) {
      throw part.isPresent() ? e.asRange() : e;
    }
    if (!(reply.follow() instanceof Follow.Bytes content)) {
      throw new IllegalStateException("content.get is followed by bytes");
    }
    return response(Gateway.kept(reply), content, part, known, request);
  }

  private Response response(
      Item kept,
      Follow.Bytes content,
      Optional<Conditions.Part> part,
      @Nullable String known,
      @Context RoutingContext request)
      throws IOException {
    Cid name;
    long size;
    long offset;
    try {
      Fields fields = Fields.of(kept, "content.get");
      name = fields.requiredLink("cid");
      size = fields.requiredNumber("size", 0, Long.MAX_VALUE);
      offset = fields.requiredNumber("offset", 0, Long.MAX_VALUE);
    } catch (MalformedException e) {
      throw new IllegalStateException("the kernel's own answer", e);
    }
    if (Conditions.isKnown(known, name)) {
      content.bytes().close();
      return headers(Response.notModified(), name).build();
    }
    if (part.isPresent() && content.size() == 0) {
      content.bytes().close();
      return Response.fromResponse(Problem.range("the range begins at the end").toResponse())
          .header("Content-Range", "bytes */" + size)
          .build();
    }
    Response.ResponseBuilder response =
        headers(Response.ok(streams.bytes(content, request), Answers.BYTES), name)
            .header(HttpHeaders.CONTENT_LENGTH, content.size());
    if (part.isPresent()) {
      response
          .status(Response.Status.PARTIAL_CONTENT)
          .header(
              "Content-Range",
              "bytes " + offset + "-" + (offset + content.size() - 1) + "/" + size);
    }
    return response.build();
  }

  /// What is said of content with its bytes and without. No browser may take it for a page.
  private static Response.ResponseBuilder headers(Response.ResponseBuilder response, Cid name) {
    return response
        .header(HttpHeaders.ETAG, Conditions.tag(name))
        .header("Accept-Ranges", "bytes")
        .header(HttpHeaders.CACHE_CONTROL, "private, max-age=31536000, immutable")
        .header("X-Content-Type-Options", "nosniff")
        .header("Content-Security-Policy", "sandbox; default-src 'none'")
        .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + name + "\"");
  }

  /// Tells whether content is there, and its size.
  @HEAD
  @Path("{cid}")
  @Calls("content.has")
  @Operation(summary = "Tell whether bytes are there, and how many")
  @RunOnVirtualThread
  public Response has(@PathParam("cid") String cid, @Context RoutingContext request)
      throws InterruptedException {
    Item kept = gateway.kept(Ask.of(request).linkOrText("cid", cid), request);
    try {
      Fields fields = Fields.of(kept, "content.has");
      return headers(Response.ok(), fields.requiredLink("cid"))
          .type(Answers.BYTES)
          .header(HttpHeaders.CONTENT_LENGTH, fields.requiredNumber("size", 0, Long.MAX_VALUE))
          .build();
    } catch (MalformedException e) {
      throw new IllegalStateException("the kernel's own answer", e);
    }
  }

  /// Looks into a directory.
  @GET
  @Path("{cid}/tree")
  @Calls("content.tree")
  @Operation(summary = "List a directory")
  @APIResponseSchema(value = Kept.Tree.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response tree(
      @PathParam("cid") String cid,
      @Parameter(description = "Names from there on, joined by /") @QueryParam("path")
          @Nullable String path,
      @Context RoutingContext request)
      throws InterruptedException {
    return Answers.json(gateway.kept(Ask.of(request).link("cid", cid).text("path", path), request));
  }

  /// Follows links, up or down.
  @GET
  @Path("{cid}/graph")
  @Calls("content.graph")
  @Operation(summary = "Show what something links to, or what links to it")
  @APIResponseSchema(value = Kept.Graph.class, responseCode = "200")
  @Produces(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  public Response graph(
      @PathParam("cid") String cid,
      @Parameter(required = true, description = "up or down") @QueryParam("direction")
          @Nullable String direction,
      @Parameter(description = "How many links far") @QueryParam("depth") @Nullable String depth,
      @Parameter(description = "How many nodes at most") @QueryParam("limit")
          @Nullable String limit,
      @Context RoutingContext request)
      throws InterruptedException {
    return Answers.json(
        gateway.kept(
            Ask.of(request)
                .link("cid", cid)
                .text("direction", direction)
                .number("depth", depth)
                .number("limit", limit),
            request));
  }
}
