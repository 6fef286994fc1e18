package org.promisegrid.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.sandbox.Cid;

/// What is asked of an agent, and what of its answers is shown.
final class ServiceCommandTest {

  private static final String RUNS =
      """
      {"name": "web", "state": "running", "wanted": 1, "healthy": 1, "replicas": [
        {"replica": 0, "state": "running", "health": "healthy", "generation": 1, "restarts": 2,
         "target": "docker:unix:///x", "sandbox": "s", "since": 1795342297000,
         "ports": [{"inside": 80, "port": 8080}]}]}
      """;

  private static final String ENDED =
      """
      {"name": "web", "state": "pending", "wanted": 1, "healthy": 0, "replicas": [
        {"replica": 0, "state": "waiting", "generation": 1, "restarts": 0,
         "exit": {"code": 1, "memory": false, "ended": 1}, "log": "can't write /x\\u001b[2J\\n",
         "hint": "its root can't be written: add `volumes:`, or `security: image`"}]}
      """;

  @TempDir private Path folder = Path.of("");

  private FakeAgent agent(Function<Call, Item> kept) throws IOException {
    FakeAgent[] self = new FakeAgent[1];
    self[0] =
        new FakeAgent(
            folder,
            call -> FakeAgent.answer(self[0].node, call.cid(), new Payload.Kept(kept.apply(call))));
    return self[0];
  }

  private static Item json(String text) {
    try {
      return Json.read(text);
    } catch (MalformedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean asks(Call call, String function) {
    return call.function().equals(Protocols.cid(function));
  }

  @Test
  void wordsSayWhatServiceIsWanted() throws IOException {
    Path image = Files.writeString(folder.resolve("web.tar"), "an image");
    Path index = Files.writeString(folder.resolve("index"), "a page");
    Cid code = Cid.of("an image".getBytes(StandardCharsets.UTF_8));
    Cid page = Cid.of("a page".getBytes(StandardCharsets.UTF_8));
    try (FakeAgent agent =
        agent(call ->
            asks(call, "content.put")
                ? Item.table().put("cid", call.params().get("cid").orElseThrow()).build()
                : json(RUNS))) {
      FakeAgent.Ended ended =
          agent.run(
              "service",
              "start",
              "web",
              "--image",
              image.toString(),
              "-p",
              "8080:80",
              "--volume",
              "data:/data",
              "--file",
              "/www/index.html=" + index,
              "--env",
              "A=b=c",
              "--limit",
              "memory=64MiB,cpus=0.5",
              "--security",
              "image",
              "--health",
              "http://:80/",
              "--wait",
              "20s",
              "--",
              "nginx",
              "-g",
              "daemon off;");
      assertThat(ended.err()).isEmpty();
      assertThat(ended.code()).isZero();
      assertThat(ended.out()).contains("web", "running", "healthy", "127.0.0.1:8080->80");
      Call start = agent.calls.getLast();
      assertThat(start.function()).isEqualTo(Protocols.cid("service.start"));
      assertThat(start.params())
          .isEqualTo(
              json(
                  """
                  {"name": "web", "within": 20000, "service": {
                    "image": {"/": "%s"}, "ports": [{"port": 8080, "inside": 80}],
                    "volumes": {"data": "/data"}, "environment": {"A": "b=c"},
                    "files": {"/www/index.html": {"content": {"/": "%s"}}},
                    "limits": {"memory": 67108864, "cpus": 500}, "security": "image",
                    "health": {"http": {"port": 80, "path": "/"}},
                    "command": ["nginx", "-g", "daemon off;"]}}
                  """
                      .formatted(code, page)));
    }
  }

  @Test
  void aFileNamesItsService() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("wiki.yaml"),
            "services: {wiki: {image: " + Cid.of(new byte[0]) + ", replicas: 2}}");
    try (FakeAgent agent = agent(_ -> json(RUNS))) {
      var _ = agent.run("service", "start", file.toString(), "--replicas", "3");
      Item.Table params = agent.calls.getLast().params();
      assertThat(params.get("name")).contains(Item.of("wiki"));
      assertThat(((Item.Table) params.get("service").orElseThrow()).get("replicas"))
          .contains(Item.of(3));
    }
  }

  @Test
  void aNameAloneStartsWhatWasStopped() throws IOException {
    try (FakeAgent agent = agent(_ -> json(RUNS))) {
      var _ = agent.run("service", "start", "web");
      assertThat(agent.calls.getLast().params().get("service")).isEmpty();
    }
  }

  @Test
  void whatEndsSoonIsReportedWithItsLastWordsAndTheLineToAdd() throws IOException {
    try (FakeAgent agent = agent(_ -> json(ENDED))) {
      FakeAgent.Ended ended = agent.run("service", "start", "web");
      assertThat(ended.code()).isEqualTo(1);
      assertThat(ended.out()).contains("waiting (code 1)");
      assertThat(ended.err())
          .contains("web ended with code 1", "| can't write /x", "or `security: image`")
          .doesNotContain("\u001b");
    }
  }

