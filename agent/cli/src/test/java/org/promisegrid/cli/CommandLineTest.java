package org.promisegrid.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.cli.client.Credential;
import org.promisegrid.kernel.function.Descriptor;
import org.promisegrid.kernel.function.InvalidException;
import org.promisegrid.kernel.function.RefName;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Receipt.Ended;
import org.promisegrid.kernel.message.Receipt.What;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.token.Claims;
import org.promisegrid.kernel.token.Token;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.NodeId;

final class CommandLineTest {

  @TempDir private Path folder = Path.of("");

  /// An agent that promises nothing, and says so.
  private FakeAgent agent(Reason reason) throws IOException {
    return answering(call -> new Payload.NotPromised(reason, "because"));
  }

  private FakeAgent answering(Function<Call, Payload> answers) throws IOException {
    FakeAgent[] self = new FakeAgent[1];
    self[0] =
        new FakeAgent(
            folder, call -> FakeAgent.answer(self[0].node, call.cid(), answers.apply(call)));
    return self[0];
  }

  @Test
  void aCallSaysWhatItsOptionsSay() throws IOException {
    try (FakeAgent agent = agent(Reason.UNABLE)) {
      Path file = Files.writeString(folder.resolve("in"), "some input");
      agent.run(
          "call",
          "pictures/thumb",
          "-p",
          "width=320",
          "-p",
          "tags:=[\"a\"]",
          "--input",
          file.toString(),
          "--limit",
          "time=1m30s,memory=64MiB",
          "--place",
          "driver=wasm,zone=north",
          "--isolation",
          "kernel",
          "--within",
          "5s",
          "--price",
          "70",
          "--refresh",
          "--nonce",
          "000102030405060708090a0b0c0d0e0f",
          "--",
          "-x",
          "--help");
      Call call = agent.calls.getFirst();
      assertThat(call.function())
          .isEqualTo(new RefName("pictures/thumb").cid(new NodeId(agent.node.did().toString())));
      assertThat(call.params())
          .isEqualTo(
              Item.table()
                  .put("width", "320")
                  .put("tags", Item.array(Item.of("a")))
                  .put("args", Item.array(Item.of("-x"), Item.of("--help")))
                  .build());
      assertThat(call.input())
          .isEqualTo(new Input.Inline("some input".getBytes(StandardCharsets.UTF_8)));
      Terms terms = call.terms();
      assertThat(terms.limits().time()).contains(Duration.ofSeconds(90));
      assertThat(terms.limits().memory()).hasValue(64 << 20);
      assertThat(terms.place().drivers()).containsExactly("wasm");
      assertThat(terms.place().labels()).containsExactly(Map.entry("zone", "north"));
      assertThat(terms.isolation()).contains(Isolation.KERNEL);
      assertThat(terms.within()).contains(Duration.ofSeconds(5));
      assertThat(terms.price()).hasValue(70);
      assertThat(terms.cache()).contains(Terms.Cache.REFRESH);
      assertThat(terms.nonce().orElseThrow().value()[15]).isEqualTo((byte) 15);
    }
  }

