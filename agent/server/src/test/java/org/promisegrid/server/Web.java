package org.promisegrid.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;

/// An HTTP client as anybody writes one: a token, and no knowledge of the agent's own types but
/// JSON's.
public final class Web {

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static final Map<URI, Described> DESCRIBED = new ConcurrentHashMap<>();

  private final URI base;
  private final String token;

  public Web(String token) {
    this.base = URI.create(Owner.agent("url"));
    this.token = token;
  }

  /// A request that is still to be given a method.
  public HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path));
    return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
  }

  /// What is answered is held against the agent's description of itself.
  public HttpResponse<byte[]> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    HttpResponse<byte[]> response = CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    DESCRIBED.computeIfAbsent(base, agent -> Described.by(agent, CLIENT)).check(response);
    return response;
  }

  /// Follows a response as it comes.
  public HttpResponse<InputStream> open(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return CLIENT.send(request.build(), BodyHandlers.ofInputStream());
  }

  public HttpClient client() {
    return CLIENT;
  }

  public HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
    return send(request(path).GET());
  }

  public HttpResponse<byte[]> post(String path, byte[] body)
      throws IOException, InterruptedException {
    return send(request(path).POST(HttpRequest.BodyPublishers.ofByteArray(body)));
  }

  public HttpResponse<byte[]> json(String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        request(path)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    return send(headers.length == 0 ? request : request.headers(headers));
  }

  /// Puts bytes; their CID.
  public String put(byte[] bytes) throws IOException, InterruptedException {
    return text(post("/content", bytes), "cid");
  }

  /// What a JSON body holds at a place; a link as its text.
  public static Item at(HttpResponse<byte[]> response, String... path) {
    Item item;
    try {
      item = Json.read(response.body());
    } catch (MalformedException e) {
      throw new AssertionError(
          response.statusCode() + ": " + new String(response.body(), StandardCharsets.UTF_8), e);
    }
    for (String name : path) {
      if (!(item instanceof Item.Table table)) {
        throw new AssertionError("no " + name + " in " + item);
      }
      Item whole = item;
      item = table.get(name).orElseThrow(() -> new AssertionError("no " + name + " in " + whole));
    }
    return item;
  }

  public static String text(HttpResponse<byte[]> response, String... path) {
    return switch (at(response, path)) {
      case Item.Text(String text) -> text;
      case Item.Link(var cid) -> cid.toString();
      case Item other -> other.toString();
    };
  }

  /// What a client that writes its bytes itself gets back, to the end of the connection.
  public static String raw(String request) throws IOException {
    URI base = URI.create(Owner.agent("url"));
    try (Socket socket = new Socket(base.getHost(), base.getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /// The members of a JSON object, for readable requests.
  public static String object(Map<String, String> members) {
    Item.TableBuilder table = Item.table();
    members.forEach(table::put);
    return Json.write(table.build());
  }
}
