package org.promisegrid.server.rest;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.promisegrid.kernel.message.Framing;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.server.wire.Room;
import org.promisegrid.server.wire.Session;
import org.promisegrid.server.wire.Visit;

/// Any call, as the message it is: the same stream as on `agent.sock`, with one call.
@Singleton
@Path("/grid")
@Tag(name = "grid")
public final class GridResource {

  /// A stream of frames.
  public static final String MEDIA_TYPE = "application/vnd.promisegrid";

  /// Bytes of a put that was refused which are read, so that its answer isn't lost with them.
  private static final long DROPPED = 1 << 20;

  private static final System.Logger LOG = System.getLogger(GridResource.class.getName());

  private final Session session;
  private final Http http;

  GridResource(Session session, Http http) {
    this.session = session;
    this.http = http;
  }

  @POST
  @Calls("*")
  @Operation(summary = "Send a grid message")
  @Consumes(MEDIA_TYPE)
  @Produces(MEDIA_TYPE)
  @RunOnVirtualThread
  public Response call(InputStream body, @Context RoutingContext request)
      throws IOException, InterruptedException {
    byte[] head = body.readNBytes(Framing.HEAD);
    try (Room.Part part = http.frame(Framing.length(head));
        Visit visit = http.visit(request)) {
      visit.send(); // for how long it comes, is watched
      byte[] frame =
          Framing.read(new SequenceInputStream(new ByteArrayInputStream(head), body))
              .orElseThrow(GridResource::nothing);
      Room.Part taken = part.handOver();
      StreamingOutput answer = out -> answer(frame, body, taken, out, request);
      return Response.ok(answer, MEDIA_TYPE).build();
    } catch (MalformedException e) {
      throw Problem.malformed(e);
    }
  }

  private static Problem nothing() {
    return Problem.malformed("there is no message");
  }

  private void answer(
      byte[] frame, InputStream body, Room.Part part, OutputStream out, RoutingContext request) {
    try (part;
        Visit visit = http.visit(request)) {
      if (!visit.attend(
          () -> session.answer(frame, body, out, http.from(request), DROPPED, true, visit, part))) {
        http.cut(request);
      }
    } catch (InterruptedException e) {
      http.cut(request);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "a connection broke: {0}", e.getMessage());
      http.cut(request);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "a call failed", e);
      http.cut(request);
    }
  }
}