  @Test
  void whatOneWordGetsWrongIsNotSent() throws IOException {
    try (FakeAgent agent = agent(_ -> json(RUNS))) {
      for (List<String> words :
          List.of(
              List.of("--port", "x"),
              List.of("--bind", "x"),
              List.of("--env", "x"),
              List.of("--limit", "disk=1"),
              List.of("--health", "x"))) {
        FakeAgent.Ended ended =
            agent.run("service", "start", "web", words.getFirst(), words.getLast());
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err()).contains(words.getLast().replace("=1", ""));
      }
      assertThat(agent.calls).isEmpty();
    }
  }

  @Test
  void stoppingRestartingAndRemovingSayHowLongTheyWait() throws IOException {
    try (FakeAgent agent =
        agent(call ->
            asks(call, "service.remove")
                ? json("{\"name\": \"web\", \"gone\": false}")
                : json(RUNS))) {
      assertThat(agent.run("service", "stop", "web", "--wait", "1s").code()).isZero();
      assertThat(agent.calls.getLast().params())
          .isEqualTo(json("{\"name\": \"web\", \"within\": 1000}"));
      assertThat(agent.run("service", "restart", "web").code()).isZero();
      assertThat(agent.calls.getLast().function()).isEqualTo(Protocols.cid("service.restart"));
      FakeAgent.Ended removed = agent.run("service", "rm", "web", "--volumes");
      assertThat(removed.code()).as("something is left").isEqualTo(1);
      assertThat(agent.calls.getLast().params())
          .isEqualTo(json("{\"name\": \"web\", \"within\": 30000, \"volumes\": true}"));
    }
  }

  private static byte[] event(String kind, String detail) {
    return FakeAgent.frame(
        new Event(0, Instant.EPOCH, kind, (Item.Table) json(detail)).toMessage().bytes());
  }

  private FakeAgent telling(String kept, byte[]... events) throws IOException {
    FakeAgent[] self = new FakeAgent[1];
    self[0] =
        new FakeAgent(
            folder,
            call -> {
              ByteArrayOutputStream bytes = new ByteArrayOutputStream();
              bytes.writeBytes(self[0].kept(call, json(kept)));
              if (call.params().get("exec").isEmpty()) {
                List.of(events).forEach(bytes::writeBytes);
              }
              return bytes.toByteArray();
            });
    return self[0];
  }

  private static String bytes(String text) {
    return Json.write(Item.of(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String log(String text, boolean error) {
    return "{\"replica\": 1, \"at\": 7, \"error\": " + error + ", \"bytes\": " + bytes(text) + "}";
  }

  @Test
  void aLogGoesWhereItWasWritten() throws IOException {
    try (FakeAgent agent =
        telling(
            "{\"name\": \"web\"}",
            event("log", log("one\n", false)),
            event("log", log("two\n", true)),
            event("ended", "{}"))) {
      FakeAgent.Ended ended = agent.run("logs", "web", "--tail", "5", "--replica", "1");
      assertThat(ended.out()).isEqualTo("one\n");
      assertThat(ended.err()).isEqualTo("two\n");
      assertThat(agent.calls.getLast().params())
          .isEqualTo(json("{\"name\": \"web\", \"tail\": 5, \"replica\": 1}"));
      assertThat(agent.run("logs", "web", "-t").out())
          .isEqualTo("1970-01-01T00:00:00.007Z 1 one\n");
      Instant before = Instant.now();
      var _ = agent.run("logs", "web", "--since", "10m");
      Item since = agent.calls.getLast().params().get("since").orElseThrow();
      // A point is told in whole seconds.
      assertThat(((Item.Int) since).value())
          .isBetween(
              before.minusSeconds(600).toEpochMilli(),
              Instant.now().minusSeconds(599).toEpochMilli());
    }
  }

  @Test
  void aLogThatIsntAllOfItSaysSo() throws IOException {
    try (FakeAgent agent =
        telling("{\"name\": \"web\"}", event("ended", "{\"why\": \"the engine is away\"}"))) {
      FakeAgent.Ended ended = agent.run("logs", "web");
      assertThat(ended.code()).isEqualTo(1);
      assertThat(ended.err()).contains("that isn't all: the engine is away");
    }
  }

  @Test
  void aProgramBesideAServiceReadsWritesAndEnds() throws IOException {
    Cid exec = Cid.of(new byte[] {7});
    try (FakeAgent agent =
        telling(
            "{\"exec\": {\"/\": \"" + exec + "\"}}",
            event("output", "{\"bytes\": " + bytes("out") + "}"),
            event("error", "{\"bytes\": " + bytes("err") + "}"),
            event("ended", "{\"code\": 42}"))) {
      FakeAgent.Ended ended =
          agent.run("exec", "--user", "0", "-e", "A=b", "web", "--", "sh", "-c", "exit 42");
      assertThat(ended).isEqualTo(new FakeAgent.Ended(42, "out", "err"));
      assertThat(agent.calls.getLast().params())
          .isEqualTo(
              json(
                  "{\"name\": \"web\", \"words\": [\"sh\", \"-c\", \"exit 42\"], \"user\": \"0\","
                      + " \"environment\": {\"A\": \"b\"}}"));
    }
  }

  @Test
  void aTerminalIsHandedOverOnlyWhereThereIsOne() throws IOException {
    try (FakeAgent agent = telling("{}")) {
      FakeAgent.Ended ended = agent.run("exec", "-it", "web", "--", "sh");
      assertThat(ended.code()).isEqualTo(2);
      assertThat(ended.err()).contains("the standard input is none");
      assertThat(agent.calls).isEmpty();
    }
  }

  @Test
  void useIsShownAsPeopleReadIt() throws IOException {
    try (FakeAgent agent =
        agent(_ ->
            json(
                "{\"replicas\": [{\"replica\": 0, \"processor\": 1500, \"memory\": 1048576,"
                    + " \"memory_limit\": 0, \"processes\": 3, \"received\": 1, \"sent\": 2,"
                    + " \"read\": 3, \"written\": 4}, {\"replica\": 1, \"why\": \"away\"}]}"))) {
      assertThat(agent.run("stats", "web").out()).contains("1.50 s", "1.0 MiB", "away");
      assertThat(Map.of("code", agent.run("stats", "web", "-o", "json").code()))
          .containsEntry("code", 0);
    }
  }
}
