package org.promisegrid.bench.bare;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;

/// Takes what a call takes and answers with as many bytes, on the same kind of thread, and does
/// nothing in between.
@Singleton
@Path("/")
public final class BareResource {

  /// How many bytes an answer has.
  private static final int SIZE = Integer.getInteger("bare.size", 1024);

  private final byte[] answer = new byte[SIZE];

  BareResource() {
    Arrays.fill(answer, (byte) 'a');
  }

  @POST
  @Path("calls")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces({MediaType.APPLICATION_JSON, MediaType.APPLICATION_OCTET_STREAM})
  @RunOnVirtualThread
  public Response call(InputStream body) throws IOException {
    long size = body.transferTo(OutputStream.nullOutputStream());
    return Response.ok(answer, MediaType.APPLICATION_JSON_TYPE)
        .header("Bare-Read", size)
        .build();
  }
}
