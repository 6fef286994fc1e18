package org.promisegrid.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.server.Examples;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Until;
import org.promisegrid.server.Web;

@QuarkusTest
@QuarkusTestResource(Owner.class)
final class CallsTest {

  @Inject Kernel kernel;

  private Cid pure;
  private Cid impure;
  private Cid spin;
  private Web web;

  @BeforeEach
  void functions() throws Exception {
    Web author = new Web(Owner.everything());
    pure = Examples.wordcount(author, true);
    impure = Examples.wordcount(author, false);
    spin = Examples.spin(author);
    web = new Web(Owner.everything(pure, impure, spin));
  }

  private static String call(Cid function, String input) {
    return Web.object(Map.of("function", function.toString(), "input", input));
  }

  @Test
  void aCallIsAnsweredWithReceiptAndOutputAsText() throws Exception {
    var answer = web.json("POST", "/calls", call(pure, "one two two"));

    assertThat(answer.statusCode()).as(new String(answer.body(), UTF_8)).isEqualTo(200);
    assertThat(Web.text(answer, "how")).isEqualTo("run");
    assertThat(Web.text(answer, "output")).contains("two");
    assertThat(Web.text(answer, "body", "outcome", "kind")).isEqualTo("kept");
    assertThat(Web.text(answer, "body", "function")).isEqualTo(pure.toString());
    assertThat(web.get("/content/" + Web.text(answer, "body", "result")).body())
        .asString()
        .isEqualTo(Web.text(answer, "output"));
  }

  @Test
  void theThreeWaysToGiveAnInputAreOneCall() throws Exception {
    byte[] input = "as text, as bytes, as content".getBytes(UTF_8);
    String cid = web.put(input);

    var text = web.json("POST", "/calls", call(pure, new String(input, UTF_8)));
    var base64 =
        web.json(
            "POST",
            "/calls",
            Web.object(
                Map.of(
                    "function",
                    pure.toString(),
                    "input_base64",
                    Base64.getEncoder().encodeToString(input))));
    var content =
        web.json(
            "POST", "/calls", Web.object(Map.of("function", pure.toString(), "input_cid", cid)));

    assertThat(Web.text(text, "how")).isEqualTo("run");
    assertThat(Web.text(base64, "how")).isEqualTo("cache");
    assertThat(Web.text(content, "how")).isEqualTo("cache");
    assertThat(Web.text(content, "receipt")).isEqualTo(Web.text(text, "receipt"));
  }

  @Test
  void parametersAreGivenAsJson() throws Exception {
    var one =
        web.json(
            "POST",
            "/calls",
            "{\"function\": \"%s\", \"params\": {\"top\": 1}, \"input\": \"b a a\"}"
                .formatted(pure));
    var wrong =
        web.json(
            "POST", "/calls", "{\"function\": \"%s\", \"params\": {\"top\": []}}".formatted(pure));

    assertThat(Web.text(one, "output")).contains("2  a").doesNotContain("1  b");
    assertThat(wrong.statusCode()).isEqualTo(422);
  }

  @Test
  void whoWantsBytesGetsWhatTheFunctionWrote() throws Exception {
    var answer =
        web.json("POST", "/calls", call(pure, "plain"), "Accept", "application/octet-stream");

    assertThat(answer.headers().firstValue("Content-Type")).contains("application/octet-stream");
    assertThat(answer.headers().firstValue("Grid-Outcome")).contains("kept; code=0");
    assertThat(answer.body()).asString().contains("plain");
  }

  @Test
  void aFunctionIsCalledByItsName() throws Exception {
    web.json("PUT", "/refs/text/words", Web.object(Map.of("head", pure.toString())));
    String ref = Web.text(web.get("/refs/text/words"), "ref");
    Web other = new Web(Owner.everything(Cid.parse(ref)));

    var answer =
        other.json(
            "POST", "/calls", Web.object(Map.of("function", "text/words", "input", "by name")));

    assertThat(answer.statusCode()).as(new String(answer.body(), UTF_8)).isEqualTo(200);
    assertThat(Web.text(answer, "body", "function")).isEqualTo(pure.toString());
  }

  @Test
  void theSameKeyMakesItTheSameCallAndNoKeyAnother() throws Exception {
    String body = call(impure, "again");

    var first = web.json("POST", "/calls", body, "Idempotency-Key", "monday");
    var same = web.json("POST", "/calls", body, "Idempotency-Key", "monday");
    var other = web.json("POST", "/calls", body);
    var clash = web.json("POST", "/calls", call(impure, "else"), "Idempotency-Key", "monday");

    assertThat(Web.text(same, "receipt")).isEqualTo(Web.text(first, "receipt"));
    assertThat(Web.text(other, "receipt")).isNotEqualTo(Web.text(first, "receipt"));
    assertThat(clash.statusCode()).isEqualTo(409);
  }