  @Test
  void aBearerTokenIsShownToNoNetworkWithoutTls() throws IOException {
    try (FakeAgent agent = agent(Reason.UNABLE)) {
      String token =
          agent.run("token", "issue", "--bearer", "--until", "1h", "--function", "f").out().strip();
      for (String on : List.of("192.0.2.1:7272", "http://grid.example:7272")) {
        FakeAgent.Ended ended = agent.run("status", "--token", token, "--on", on);
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err()).contains("isn't sent to").contains("without TLS");
      }
      FakeAgent.Ended here = agent.run("status", "--token", token, "--on", "127.0.0.1:1");
      assertThat(here.err()).contains("no answer from");
    }
  }

  @Test
  void whatIsWrittenTakesThePlaceAndTheModeOfWhatWasThere() throws IOException {
    Path old = Files.writeString(folder.resolve("old"), "old");
    Files.setPosixFilePermissions(old, PosixFilePermissions.fromString("rw-r-----"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), old);
    Delivery.write(link, to -> new PrintStream(to, true, StandardCharsets.UTF_8).print("new"));
    assertThat(link).isSymbolicLink();
    assertThat(old).hasContent("new");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(old)))
        .isEqualTo("rw-r-----");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(old, link);
    }
  }

  @Test
  void twoCallsNeverShareANonceUnlessTold() throws IOException {
    try (FakeAgent agent = agent(Reason.UNABLE)) {
      agent.run("call", "f");
      agent.run("call", "f");
      assertThat(agent.calls.get(0).terms().nonce())
          .isPresent()
          .isNotEqualTo(agent.calls.get(1).terms().nonce());
    }
  }

  @Test
  void inputThatIsTooLongForACallIsPutFirst() throws IOException {
    String input = "x".repeat(300_000);
    Cid cid = Cid.of(input.getBytes(StandardCharsets.UTF_8));
    try (FakeAgent agent =
        answering(call ->
            call.function().equals(Protocols.cid("content.put"))
                ? new Payload.Kept(
                    Item.table().put("cid", cid).put("size", 300_000).put("new", true).build())
                : new Payload.NotPromised(Reason.UNABLE, "because"))) {
      FakeAgent.run(Map.of("GRID_HOME", folder.toString()), input, "call", "f");
      assertThat(agent.calls.get(0).params().get("cid")).contains(Item.of(cid));
      assertThat(agent.calls.get(1).input()).isEqualTo(new Input.Content(cid));
    }
  }

  @Test
  void whoeverIsUnableIsNamedAndOnlyACallIsExplained() throws IOException {
    Item.TableBuilder target = Item.table().put("target", "docker:a").put("why", "it has no room");
    Item.Array kept = Item.array(target.build());
    Item.Array called = Item.array(target.put("able", false).build());
    List<Item.Table> more =
        List.of(
            Item.table().put("targets", kept).build(),
            Item.table().put("targets", called).build(),
            Item.table().put("targets", Item.array()).build(),
            Item.table().build());
    List<String> said = new ArrayList<>();
    Iterator<Item.Table> next = more.iterator();
    try (FakeAgent agent =
        answering(_ -> new Payload.NotPromised(Reason.UNABLE, "because", next.next()))) {
      for (Item.Table _ : more) {
        said.add(agent.run("call", "f").err());
      }
    }
    assertThat(said)
        .containsExactly(
            "grid: unable: because\n  docker:a: it has no room\n",
            "grid: unable: because\n  `grid explain` shows every target and why it can't\n",
            "grid: unable: because\n  `grid status` shows the targets that there are\n",
            "grid: unable: because\n");
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void aCallThatNothingIsPromisedForEndsWith125AndOtherCommandsWith1(Reason reason)
      throws IOException {
    try (FakeAgent agent = agent(reason)) {
      FakeAgent.Ended call = agent.run("call", "f");
      assertThat(call.code()).isEqualTo(125);
      assertThat(call.err()).startsWith("grid: " + reason.code().replace('_', ' ') + ": because\n");
      if (reason != Reason.ABSENT) { // that a name is absent is no failure of `ref set`
        assertThat(agent.run("ref", "get", "f").code()).isEqualTo(1);
      }
    }
  }

  @Test
  void aFailureIsJsonWhereThatIsAskedFor() throws IOException, MalformedException {
    Item.Table more = Item.table().put("retry_after", 1500).build();
    try (FakeAgent agent =
        answering(call -> new Payload.NotPromised(Reason.EXHAUSTED, "full", more))) {
      FakeAgent.Ended ended = agent.run("call", "f", "-o", "json");
      assertThat(Json.read(ended.err()))
          .isEqualTo(
              Item.table()
                  .put("error", "exhausted")
                  .put("detail", "exhausted: full")
                  .put("exit", 125)
                  .put("hint", "try again in 2 s")
                  .put("retry_after", 1500)
                  .build());
      assertThat(ended.out()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "call",
        "call f --limit time",
        "call f --limit colour=red",
        "call f --limit memory=64",
        "call f --within soon",
        "call f --nonce 00",
        "call f --isolation none",
        "call f -p width",
        "call f --refresh --only-cached",
        "call ./absent.wasm",
        "call absent.tar",
        "call UPPER",
        "call f --input /absent/file",
        "get bafy",
        "get",
        "put /absent/file",
        "graph",
        "graph --up --down bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        "ref",
        "ref set x",
        "token issue --function f",
        "token issue --bearer --function f",
        "token issue --bearer --until 1h",
        "token issue --bearer --until 2001-01-01 --function f",
        "token issue --bearer --until 1h --may dance",
        "token issue --bearer --until 1h --function f --when sometimes",
        "token issue --bearer --until 1h --function f --rate 5",
        "token issue --bearer --until 1h --function f --uses 0",
        "token issue --to nobody --function f",
        "token show nothing-of-the-kind",
        "key show absent",
        "function put /absent.yaml",
        "function put README.md --name UPPER",
        "completion fish",
        "status -o xml",
        "status --token rubbish"
      })
  void aCommandUsedWronglyEndsWith2AndSaysWhy(String line) throws IOException {
    try (FakeAgent agent = agent(Reason.ABSENT)) {
      FakeAgent.Ended ended = agent.run(line.isEmpty() ? new String[0] : line.split(" ", -1));
      assertThat(ended.code()).as(ended.err()).isEqualTo(2);
      assertThat(ended.out()).isEmpty();
      assertThat(ended.err()).isNotBlank().doesNotContain("Exception");
    }
  }

  @Test
  void withoutAnAgentItSaysHowToStartOne() throws IOException {
    try (FakeAgent agent = agent(Reason.ABSENT)) {
      Files.delete(folder.resolve("agent.json"));
      assertThat(agent.run("status"))
          .isEqualTo(
              new FakeAgent.Ended(
                  125,
                  "",
                  "grid: no agent runs on "
                      + folder
                      + "\n  start one with `grid up`, or name another by --on or GRID_HOST\n"));
    }
  }

  @Test
  void withoutATokenItSaysHowToGetOne() {
    FakeAgent.Ended ended =
        FakeAgent.run(
            Map.of("GRID_HOME", folder.resolve("none").toString()),
            "",
            "--on",
            "http://127.0.0.1:9",
            "call",
            "f");
    assertThat(ended.code()).isEqualTo(125);
    assertThat(ended.err()).contains("no token").contains("`grid token issue --function NAME");
  }

  @Test
  void anAgentOfAnotherNodeIsNotAsked() throws IOException {
    try (FakeAgent agent = agent(Reason.ABSENT)) {
      Path json = folder.resolve("agent.json");
      Files.writeString(
          json,
          Files.readString(json)
              .replace(agent.node.did().toString(), agent.owner.did().toString()));
      FakeAgent.Ended ended = agent.run("status");
      assertThat(ended.code()).isEqualTo(125);
      assertThat(ended.err()).contains("but the token is for calls of " + agent.node.did());
      assertThat(agent.calls).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "EXIT,7",
    "TIME,124",
    "MEMORY,124",
    "OUTPUT,124",
    "FAULT,134",
    "CANCELLED,130",
    "STOPPED,130",
    "LOST,126"
  })
  void aRunThatBrokeEndsTheCommandByItsKind(What what, int code) {
    OptionalInt exit = what == What.EXIT ? OptionalInt.of(7) : OptionalInt.empty();
    assertThat(Delivery.exit(new Ended.Broken(what, exit, Optional.empty()))).isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource({"0,0", "1,1", "255,255", "256,0", "-1,255"})
  void anExitCodeIsPassedOnAsASystemDoes(int code, int expected) {
    assertThat(Delivery.exit(new Ended.Kept(OptionalInt.of(code)))).isEqualTo(expected);
  }

  @Test
  void aTokenIsIssuedWithoutAnAgentAndSaysWhatWasAsked() throws Exception {
    try (FakeAgent agent = agent(Reason.ABSENT)) {
      FakeAgent.Ended ended =
          agent.run(
              "token",
              "issue",
              "--to",
              agent.node.did().toString(),
              "--until",
              "1h",
              "--function",
              "f",
              "--may",
              "put,ref.get",
              "-p",
              "width=320",
              "--when",
              "params.height<=240",
              "--uses",
              "5",
              "--rate",
              "10/1m");
      assertThat(ended.err()).isEmpty();
      List<Token> tokens = Credential.tokens(Credential.chain(ended.out().strip()));
      Claims claims = tokens.getFirst().claims();
      assertThat(tokens).hasSize(2);
      assertThat(claims.issuer()).isEqualTo(agent.owner.did());
      assertThat(claims.audience()).contains(agent.node.did());
      assertThat(claims.functions().orElseThrow())
          .containsExactlyInAnyOrder(
              new RefName("f").cid(new NodeId(agent.node.did().toString())),
              Protocols.cid("content.put"),
              Protocols.cid("ref.get"));
      assertThat(claims.bound()).containsExactly(Map.entry("width", Item.of("320")));
      assertThat(claims.policy().conditions()).hasToString("[params.height le 240]");
      assertThat(claims.use().orElseThrow().calls()).hasValue(5);
      assertThat(agent.calls).isEmpty();

      FakeAgent.Ended shown = agent.run("token", "show", tokens.getFirst().cid().toString());
      assertThat(shown.out())
          .contains("content.put")
          .contains("params.height le 240")
          .contains("5 calls, 10 calls per 60.0 s")
          .contains("given by");
    }
  }

  @Test
  void aTokenOfOthersIsPassedOnWithTheirKeyOnly() throws IOException {
    try (FakeAgent agent = agent(Reason.ABSENT)) {
      Path key = folder.resolve("guest.pem");
      String guest = agent.run("key", "new", key.toString()).out().strip();
      Path token = folder.resolve("guest.token");
      agent.run("token", "issue", "--to", guest, "--function", "f", "--out", token.toString());
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token)))
          .isEqualTo("rw-------");
      String[] less = {
        "token", "issue", "--from", token.toString(), "--bearer", "--until", "5m", "--function", "f"
      };
      FakeAgent.Ended without = agent.run(less);
      assertThat(without.code()).isEqualTo(2);
      assertThat(without.err()).contains("whose key isn't in this home");
      String[] with = java.util.Arrays.copyOf(less, less.length + 2);
      with[less.length] = "--key";
      with[less.length + 1] = key.toString();
      FakeAgent.Ended issued = agent.run(with);
      assertThat(issued.err()).isEmpty();
      assertThat(Credential.tokens(Credential.chain(issued.out().strip()))).hasSize(3);

      FakeAgent.Ended bearer =
          agent.run(
              "token",
              "issue",
              "--from",
              issued.out().strip(),
              "--bearer",
              "--until",
              "1m",
              "--function",
              "f");
      assertThat(bearer.code()).isEqualTo(2);
      assertThat(bearer.err()).contains("a bearer token can't be passed on");
    }
  }

  @Test
  void aKeyIsForItsOwnerOnlyAndNeverOverwritten() throws IOException {
    try (FakeAgent agent = agent(Reason.ABSENT)) {
      FakeAgent.Ended made = agent.run("key", "new", "guest");
      Path file = folder.resolve("keys/guest.pem");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      byte[] before = Files.readAllBytes(file);
      assertThat(agent.run("key", "new", "guest").code()).isEqualTo(2);
      assertThat(file).hasBinaryContent(before);
      assertThat(agent.run("key", "show", "guest").out()).isEqualTo(made.out());
      assertThat(agent.run("key", "ls").out()).contains("guest", "owner");
    }
  }

  @Test
  void aBareModuleTakesItsArgumentsAsTheyAre() throws InvalidException {
    Descriptor bare = Callee.bare(new Form("image", Cid.of(new byte[0])), false);
    Item.Table given =
        Item.table().put("args", Item.array(Item.of("-n"), Item.of("$HOME ${x}"))).build();
    assertThat(
            bare.argv().arguments(bare.parameters(), bare.parameters().coerce(given, Item.EMPTY)))
        .containsExactly("-n", "$HOME ${x}");
    assertThat(
            bare.argv()
                .arguments(bare.parameters(), bare.parameters().coerce(Item.EMPTY, Item.EMPTY)))
        .isEmpty();
  }

  @Test
  void helpListsEveryCommandOnce() {
    String everyday = FakeAgent.run(Map.of(), "", "help").out();
    String all = FakeAgent.run(Map.of(), "", "help", "--all").out();
    for (Commands each : Commands.values()) {
      String line = "\n  " + each.word() + " ";
      assertThat(all.split(java.util.regex.Pattern.quote(line), -1)).as(each.word()).hasSize(2);
      assertThat(everyday.contains(line)).as(each.word()).isEqualTo(each.isEveryday());
      assertThat(FakeAgent.run(Map.of(), "", each.word(), "--help").code()).isZero();
    }
  }

  @Test
  void helpOfEachCommandTellsTheOptionsThatAllHaveApartFromItsOwn() {
    for (String command : List.of("call", "down", "token issue", "ref log")) {
      String help = FakeAgent.run(Map.of(), "", (command + " --help").split(" ", -1)).out();
      assertThat(help)
          .containsOnlyOnce("Options of every command:")
          .containsOnlyOnce("--token FILE");
      assertThat(help.indexOf("--home DIR"))
          .isGreaterThan(help.indexOf("Options of every command:"));
      assertThat(help.lines().findFirst().orElseThrow()).doesNotContain("--home");
    }
  }

  @Test
  void completionKnowsTheOptionsThatEveryCommandHas() {
    String script = FakeAgent.run(Map.of(), "", "completion", "bash").out();
    String call = script.substring(script.indexOf("function _picocli_grid_call()"));
    assertThat(call.substring(0, call.indexOf("\n}")))
        .contains("'--token'", "'--cacert'", "'--help'", "'--detach'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-o json call --nonsense",
        "call --nonsense -o json",
        "call -ojson --nonsense",
        "call --format=json --nonsense",
        "status --limit 5 -o=JSON"
      })
  void whatCanNotBeParsedIsToldAsJsonToo(String line) throws MalformedException {
    FakeAgent.Ended ended = FakeAgent.run(Map.of(), "", line.split(" ", -1));
    assertThat(ended.code()).isEqualTo(2);
    assertThat(((Item.Table) Json.read(ended.err())).get("error")).contains(Item.of("usage"));
  }

  @Test
  void whatIsNotAskedForAsJsonIsNotTold() {
    assertThat(FakeAgent.run(Map.of(), "", "call", "--nonsense", "--", "-o", "json").err())
        .doesNotContain("{");
    assertThat(FakeAgent.run(Map.of(), "", "call", "--nonsense", "-o", "text").err())
        .doesNotContain("{");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dev/full", "absent/folder/file", "/proc/nothing"})
  void whatCanNotBeWrittenHasAnExitCodeOfItsOwn(String file) throws IOException {
    byte[] bytes = "text".getBytes(StandardCharsets.UTF_8);
    try (FakeAgent agent = giving(bytes)) {
      FakeAgent.Ended ended = agent.run("get", Cid.of(bytes).toString(), "--out", file);
      assertThat(ended.code()).as(ended.err()).isEqualTo(74);
      assertThat(ended.err()).contains("can't write");
      assertThat(agent.run("key", "new", "absent/folder/key.pem").code()).isEqualTo(74);
    }
  }

  @Test
  void aTerminalIsShownNothingThatItWouldObeyUnlessAskedTo() throws IOException {
    byte[] bytes = "grün \033[2J\tx\n".getBytes(StandardCharsets.UTF_8);
    try (FakeAgent agent = giving(bytes)) {
      String cid = Cid.of(bytes).toString();
      assertThat(agent.runOn("12", "get", cid).out()).isEqualTo("grün ·[2J\tx\n");
      assertThat(agent.runOn("12", "get", cid, "--raw").out()).isEqualTo("grün \033[2J\tx\n");
      assertThat(agent.runOn("2", "get", cid).out()).isEqualTo("grün \033[2J\tx\n");
      assertThat(agent.runOn("1", "get", cid, "--out", "-").out()).isEqualTo("grün ·[2J\tx\n");
    }
  }

  /// An agent with so many names, a thousand of which it tells at once at most.
  private FakeAgent listing(int names) throws IOException {
    return answering(call -> {
      Item.Table params = call.params();
      int after =
          params.get("after").map(item -> Integer.parseInt(((Item.Text) item).value())).orElse(0);
      int limit = params.get("limit").map(item -> (int) ((Item.Int) item).value()).orElse(100);
      int end = Math.min(names, after + Math.min(1000, limit));
      List<Item> entries = new ArrayList<>();
      for (int at = after; at < end; at++) {
        entries.add(Item.table().put("head", Cid.of(new byte[0])).put("at", at).build());
      }
      return new Payload.Kept(
          Item.table()
              .put("entries", Item.array(entries))
              .put("next", Optional.of(Item.of(String.valueOf(end))).filter(_ -> end < names))
              .build());
    });
  }

  @Test
  void aListGoesOnToItsEndOrSaysThatThereIsMore() throws IOException, MalformedException {
    try (FakeAgent agent = listing(2500)) {
      FakeAgent.Ended all = agent.run("ref", "log", "name");
      assertThat(all.out().lines()).hasSize(2501);
      assertThat(all.err()).isEmpty();
      FakeAgent.Ended some = agent.run("ref", "log", "name", "--limit", "1700", "-o", "json");
      assertThat(
              ((Item.Array) ((Item.Table) Json.read(some.out())).get("entries").orElseThrow())
                  .items())
          .hasSize(1700);
      assertThat(some.err()).contains("there is more");
      assertThat(agent.run("ref", "log", "name", "--limit", "2500").err()).isEmpty();
      assertThat(agent.run("ref", "log", "name", "--limit", "0").code()).isEqualTo(2);
    }
  }

  @Test
  void anAgentWhoseListNeverEndsIsFoundOut() throws IOException {
    Item.Table again =
        Item.table().put("calls", Item.array()).put("next", Cid.of(new byte[0])).build();
    try (FakeAgent agent = answering(_ -> new Payload.Kept(again))) {
      assertThat(agent.run("calls").code()).isEqualTo(125);
    }
  }

  @Test
  void aTokenThatCanNotBeReadDoesNotHideTheOthers() throws IOException {
    Item.Table none = Item.table().put("tokens", Item.array()).put("refs", Item.array()).build();
    try (FakeAgent agent = answering(_ -> new Payload.Kept(none))) {
      FakeAgent.Ended issued =
          agent.run("token", "issue", "--bearer", "--until", "1h", "--may", "agent.status");
      assertThat(issued.code()).as(issued.err()).isZero();
      assertThat(agent.run("token", "ls").code()).isZero();
      Files.writeString(folder.resolve("tokens/cut-off.token"), "no token");
      FakeAgent.Ended listed = agent.run("token", "ls");
      assertThat(listed.out()).contains("not used yet");
      assertThat(listed.err()).contains("cut-off.token");
      assertThat(listed.code()).isEqualTo(1);
    }
  }

  @Test
  void certificatesAreTakenForHttpsOnly() throws IOException {
    Path none = Files.writeString(folder.resolve("none.pem"), "nothing");
    try (FakeAgent agent = agent(Reason.ABSENT)) {
      for (String on : List.of("127.0.0.1:1", "http://127.0.0.1:1", "/absent.sock")) {
        assertThat(agent.run("status", "--on", on, "--cacert", none.toString()).code())
            .isEqualTo(2);
      }
      assertThat(agent.run("status", "--cacert", none.toString()).code()).isEqualTo(2);
      FakeAgent.Ended bad =
          agent.run("status", "--on", "https://127.0.0.1:1", "--cacert", none.toString());
      assertThat(bad.code()).isEqualTo(2);
      assertThat(bad.err()).contains("none.pem");
    }
  }

  /// An agent that gives these bytes for content.
  private FakeAgent giving(byte[] bytes) throws IOException {
    FakeAgent[] self = new FakeAgent[1];
    Item.Table kept =
        Item.table()
            .put("cid", Cid.of(bytes))
            .put("size", bytes.length)
            .put("length", bytes.length)
            .build();
    self[0] =
        new FakeAgent(
            folder,
            call -> {
              byte[] answer = self[0].kept(call, kept);
              if (!call.function().equals(Protocols.cid("content.get"))) {
                return answer;
              }
              byte[] both = java.util.Arrays.copyOf(answer, answer.length + bytes.length);
              System.arraycopy(bytes, 0, both, answer.length, bytes.length);
              return both;
            });
    return self[0];
  }

  @Test
  void completionKnowsTheCommandsBelowCommands() {
    FakeAgent.Ended ended = FakeAgent.run(Map.of(), "", "completion", "bash");
    assertThat(ended.code()).isZero();
    assertThat(ended.out()).startsWith("#!/usr/bin/env bash").contains("token", "issue");
  }

  @Test
  void contentIsNamedWithoutAnAgent() {
    assertThat(FakeAgent.run(Map.of(), "hello", "cid"))
        .isEqualTo(
            new FakeAgent.Ended(0, Cid.of("hello".getBytes(StandardCharsets.UTF_8)) + "\n", ""));
  }
}
