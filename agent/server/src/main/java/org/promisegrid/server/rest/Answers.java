package org.promisegrid.server.rest;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;

/// Answers as JSON.
final class Answers {

  private Answers() {}

  static Response json(Item value) {
    return builder(value).build();
  }

  static Response.ResponseBuilder builder(Item value) {
    return Response.ok(bytes(value), MediaType.APPLICATION_JSON_TYPE)
        .header(HttpHeaders.CACHE_CONTROL, "no-store");
  }

  private static byte[] bytes(Item value) {
    return (Json.write(value) + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
