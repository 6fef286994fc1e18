package org.promisegrid.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Framing;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Until;
import org.promisegrid.server.Web;

/// Whatever comes in, the answer says what was wrong with it, and the agent goes on.
@QuarkusTest
@QuarkusTestResource(Owner.class)
final class HostileTest {

  private static final String SOME = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

  @Inject MeterRegistry meters;

  private final Web web = new Web(Owner.everything());

  @AfterEach
  void theAgentGoesOn() throws Exception {
    assertThat(web.get("/status").statusCode()).isEqualTo(200);
  }

  private static void problem(HttpResponse<byte[]> response, int status, String code) {
    assertThat(response.statusCode()).as(new String(response.body(), UTF_8)).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(Web.text(response, "code")).isEqualTo(code);
    assertThat(Web.text(response, "status")).isEqualTo(String.valueOf(status));
    assertThat(Web.text(response, "detail")).isNotEmpty();
  }

  static Stream<String> bodies() {
    return Stream.of(
        "",
        "{",
        "[]",
        "null",
        "{\"function\": 7}",
        "{\"function\": \"Not A Name\"}",
        "{}",
        "{\"function\": \"a\", \"function\": \"a\"}",
        "{\"function\": \"a\", \"unknown\": 1}",
        "{\"function\": \"a\", \"params\": []}",
        "{\"function\": \"a\", \"params\": {\"x\": 1.5}}",
        "{\"function\": \"a\", \"params\": {\"x\": 99999999999999999999}}",
        "{\"function\": \"a\", \"terms\": {\"wishes\": 1}}",
        "{\"function\": \"a\", \"terms\": {\"nonce\": {\"/\": {\"bytes\": \"AA\"}}}}",
        "{\"function\": \"a\", \"terms\": {\"within\": -1}}",
        "{\"function\": \"a\", \"input_base64\": \"*\"}",
        "{\"function\": \"a\", \"input_cid\": \"bafk\"}",
        "{\"function\": {\"/\": \"nonsense\"}}",
        "{\"function\": \"a\", \"input\": 7}",
        "{\"function\": \"a\"} {}",
        "[".repeat(5000),
        "{\"a\":".repeat(5000),
        "\u0000");
  }

  @ParameterizedTest
  @MethodSource("bodies")
  void aBodyThatIsNoCallIsMalformed(String body) throws Exception {
    problem(web.json("POST", "/calls", body), 400, "malformed");
  }

  static Stream<String> unsayable() {
    return Stream.of(
        "{\"function\": \"a\", \"params\": {\"x\": {\"/\": {\"tag\": [99, 1]}}}}",
        "{\"function\": \"a\", \"params\": {\"x\": " + "[".repeat(62) + "]".repeat(62) + "}}");
  }

  private double free() {
    return meters.get("grid.requests.free.bytes").tag("kind", "json").gauge().value();
  }

  @ParameterizedTest
  @MethodSource("unsayable")
  void jsonThatNoCallCanSayIsMalformedAndTakesNoMemoryForGood(String body) throws Exception {
    String padded = body + " ".repeat((1 << 20) - body.length());
    for (String prefer : List.of("wait=1", "respond-async")) {
      double before = free();

      problem(web.json("POST", "/calls", padded, "Prefer", prefer), 400, "malformed");

      Until.holds("its memory is free again", () -> free() >= before);
    }
  }

  @Test
  void jsonThatComesWithATokenForAKeyIsNotRead() throws Exception {
    String seen = Files.readString(Owner.home().resolve("keys/root.token")).strip();

    problem(new Web(seen).json("POST", "/calls", "{"), 401, "unauthorized");
  }

  @Test
  void bytesThatAreNoUtf8AreMalformed() throws Exception {
    var request =
        web.request("/calls")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(new byte[] {'"', (byte) 0xff, '"'}));

