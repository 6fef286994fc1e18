package org.promisegrid.cli.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.promisegrid.kernel.message.Framing;

/// The same stream over `POST /grid`, for agents of other hosts.
final class HttpLine implements Line {

  private static final String MEDIA_TYPE = "application/vnd.promisegrid";
  private static final int LONGEST_COMPLAINT = 2000;

  private final URI endpoint;
  private final HttpClient client;

  /// @param agent the agent's address, without a path
  /// @param trust whose word is taken for it that this is the host of that name, over TLS
  HttpLine(URI agent, Trust trust) {
    this.endpoint = agent.resolve("/grid");
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10));
    if (agent.getScheme().equals("https")) {
      builder.sslContext(trust.context());
    }
    this.client = builder.build();
  }

  @Override
  public InputStream exchange(byte[] message, Optional<Body> body) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(endpoint)
            .header("Content-Type", MEDIA_TYPE)
            .header("Accept", MEDIA_TYPE)
            .POST(publisher(message, body))
            .build();
    HttpResponse<InputStream> response;
    try {
      response = client.send(request, BodyHandlers.ofInputStream());
    } catch (SSLException e) {
      throw Failure.agent(endpoint + " isn't trusted: " + e.getMessage())
          .hint("if its certificate is its owner's own, name a copy of that by --cacert")
          .because(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
    String type = response.headers().firstValue("Content-Type").orElse("");
    if (!type.startsWith(MEDIA_TYPE)) {
      try (InputStream in = response.body()) {
        String said = new String(in.readNBytes(LONGEST_COMPLAINT), StandardCharsets.UTF_8).strip();
        throw Failure.agent(
            endpoint
                + " isn't an agent's: it answers "
                + response.statusCode()
                + (said.isEmpty() ? "" : ": " + said));
      }
    }
    return response.body();
  }

  private static BodyPublisher publisher(byte[] message, Optional<Body> body) throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream(message.length + 4);
    Framing.write(frame, message);
    BodyPublisher first = BodyPublishers.ofByteArray(frame.toByteArray());
    if (body.isEmpty()) {
      return first;
    }
    Body bytes = body.get();
    if (bytes.size() == 0) {
      return first;
    }
    return BodyPublishers.concat(
        first,
        BodyPublishers.fromPublisher(
            BodyPublishers.ofInputStream(() -> open(bytes)), bytes.size()));
  }

  private static InputStream open(Body body) {
    try {
      return body.opener().open();
    } catch (IOException e) {
      throw new UncheckedIOException("opening what is sent", e);
    }
  }

  @Override
  public String to() {
    return endpoint.toString();
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
