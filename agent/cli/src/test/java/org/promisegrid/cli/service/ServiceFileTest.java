package org.promisegrid.cli.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.cli.function.Draft;
import org.promisegrid.cli.function.ImageRecipe;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ImageReference;

final class ServiceFileTest {

  private static final Path FOLDER = Path.of("/template");

  private static ServiceFile parse(String text) throws MalformedException {
    return ServiceFile.parse(text, "wiki.yaml", FOLDER);
  }

  private static Cid put(Draft.Source source) {
    return switch (source) {
      case Draft.Source.Content(Cid cid) -> cid;
      case Draft.Source.Text(byte[] bytes) -> Cid.of(bytes);
      case Draft.Source.Build(ImageRecipe recipe) ->
          Cid.of(("build " + recipe).getBytes(StandardCharsets.UTF_8));
      case Draft.Source.File(Path path) -> Cid.of(path.toString().getBytes(StandardCharsets.UTF_8));
    };
  }

  private static Item.Table service(String lines) throws MalformedException {
    String indented = lines.lines().map(line -> "    " + line).reduce("", (a, b) -> a + "\n" + b);
    return parse("services:\n  wiki:" + indented).draft().service(ServiceFileTest::put);
  }

  @Test
  void anImageOfARegistryIsNamedByItsDigest() throws MalformedException {
    String digest = "sha256:" + "0123456789abcdef".repeat(4);
    Cid pinned =
        Cid.of(new ImageReference("docker.io/library/wiki", digest, "linux", "arm64").bytes());
    assertThat(service("image: docker.io/library/wiki@" + digest + " linux/arm64"))
        .isEqualTo(Item.table().put("image", pinned).build());
    assertThat(
            new ServiceWords()
                .image("docker.io/library/wiki@" + digest + " linux/arm64")
                .draft()
                .service(ServiceFileTest::put))
        .isEqualTo(Item.table().put("image", pinned).build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"docker.io/library/wiki", "docker.io/library/wiki:29"})
  void anImageThatCanChangeIsRefusedAndTheWayToPinItIsTold(String image) {
    assertThatExceptionOfType(MalformedException.class)
        .isThrownBy(() -> service("image: " + image))
        .withMessageContaining("services.wiki.image: ")
        .withMessageContaining("docker.io/library/wiki@sha256:…");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new ServiceWords().image(image))
        .withMessageContaining("docker.io/library/wiki@sha256:…");
  }

  @Test
  void aServiceIsWhatItsDocumentSays() throws MalformedException {
    Item.Table service =
        service(
            """
            image: ./wiki.tar
            security: image
            command: [serve, 8]
            environment: {DEBUG: true, PORT: 80}
            user: 1000
            ports: ["127.0.0.2:8080:80", 81, "[::1]::53/udp", {inside: 9}]
            volumes: {data: /var/lib/wiki, old: "/old:ro", theirs: {path: /x, external: true}, far: "/y:ro:external"}
            networks: [inner, "lan:external", {name: wan, external: true}]
            devices: [/dev/null, nvidia.com/gpu=all]
            binds: ["/srv/a:/a:ro"]
            files: {/etc/a: ./a.conf, /etc/b: {content: b, mode: 0440}}
            secrets: {db: /run/secrets/db}
            limits: {memory: 512MiB, cpus: 1.5, pids: 7}
            health: {http: "http://:80/ping?a=b", every: 10s, within: 2m, retries: 4}
            restart: {policy: on-failure, most: 5, within: 10m}
            stop: {signal: SIGINT, grace: 30s}
            log: {size: 1MiB, files: 2}
            egress: true
            replicas: 2
            """);
    String image = put(new Draft.Source.File(Path.of("/template/wiki.tar"))).toString();
    String a = put(new Draft.Source.File(Path.of("/template/a.conf"))).toString();
    String b = put(new Draft.Source.File(Path.of("/template/b"))).toString();
    assertThat(service)
        .isEqualTo(
            Json.read(
                """
                {"image": {"/": "%s"}, "security": "image", "command": ["serve", "8"],
                 "environment": {"DEBUG": "true", "PORT": "80"}, "user": "1000",
                 "ports": [{"address": "127.0.0.2", "port": 8080, "inside": 80}, {"inside": 81},
                   {"address": "::1", "inside": 53, "transport": "udp"}, {"inside": 9}],
                 "volumes": {"data": "/var/lib/wiki", "old": {"path": "/old", "readonly": true},
                   "theirs": {"path": "/x", "external": true},
                   "far": {"path": "/y", "readonly": true, "external": true}},
                 "networks": ["inner", {"name": "lan", "external": true},
                   {"name": "wan", "external": true}],
                 "devices": ["/dev/null", "nvidia.com/gpu=all"],
                 "binds": [{"source": "/srv/a", "path": "/a", "readonly": true}],
                 "files": {"/etc/a": {"content": {"/": "%s"}},
                   "/etc/b": {"content": {"/": "%s"}, "mode": 288}},
                 "secrets": {"db": "/run/secrets/db"},
                 "limits": {"memory": 536870912, "cpus": 1500, "pids": 7},
                 "health": {"http": {"port": 80, "path": "/ping?a=b"}, "every": 10000,
                   "within": 120000, "retries": 4},
                 "restart": {"policy": "failure", "most": 5, "within": 600000},
                 "stop": {"signal": "SIGINT", "grace": 30000},
                 "log": {"size": 1048576, "files": 2}, "egress": true, "replicas": 2}
                """
                    .formatted(image, a, b)));
  }

  @Test
  void oneThingStandsForAListOfOne() throws MalformedException {
    assertThat(service("ports: 80\ncommand: run\nrestart: never"))
        .isEqualTo(
            Json.read(
                "{\"ports\": [{\"inside\": 80}], \"command\": [\"run\"],"
                    + " \"restart\": {\"policy\": \"never\"}}"));
  }

  @Test
  void whatIsUnknownIsLeftToTheAgentWhichNamesIt() throws MalformedException {
    assertThat(service("privileged: true").get("privileged")).contains(Item.TRUE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://:80",
        "http://:80/",
        "tcp://:5432",
      })
  void checksOfHealthFitIntoAWord(String text) {
    assertThat(Shorthand.health(text).entries()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://host:80/",
        "https://:80/",
        "tcp://:80/x",
        "http://:/",
        "http://:80/#a",
        "x"
      })
  void whatIsNoCheckIsRefused(String text) {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Shorthand.health(text))
        .withMessageContaining("check of health");
  }

  @ParameterizedTest
  @CsvSource({"2, 2000", "0.5, 500", "1.25, 1250", "0.001, 1"})
  void processorsAreTakenInThousandths(String text, long thousandths) {
    assertThat(Shorthand.cpus(text)).isEqualTo(thousandths);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "services: {a: {}, b: {}} | one service is expected, and there are 2",
        "services: {} | there are 0",
        "machines: {} | `services:` is expected",
        "{services: {a: {}}, hosts: {}} | `hosts:` isn't built yet",
        "services: {a: 1} | a service is a mapping",
        "services: {a: {ports: [x]}} | services.a.ports: a port is",
        "services: {a: {binds: [x]}} | services.a.binds: a bind is",
        "services: {a: {limits: {memory: 7}}} | services.a.limits: a size with its unit",
        "services: {a: {limits: {cpus: many}}} | services.a.limits: processors are",
        "services: {a: {health: {http: 80}}} | x",
        "services: {a: {stop: {grace: 10}}} | services.a.stop: grace: a time with its unit",
        "services: {a: {files: {/a: {from: b}}}} | services.a.files: /a: has content and mode",
        "services: {a: {files: {/a: {content: b, mode: 888}}}} | three octal digits",
        "services: {a: {image: [1]}} | services.a.image: a path or a CID",
      })
  void whatIsWrongIsNamedWithItsPlace(String text, String message) throws MalformedException {
    if (message.equals("x")) { // left to the agent
      assertThat(parse(text).name()).isEqualTo("a");
      return;
    }
    assertThatExceptionOfType(MalformedException.class)
        .isThrownBy(() -> parse(text))
        .withMessageContaining("wiki.yaml")
        .withMessageContaining(message);
  }
}