    problem(web.send(request), 400, "malformed");
  }

  @Test
  void aBodyThatIsTooLargeIsRefused() throws Exception {
    String long17 = "{\"function\": \"a\", \"input\": \"" + "x".repeat(Json.MAX_SIZE) + "\"}";

    problem(web.json("POST", "/calls", long17), 413, "too_large");
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/nothing,404,absent",
    "GET,/content,405,method_not_allowed",
    "DELETE,/status,405,method_not_allowed",
    "GET,/calls/zzz,400,malformed",
    "DELETE,/calls/zzz,400,malformed",
    "DELETE,/tokens/zzz,400,malformed",
    "GET,/receipts/zzz/explain,400,malformed",
    "GET,/content/zzz,422,invalid",
    "GET,/content/zzz/tree,400,malformed",
    "GET,/content/sha2-256:zz,422,invalid",
    "GET,/content/" + SOME + ",404,absent",
    "GET,/content/" + SOME + "/graph,422,invalid",
    "GET,/calls/" + SOME + ",404,absent",
    "GET,/calls/" + SOME + "/events,404,absent",
    "DELETE,/calls/" + SOME + ",404,absent",
    "GET,/receipts/" + SOME + "/explain,404,absent",
    "GET,/calls?after=zzz,400,malformed",
    "GET,/calls/" + SOME + "?wait=soon,400,malformed",
    "GET,/status?verbose=1,400,malformed",
    "GET,/calls?limit=1&limit=2,400,malformed",
    "GET,/refs?prefix=a&prefix=a,400,malformed"
  })
  void aRequestThatNamesNothingIsTold(String method, String path, int status, String code)
      throws Exception {
    problem(web.send(web.request(path).method(method, BodyPublishers.noBody())), status, code);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/calls", "/explain", "/tokens/revoke"})
  void aBodyOfAnotherTypeIsNotTaken(String path) throws Exception {
    var request =
        web.request(path).header("Content-Type", "text/yaml").POST(BodyPublishers.ofString("{}"));

    problem(web.send(request), 415, "unsupported_media_type");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "AAAA", "!!!!", "gUQB", "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6"})
  void aTokenThatIsNoneIsNoTokenAtAll(String token) throws Exception {
    var response = new Web(token).get("/status");

    problem(response, 401, "unauthorized");
    assertThat(response.headers().firstValue("WWW-Authenticate").orElseThrow())
        .startsWith("Bearer");
  }

  @Test
  void aTokenThatWasTamperedWithIsNoTokenAtAll() throws Exception {
    String token = Owner.everything();
    Random random = new Random(1);
    for (int i = 0; i < 20; i++) {
      int at = random.nextInt(token.length());
      char other = token.charAt(at) == 'A' ? 'B' : 'A';
      String changed = token.substring(0, at) + other + token.substring(at + 1);

      problem(new Web(changed).get("/status"), 401, "unauthorized");
    }
  }

  @Test
  void aVeryLongTokenIsNoTokenAtAll() throws Exception {
    problem(new Web("A".repeat(100_000)).get("/status"), 401, "unauthorized");
  }

  static Stream<byte[]> frames() {
    return Stream.of(
        new byte[] {},
        new byte[] {0, 0},
        new byte[] {0, 0, 0, 0},
        new byte[] {0, 0, 0, 9, 1},
        new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff});
  }

  @ParameterizedTest
  @MethodSource("frames")
  void bytesThatAreNoFrameAreMalformed(byte[] bytes) throws Exception {
    problem(grid(bytes), 400, "malformed");
  }

  @Test
  void bytesThatAreNoCallAreAnsweredByTheirName() throws Exception {
    Random random = new Random(2);
    for (int i = 0; i < 50; i++) {
      byte[] message = new byte[1 + random.nextInt(200)];
      random.nextBytes(message);
      if (i % 2 == 0 && message.length > 5) {
        ByteBuffer.wrap(message).putInt(0xda677269).put((byte) 0x64);
      }
      var response =
          grid(ByteBuffer.allocate(4 + message.length).putInt(message.length).put(message).array());
      Answer answer = answer(response);

      assertThat(answer.call()).isEqualTo(Cid.of(message));
      assertThat(answer.payload())
          .isInstanceOfSatisfying(
              Answer.Payload.NotPromised.class,
              refusal -> assertThat(refusal.reason()).isEqualTo(Answer.Reason.MALFORMED));
    }
  }

  @Test
  void oneCallIsAllThatMayBeSentAtOnce() throws Exception {
    byte[] status = frame(Owner.call("agent.status", Item.EMPTY));
    byte[] put = frame(Owner.call("content.put", Item.table().put("size", 3).build()));

    assertThat(answer(grid(status)).payload()).isInstanceOf(Answer.Payload.Kept.class);
    for (byte[] more : List.of(new byte[1], status, new byte[100_000])) {
      assertThat(answer(grid(joined(status, more))).payload())
          .isInstanceOfSatisfying(
              Answer.Payload.NotPromised.class,
              refusal -> assertThat(refusal.reason()).isEqualTo(Answer.Reason.MALFORMED));
    }
    assertThat(answer(grid(joined(put, "abc".getBytes(UTF_8)))).payload())
        .isInstanceOf(Answer.Payload.Kept.class);
    byte[] kept = "abd".getBytes(UTF_8);
    assertThat(told(joined(put, joined(kept, new byte[1])))).isEmpty();
    byte[] has = frame(Owner.call("content.has", Item.table().put("cid", Cid.of(kept)).build()));
    assertThat(answer(grid(has)).payload())
        .isInstanceOfSatisfying(
            Answer.Payload.NotPromised.class,
            refusal -> assertThat(refusal.reason()).isEqualTo(Answer.Reason.ABSENT));
  }

  /// What is told of a message that the agent hangs up on, before or after the answer's head.
  private byte[] told(byte[] message) throws InterruptedException {
    try {
      return grid(message).body();
    } catch (IOException _) {
      return new byte[0];
    }
  }

  private static byte[] frame(Call call) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    try {
      Framing.write(frame, call.message());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return frame.toByteArray();
  }

  private static byte[] joined(byte[] one, byte[] other) {
    return ByteBuffer.allocate(one.length + other.length).put(one).put(other).array();
  }

  private static Answer answer(HttpResponse<byte[]> response) throws Exception {
    return Answer.decode(
        Message.decode(Framing.read(new ByteArrayInputStream(response.body())).orElseThrow()));
  }

  private HttpResponse<byte[]> grid(byte[] body) throws IOException, InterruptedException {
    return web.send(
        web.request("/grid")
            .header("Content-Type", GridResource.MEDIA_TYPE)
            .POST(BodyPublishers.ofByteArray(body)));
  }

  @Test
  void aForeignHostIsTurnedAway() throws Exception {
    assertThat(Web.raw("GET /status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 421");
    assertThat(
            Web.raw(
                "GET /q/metrics HTTP/1.1\r\nHost: evil.example:80\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 421");
    assertThat(Web.raw("GET /status HTTP/1.1\r\nHost: LOCALHOST:9\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 401");
  }

  @Test
  void aForeignPageIsTurnedAway() throws Exception {
    var foreign = web.send(web.request("/status").header("Origin", "http://evil.example").GET());
    var none = web.send(web.request("/status").header("Origin", "null").GET());
    var own = web.send(web.request("/status").header("Origin", "http://localhost:8080").GET());

    problem(foreign, 403, "refused");
    problem(none, 403, "refused");
    assertThat(own.statusCode()).isEqualTo(200);
  }

  @Test
  void bytesThatAreNoHttpAreTurnedAway() throws Exception {
    assertThat(Web.raw("nonsense\r\n\r\n")).contains(" 400 ");
    assertThat(Web.raw("GET /content/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 4");
    assertThat(
            Web.raw(
                "GET /refs/..%2f..%2fkeys HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 4");
  }
}