  @Test
  void aCallThatGoesOnIsAskedForByItsName() throws Exception {
    var taken = web.json("POST", "/calls", call(spin, ""), "Prefer", "wait=1, respond-async");
    assertThat(taken.statusCode()).isEqualTo(202);
    String place = taken.headers().firstValue("Location").orElseThrow();

    var early = web.get(place + "?wait=1");
    var listed = web.get("/calls");
    var left = web.send(web.request(place).DELETE());
    var ended = web.get(place + "?wait=30000");

    assertThat(place).isEqualTo("/calls/" + Web.text(taken, "call"));
    assertThat(early.statusCode()).isEqualTo(202);
    assertThat(Web.text(early, "state")).isEqualTo("running");
    assertThat(early.headers().firstValue("Retry-After")).contains("1");
    assertThat(Web.text(listed, "calls")).contains(Web.text(taken, "call")).contains("running");
    assertThat(Web.text(left, "state")).isEqualTo("stopped");
    assertThat(Web.text(ended, "body", "outcome", "what")).isEqualTo("cancelled");
    assertThat(Web.text(ended, "call")).isEqualTo(Web.text(taken, "call"));
  }

  @Test
  void aPromiseMayBeAskedForAmongTheTerms() throws Exception {
    String body = call(spin, "").replaceFirst("}$", ", \"terms\": {\"later\": true}}");

    var taken = web.json("POST", "/calls", body);
    var left = web.send(web.request("/calls/" + Web.text(taken, "call")).DELETE());

    assertThat(taken.statusCode()).isEqualTo(202);
    assertThat(Web.text(left, "state")).isEqualTo("stopped");
  }

  @Test
  void aCallThatIsRefusedAtOnceIsNotTakenOn() throws Exception {
    var refused =
        new Web(Owner.everything())
            .json("POST", "/calls", call(spin, ""), "Prefer", "respond-async");

    assertThat(refused.statusCode()).isEqualTo(404);
  }

  @Test
  void aRunIsWatchedToItsEnd() throws Exception {
    var taken = web.json("POST", "/calls", call(spin, ""), "Prefer", "respond-async");
    String place = taken.headers().firstValue("Location").orElseThrow();

    var events = web.open(web.request(place + "/events").GET());
    assertThat(events.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/event-stream");
    web.send(web.request(place).DELETE());

    try (var lines = new BufferedReader(new InputStreamReader(events.body(), UTF_8))) {
      assertThat(lines.lines().toList()).contains("event: ended");
    }
  }

  @Test
  void aClientThatHangsUpLeavesItsCall() throws Exception {
    URI base = URI.create(Owner.agent("url"));
    String body = call(spin, "hang up");
    try (Socket client = new Socket(base.getHost(), base.getPort())) {
      client
          .getOutputStream()
          .write(
              ("POST /calls HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                      + "Authorization: Bearer "
                      + Owner.everything(spin)
                      + "\r\nContent-Length: "
                      + body.length()
                      + "\r\n\r\n"
                      + body)
                  .getBytes(UTF_8));
      Until.holds("the run began", () -> kernel.measures().running() > 0);
    }

    Until.holds("the run was taken back", () -> kernel.measures().running() == 0);
  }

  @Test
  void aCallIsExplainedBeforeAndAfter() throws Exception {
    var before =
        web.json(
            "POST", "/explain", Web.object(Map.of("function", pure.toString(), "input", "why")));
    var answer = web.json("POST", "/calls", call(pure, "why"));
    var after = web.get("/receipts/" + Web.text(answer, "receipt") + "/explain");

    assertThat(Web.text(before, "key")).isEqualTo(Web.text(answer, "body", "key"));
    assertThat(Web.at(before, "cached")).isEqualTo(Item.FALSE);
    assertThat(after.statusCode()).as(new String(after.body(), UTF_8)).isEqualTo(200);
    assertThat(Web.text(after, "targets")).contains("wasm");
  }

  @Test
  void kernelFunctionsAreCalledTheSameWay() throws Exception {
    Cid status = Protocols.cid("agent.status");

    var answer = web.json("POST", "/calls", Web.object(Map.of("function", status.toString())));

    assertThat(Web.text(answer, "kept", "node")).isEqualTo(Owner.agent("node"));
  }

  @Test
  void twoInputsAreNone() throws Exception {
    var answer =
        web.json(
            "POST",
            "/calls",
            Web.object(Map.of("function", pure.toString(), "input", "a", "input_base64", "YQ==")));

    assertThat(answer.statusCode()).isEqualTo(400);
  }
}
