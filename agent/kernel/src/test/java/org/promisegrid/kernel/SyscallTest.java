package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.SHOUT;
import static org.promisegrid.kernel.Household.detail;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.how;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.kept;
import static org.promisegrid.kernel.Household.link;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.stranger;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.content.Tree;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Body;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.kernel.syscall.Syscall;
import org.promisegrid.sandbox.Cid;

/// Each function of the kernel does what its document says, and refuses what it says.
@Timeout(600)
class SyscallTest {

  private static final Cid UNKNOWN = Cid.of(new byte[] {1, 2, 3});
  private static final Path README = Path.of("..", "..", "docs", "protocols", "README.md");

  @TempDir static Path home;
  private static Household house;
  private static Person olga;
  private static Cid shout;

  @BeforeAll
  static void open() {
    house = new Household(home);
    olga = house.owner();
    shout =
        olga.defines(
            SHOUT, it -> it.with("width", Item.table().put("type", "integer").put("default", 7)));
  }

  @AfterAll
  static void close() {
    house.close();
  }

  private static Item.TableBuilder table() {
    return Item.table();
  }

  private static void is(Reason reason, String function, Item.TableBuilder params) {
    Reply reply = olga.asks(function, params);
    assertThat(reply.payload())
        .as(function + " " + params.build())
        .isInstanceOfSatisfying(
            Payload.NotPromised.class, it -> assertThat(it.reason()).isEqualTo(reason));
  }

  @Test
  void theFunctionsOfTheTableAreThoseOfTheKernel() throws IOException {
    Set<String> documented =
        Pattern.compile("(?m)^\\| ([a-z]+(?:\\.[a-z]+)?) \\| (?:GET|HEAD|POST|PUT|DELETE|-) \\|")
            .matcher(Files.readString(README))
            .results()
            .map(it -> it.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(house.kernel().functions()).isEqualTo(documented);
    for (String name : documented) {
      assertThat(Protocols.name(Protocols.cid(name))).contains(name);
    }
  }

  @Test
  void noFunctionTakesAParameterThatItDoesNotKnow() {
    for (String name : built()) {
      Item.TableBuilder params = table().put("nonsense", 1);
      required(name)
          .entries()
          .forEach((key, value) -> params.put(((Item.Text) key).value(), value));
      boolean put = name.equals("content.put");
      Reply reply =
          olga.asks(function(name), params.build(), put ? input("x") : Input.none(), Terms.NONE);
      assertThat(reason(reply)).as(name).isEqualTo(Reason.INVALID);
      assertThat(detail(reply)).as(name).contains("nonsense");
    }
  }

  @Test
  void noFunctionTakesAParameterOfTheWrongType() {
    for (String name : built()) {
      for (Item.Table params : List.of(required(name))) {
        params
            .entries()
            .keySet()
            .forEach(key -> {
              Item.TableBuilder wrong = table();
              params.entries().forEach((k, value) -> wrong.put(((Item.Text) k).value(), value));
              wrong.put(((Item.Text) key).value(), Item.FALSE);
              assertThat(reason(olga.asks(name, wrong))).as(name).isEqualTo(Reason.INVALID);
            });
      }
    }
  }

  @Test
  void noFunctionGoesWithoutWhatItNeeds() {
    for (String name : built()) {
      if (!required(name).entries().isEmpty()) {
        assertThat(reason(olga.asks(name, table()))).as(name).isEqualTo(Reason.INVALID);
      }
    }
  }

  @Test
  void functionsThatReadNothingRefuseAnInputAndTermsThatMeanNothingToThem() {
    for (String name : built()) {
      Cid function = function(name);
      if (!name.equals("content.put")) {
        assertThat(reason(olga.asks(function, required(name), input("x"), Terms.NONE)))
            .as(name)
            .isEqualTo(Reason.INVALID);
      }
      assertThat(
              reason(
                  olga.asks(
                      function, required(name), Input.none(), Terms.builder().price(1).build())))
          .as(name)
          .isEqualTo(Reason.UNSUPPORTED);
      assertThat(
              reason(olga.asks(function, required(name), new Input.Pending(UNKNOWN), Terms.NONE)))
          .as(name)
          .isEqualTo(Reason.UNSUPPORTED);
    }
    assertThat(kept(olga.asks(function("agent.status"), Item.EMPTY, Input.none(), nonce())))
        .isNotNull();
  }

  @Test
  void whatIsNotBuiltIsUnsupported() {
    is(Reason.UNSUPPORTED, "offer", table());
    is(Reason.UNSUPPORTED, "forward", table());
  }

  private static Set<String> built() {
    Set<String> names = new TreeSet<>(house.kernel().functions());
    names.removeAll(Set.of("offer", "forward"));
    return names;
  }

  /// The parameters that a function can't go without.
  private static Item.Table required(String name) {
    return switch (name) {
      case "content.get", "content.has", "content.tree", "content.pin", "content.unpin" ->
          table().put("cid", UNKNOWN).build();
      case "content.graph" -> table().put("cid", UNKNOWN).put("direction", "up").build();
      case "token.revoke" -> table().put("token", UNKNOWN).build();
      case "image.build" -> table().put("context", UNKNOWN).build();
      case "ref.get", "ref.log", "secret.put", "secret.remove" ->
          table().put("name", "none").build();
      case "ref.propose" -> table().put("name", "none").put("head", UNKNOWN).build();
      case "call.explain" -> table().put("function", shout).build();
      case "call.await", "call.cancel", "call.watch" -> table().put("call", UNKNOWN).build();
      case "service.start",
          "service.stop",
          "service.restart",
          "service.remove",
          "service.logs",
          "service.stats" ->
          table().put("name", "none").build();
      case "service.exec" ->
          table().put("name", "none").put("words", Item.array(Item.of("true"))).build();
      default -> Item.EMPTY;
    };
  }

  @Test
  void putKeepsBytesOnlyIfTheyAreWhatWasSaid() {
    byte[] hello = "hello, content".getBytes(StandardCharsets.UTF_8);
    Cid cid = Cid.of(hello);
    String sum = "sha512:" + HexFormat.of().formatHex(Household.digest("SHA-512", hello));
    for (Item.Table wrong :
        List.of(
            table().put("cid", UNKNOWN).build(),
            table().put("size", hello.length + 1).build(),
            table().put("size", hello.length - 1).build(),
            table().put("expect", Item.array(Item.of(sum.replace('0', '1')))).build())) {
      Reply reply = puts(wrong, hello);
      assertThat(reason(reply)).isEqualTo(Reason.INVALID);
      assertThat(((Payload.NotPromised) reply.payload()).more().get("parameter"))
          .contains(wrong.entries().keySet().iterator().next());
      is(Reason.ABSENT, "content.has", table().put("cid", cid));
    }
    for (Item.Table wrong :
        List.of(
            table().put("expect", Item.array(Item.of("md5:00"))).build(),
            table().put("expect", Item.array(Item.of("sha512:00"))).build(),
            table().put("expect", Item.array(Item.of(1))).build(),
            table().put("expect", Item.array(Item.of(sum), Item.of(sum))).build(),
            table().put("size", -1).build())) {
      assertThat(reason(puts(wrong, hello))).as(wrong.toString()).isEqualTo(Reason.INVALID);
    }
    Item.Table right =
        table()
            .put("cid", cid)
            .put("size", hello.length)
            .put("expect", Item.array(Item.of(sum)))
            .build();
    Item.Table first = kept(puts(right, hello));
    assertThat(first.get("new")).contains(Item.TRUE);
    assertThat(first.get("size")).contains(Item.of(hello.length));
    assertThat(kept(puts(right, hello)).get("new")).contains(Item.FALSE);
    for (Item name :
        List.of(
            Item.of(cid),
            Item.of(cid.toString()),
            Item.of(sum),
            Item.of(sum.replace("sha512", "sha2-512")))) {
      Item.Table has = olga.gets("content.has", table().put("cid", name));
      assertThat(has.get("cid")).contains(Item.of(cid));
      assertThat(has.get("size")).contains(Item.of(hello.length));
    }
    is(Reason.INVALID, "content.has", table().put("cid", "no cid"));
  }

  private static Reply puts(Item.Table params, byte[] bytes) {
    return olga.asks(function("content.put"), params, new Input.Inline(bytes), Terms.NONE);
  }

  @Test
  void putTakesItsBytesFromOnePlace() {
    Call both =
        olga.prepare(
            function("content.put"), table().put("size", 1).build(), input("x"), Terms.NONE);
    assertThat(reason(olga.send(both, body("x")))).isEqualTo(Reason.MALFORMED);
    Call neither = olga.prepare(function("content.put"), Item.EMPTY, Input.none(), Terms.NONE);
    assertThat(reason(olga.send(neither))).isEqualTo(Reason.MALFORMED);
    assertThat(
            reason(
                olga.asks(
                    function("content.put"), Item.EMPTY, new Input.Content(UNKNOWN), Terms.NONE)))
        .isEqualTo(Reason.INVALID);
    assertThat(
            reason(olga.send(olga.prepare(shout, Item.EMPTY, Input.none(), Terms.NONE), body("x"))))
        .isEqualTo(Reason.INVALID);
    assertThat(
            reason(
                olga.send(
                    olga.prepare(function("agent.status"), Item.EMPTY, Input.none(), Terms.NONE),
                    body("x"))))
        .isEqualTo(Reason.INVALID);
  }

  private static Optional<Body> body(String text) {
    return Optional.of(
        new Body(
            new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), OptionalLong.empty()));
  }

  @Test
  void aBodyThatBreaksOffLeavesNothing() {
    InputStream breaks =
        new SequenceInputStream(
            new ByteArrayInputStream(new byte[100_000]),
            new InputStream() {
              @Override
              public int read() throws IOException {
                throw new IOException("the line went dead");
              }

              @Override
              public int read(byte[] into, int from, int length) throws IOException {
                return read();
              }
            });
    Call call =
        olga.prepare(
            function("content.put"),
            table().put("size", 200_000).build(),
            Input.none(),
            Terms.NONE);
    assertThat(reason(olga.send(call, Optional.of(new Body(breaks, OptionalLong.of(200_000))))))
        .isEqualTo(Reason.INVALID);
    assertThat(home.resolve("content/incoming")).isEmptyDirectory();
  }

  @Test
  void getGivesAPart() throws IOException {
    Cid cid = olga.puts("0123456789");
    assertThat(part(table().put("cid", cid).put("offset", 2).put("length", 3))).isEqualTo("234");
    assertThat(part(table().put("cid", cid).put("offset", 8))).isEqualTo("89");
    assertThat(part(table().put("cid", cid).put("offset", 8).put("length", 100))).isEqualTo("89");
    assertThat(part(table().put("cid", cid).put("offset", 10))).isEmpty();
    assertThat(part(table().put("cid", cid).put("length", 0))).isEmpty();
    is(Reason.INVALID, "content.get", table().put("cid", cid).put("offset", 11));
    is(Reason.INVALID, "content.get", table().put("cid", cid).put("offset", -1));
    is(Reason.ABSENT, "content.get", table().put("cid", UNKNOWN));
    assertThat(olga.reads(olga.puts(""))).isEmpty();
  }

  private static String part(Item.TableBuilder params) throws IOException {
    Reply reply = olga.asks("content.get", params);
    assertThat(kept(reply)).isNotNull();
    try (InputStream bytes = ((Follow.Bytes) reply.follow()).bytes()) {
      return new String(bytes.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void treeShowsWhatAPathLeadsTo() {
    Cid file = olga.puts("run");
    Cid bin = tree(Map.of("run", new Tree.File(file, 3, true), "latest", new Tree.Symlink("run")));
    Cid root =
        tree(Map.of("bin", new Tree.Directory(bin, 6), "plain", new Tree.File(file, 3, false)));
    Item.Table all = olga.gets("content.tree", table().put("cid", root));
    assertThat(all.get("type")).contains(Item.of("directory"));
    assertThat(all.get("cid")).contains(Item.of(root));
    assertThat(all.get("size")).contains(Item.of(9));
    assertThat(((Item.Array) all.get("entries").orElseThrow()).items())
        .containsExactly(
            table()
                .put("name", "bin")
                .put("type", "directory")
                .put("cid", bin)
                .put("size", 6)
                .build(),
            table()
                .put("name", "plain")
                .put("type", "file")
                .put("cid", file)
                .put("size", 3)
                .build());
    assertThat(
            olga.gets("content.tree", table().put("cid", root.toString()).put("path", "bin"))
                .get("cid"))
        .contains(Item.of(bin));
    assertThat(olga.gets("content.tree", table().put("cid", root).put("path", "bin/run")))
        .isEqualTo(table().put("type", "executable").put("cid", file).put("size", 3).build());
    assertThat(olga.gets("content.tree", table().put("cid", root).put("path", "bin/latest")))
        .isEqualTo(table().put("type", "symlink").put("target", "run").put("size", 3).build());
    for (String absent : List.of("none", "bin/none", "plain/x", "bin/latest/x", "bin/run/x")) {
      is(Reason.ABSENT, "content.tree", table().put("cid", root).put("path", absent));
    }
    for (String invalid :
        List.of("/", "/bin", "bin/", "bin//run", "./bin", "bin/..", "x".repeat(4097))) {
      is(Reason.INVALID, "content.tree", table().put("cid", root).put("path", invalid));
    }
    is(Reason.INVALID, "content.tree", table().put("cid", file));
    is(Reason.INVALID, "content.tree", table().put("cid", "x"));
    is(Reason.ABSENT, "content.tree", table().put("cid", UNKNOWN));
    Cid forged = olga.puts(Message.of(Protocols.cid("tree"), table().put("..", 1).build()).bytes());
    is(Reason.INVALID, "content.tree", table().put("cid", forged));
  }

  private static Cid tree(Map<String, Tree.Entry> entries) {
    return olga.puts(new Tree(new TreeMap<>(entries)).message().bytes());
  }

  @Test
  void graphIsCutOffWhereItIsToldTo() {
    Cid at = olga.puts("the end");
    List<Cid> chain = new ArrayList<>(List.of(at));
    for (int i = 0; i < 5; i++) {
      at = olga.puts(Message.of(UNKNOWN, Item.of(at)).bytes());
      chain.addFirst(at);
    }
    Item.Table all = graph(table().put("cid", at).put("direction", "down"));
    assertThat(cids(all, "nodes", "cid")).containsExactlyElementsOf(chain);
    assertThat(all.get("more")).contains(Item.FALSE);
    Item.Table near =
        graph(table().put("cid", at.toString()).put("direction", "down").put("depth", 2));
    assertThat(cids(near, "nodes", "cid")).containsExactlyElementsOf(chain.subList(0, 3));
    assertThat(near.get("more")).contains(Item.TRUE);
    Item.Table few =
        graph(table().put("cid", chain.getLast()).put("direction", "up").put("limit", 2));
    assertThat(cids(few, "nodes", "cid")).containsExactly(chain.getLast(), chain.get(4));
    assertThat(few.get("more")).contains(Item.TRUE);
    for (Item.TableBuilder wrong :
        List.of(
            table().put("cid", at).put("direction", "sideways"),
            table().put("cid", at).put("direction", "up").put("depth", 0),
            table().put("cid", at).put("direction", "up").put("depth", 65),
            table().put("cid", at).put("direction", "up").put("limit", 0),
            table().put("cid", at).put("direction", "up").put("limit", 10_001))) {
      is(Reason.INVALID, "content.graph", wrong);
    }
  }

  private static Item.Table graph(Item.TableBuilder params) {
    return olga.gets("content.graph", params);
  }

  private static List<Cid> cids(Item.Table table, String list, String name) {
    return ((Item.Array) table.get(list).orElseThrow())
        .items().stream().map(it -> link((Item.Table) it, name)).toList();
  }

  @Test
  void refsMoveFromWhereTheyAreAndTellHowTheyCameThere() {
    Cid one = olga.puts("one");
    Cid two = olga.puts("two");
    is(Reason.ABSENT, "ref.get", table().put("name", "a/b"));
    is(Reason.ABSENT, "ref.log", table().put("name", "a/b"));
    Reply early =
        olga.asks("ref.propose", table().put("name", "a/b").put("base", one).put("head", two));
    assertThat(reason(early)).isEqualTo(Reason.CONFLICT);
    assertThat(((Payload.NotPromised) early.payload()).more().get("head")).isEmpty();
    Item.Table first = olga.gets("ref.propose", table().put("name", "a/b").put("head", one));
    assertThat(first.get("ref")).contains(Item.of(house.ref("a/b")));
    // Again, and again with another base: nothing changes.
    olga.gets("ref.propose", table().put("name", "a/b").put("head", one));
    olga.gets("ref.propose", table().put("name", "a/b").put("head", one).put("base", two));
    Reply late =
        olga.asks("ref.propose", table().put("name", "a/b").put("base", two).put("head", two));
    assertThat(reason(late)).isEqualTo(Reason.CONFLICT);
    assertThat(((Payload.NotPromised) late.payload()).more().get("head")).contains(Item.of(one));
    olga.gets("ref.propose", table().put("name", "a/b").put("base", one).put("head", two));
    is(
        Reason.ABSENT,
        "ref.propose",
        table().put("name", "a/b").put("base", two).put("head", UNKNOWN));
    Item.Array log =
        (Item.Array) olga.gets("ref.log", table().put("name", "a/b")).get("entries").orElseThrow();
    assertThat(log.items()).hasSize(2);
    assertThat(((Item.Table) log.items().getFirst()).get("base")).contains(Item.of(one));
    assertThat(((Item.Table) log.items().getLast()).get("base")).isEmpty();
    assertThat(((Item.Table) log.items().getLast()).get("by"))
        .contains(Item.of(olga.did().toString()));
    Item.Table newest = olga.gets("ref.log", table().put("name", "a/b").put("limit", 1));
    assertThat(newest.get("entries")).contains(Item.array(log.items().getFirst()));
    Item next = newest.get("next").orElseThrow();
    Item.Table oldest = olga.gets("ref.log", table().put("name", "a/b").put("after", next));
    assertThat(oldest.get("entries")).contains(Item.array(log.items().getLast()));
    assertThat(oldest.get("next")).isEmpty();
    assertThat(olga.gets("ref.log", table().put("name", "a/b").put("after", 0)).get("entries"))
        .contains(Item.array());
    is(Reason.INVALID, "ref.log", table().put("name", "a/b").put("after", -1));
    assertThat(olga.gets("ref.get", table().put("name", "a/b")).get("function")).isEmpty();
    for (String name :
        List.of("", "A", "a//b", "/a", "a/", "a/log", "..", "x".repeat(201), UNKNOWN.toString())) {
      is(Reason.INVALID, "ref.get", table().put("name", name));
      is(Reason.INVALID, "ref.propose", table().put("name", name).put("head", one));
      is(Reason.INVALID, "ref.log", table().put("name", name));
    }
  }

  @Test
  void refsAreListedByNamePageByPage() {
    Cid head = olga.puts("head");
    for (String name : List.of("list/c", "list/a", "list/b", "listing")) {
      olga.names(name, head);
    }
    Item.Table page = olga.gets("ref.list", table().put("prefix", "list/").put("limit", 2));
    assertThat(names(page)).containsExactly("list/a", "list/b");
    assertThat(page.get("next")).contains(Item.of("list/b"));
    Item.Table rest =
        olga.gets(
            "ref.list", table().put("prefix", "list/").put("limit", 2).put("after", "list/b"));
    assertThat(names(rest)).containsExactly("list/c");
    assertThat(rest.get("next")).isEmpty();
    assertThat(names(olga.gets("ref.list", table().put("prefix", "none")))).isEmpty();
    is(Reason.INVALID, "ref.list", table().put("limit", 0));
    is(Reason.INVALID, "ref.list", table().put("limit", 1001));
    is(Reason.INVALID, "ref.list", table().put("prefix", "x".repeat(201)));
    is(Reason.INVALID, "ref.list", table().put("after", "x".repeat(201)));
  }

  private static List<String> names(Item.Table page) {
    return ((Item.Array) page.get("refs").orElseThrow())
        .items().stream()
            .map(it -> ((Item.Text) ((Item.Table) it).get("name").orElseThrow()).value())
            .toList();
  }

  @Test
  void explainRefusesWhatACallWouldAndTakesOneThingAtATime() {
    is(Reason.ABSENT, "call.explain", table().put("function", UNKNOWN));
    is(Reason.ABSENT, "call.explain", table().put("function", "no/such/name"));
    is(Reason.ABSENT, "call.explain", table().put("receipt", UNKNOWN));
    is(Reason.INVALID, "call.explain", table().put("function", "NO NAME"));
    is(Reason.INVALID, "call.explain", table().put("receipt", olga.puts("no receipt")));
    is(
        Reason.INVALID,
        "call.explain",
        table().put("function", shout).put("params", table().put("x", 1).build()));
    is(Reason.INVALID, "call.explain", table().put("function", shout).put("receipt", UNKNOWN));
    is(
        Reason.UNSUPPORTED,
        "call.explain",
        table().put("function", shout).put("terms", table().put("hops", 1).build()));
    is(
        Reason.INVALID,
        "call.explain",
        table().put("function", shout).put("terms", table().put("nonsense", true).build()));
    olga.names("explained", shout);
    Item.Table account = olga.gets("call.explain", table().put("function", "explained"));
    assertThat(account.get("function")).contains(Item.of(shout));
    assertThat(account.get("pure")).contains(Item.TRUE);
    assertThat(account.get("targets")).isPresent();
  }

  @Test
  void aCallIsAwaitedCancelledWatchedByItsNameAfterItHasEnded() throws Exception {
    Call call = olga.prepare(shout, Item.EMPTY, input("awaited"), Terms.NONE);
    Reply reply = olga.send(call);
    Item.Table awaited =
        olga.gets("call.await", table().put("call", call.cid()).put("within", 1000));
    assertThat(awaited.get("message")).isPresent();
    assertThat(olga.gets("call.await", table().put("call", call.cid()))).isEqualTo(awaited);
    assertThat(olga.gets("call.cancel", table().put("call", call.cid())).get("state"))
        .contains(Item.of("ended"));
    Follow.EventStream events = watch(call);
    assertThat(((Follow.Next.Came) events.next(Duration.ofMinutes(2))).event())
        .satisfies(event -> {
          assertThat(event.kind()).isEqualTo("ended");
          assertThat(event.detail().get("receipt")).contains(Item.of(receipt(reply).cid()));
        });
    assertThat(events.next(Duration.ofMinutes(2))).isInstanceOf(Follow.Next.Over.class);
    for (String name : List.of("call.await", "call.cancel", "call.watch")) {
      is(Reason.ABSENT, name, table().put("call", UNKNOWN));
    }
    is(Reason.INVALID, "call.await", table().put("call", call.cid()).put("within", 3_600_001));
    is(Reason.INVALID, "call.await", table().put("call", call.cid()).put("within", -1));
  }

  private static Follow.EventStream watch(Call call) {
    return ((Follow.Events) olga.asks("call.watch", table().put("call", call.cid())).follow())
        .stream();
  }

  @Test
  void callsAreListedNewestFirstPageByPage() {
    List<Cid> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Call call = olga.prepare(shout, Item.EMPTY, input("listed " + i), Terms.NONE);
      assertThat(how(olga.send(call))).isNotNull();
      made.addFirst(call.cid());
    }
    Item.Table page = olga.gets("call.list", table().put("limit", 3));
    assertThat(cids(page, "calls", "call")).containsExactlyElementsOf(made.subList(0, 3));
    Item.Table next =
        olga.gets("call.list", table().put("limit", 2).put("after", link(page, "next")));
    assertThat(cids(next, "calls", "call")).containsExactlyElementsOf(made.subList(3, 5));
    is(Reason.INVALID, "call.list", table().put("limit", 0));
    is(Reason.INVALID, "call.list", table().put("limit", 1001));
    is(Reason.INVALID, "call.list", table().put("after", UNKNOWN));
  }

  @Test
  void eventsAreToldInOrderAndFromWhereOneLeftOff() throws Exception {
    olga.puts("an event");
    Reply reply = olga.asks("agent.events", table());
    long last = ((Item.Int) kept(reply).get("last").orElseThrow()).value();
    List<Event> all = drain(reply);
    assertThat(all).extracting(Event::offset).isSorted().doesNotHaveDuplicates();
    assertThat(all.getLast().offset()).isEqualTo(last);
    assertThat(all).extracting(Event::kind).contains("started", "put", "seen");
    Event middle = all.get(all.size() / 2);
    List<Event> rest = drain(olga.asks("agent.events", table().put("after", middle.offset())));
    assertThat(rest.getFirst().offset()).isEqualTo(all.get(all.size() / 2 + 1).offset());
    // Whatever number somebody asks from: an event, or none.
    Set<Long> offsets = all.stream().map(Event::offset).collect(Collectors.toSet());
    for (long after = 1; after < Math.min(last + 5, 3000); after += 7) {
      Reply odd = olga.asks("agent.events", table().put("after", after));
      if (offsets.contains(after)) {
        assertThat(kept(odd)).isNotNull();
      } else {
        assertThat(reason(odd)).isEqualTo(Reason.INVALID);
      }
    }
    is(Reason.INVALID, "agent.events", table().put("after", Long.MAX_VALUE));
    is(
        Reason.INVALID,
        "agent.events",
        table().put("after", Files.size(home.resolve("journal/00000000000000000000"))));
  }

  private static List<Event> drain(Reply reply) throws InterruptedException {
    List<Event> events = new ArrayList<>();
    try (Follow.EventStream stream = ((Follow.Events) reply.follow()).stream()) {
      while (stream.next(Duration.ofMinutes(2)) instanceof Follow.Next.Came(Event event)) {
        events.add(event);
      }
    }
    return events;
  }

  @Test
  void whoFollowsEventsIsToldOfWhatComesAndOfTheEnd(@TempDir Path other) throws Exception {
    Follow.EventStream stream;
    try (Household there = new Household(other)) {
      Person owner = there.owner();
      Reply before = owner.asks("agent.events", table());
      long last = ((Item.Int) kept(before).get("last").orElseThrow()).value();
      Reply following = owner.asks("agent.events", table().put("after", last).put("follow", true));
      stream = ((Follow.Events) following.follow()).stream();
      Cid put = owner.puts("news");
      Event event;
      do {
        event = ((Follow.Next.Came) stream.next(Duration.ofMinutes(2))).event();
      } while (!event.kind().equals("put"));
      assertThat(event.detail().get("cid")).contains(Item.of(put));
    }
    // The agent has ended: what it wrote last may be told, and then that there is no more.
    Follow.Next next;
    do {
      next = stream.next(Duration.ofMinutes(2));
    } while (next instanceof Follow.Next.Came);
    assertThat(next).isInstanceOf(Follow.Next.Over.class);
  }

  @Test
  void statusTellsHowTheAgentIs() {
    Item.Table status = olga.gets("agent.status", table());
    assertThat(status.get("node")).contains(Item.of(house.kernel().node().did()));
    assertThat(status.get("ready")).contains(Item.TRUE);
    assertThat(status.get("home")).contains(Item.of(home.toString()));
    for (String key : List.of("version", "started", "targets", "content", "journal", "calls")) {
      assertThat(status.get(key)).as(key).isPresent();
    }
  }

  @Test
  void whateverComesInIsAnswered() throws Exception {
    List<byte[]> odd = new ArrayList<>();
    odd.add(new byte[0]);
    odd.add(new byte[] {(byte) 0xff});
    odd.add("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    // The shapes of PromiseGrid's own examples.
    String empty = "01551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    odd.add(hex("da6772696481d82a582500" + empty));
    odd.add(hex("da6772696483d82a582500" + empty + "41a044deadbeef"));
    odd.add(hex("da6772696484d82a582500" + empty + "81d82a582500" + empty + "41a044deadbeef"));
    odd.add(
        hex(
            "da6772696484d82a582500"
                + empty
                + "8182667061"
                + "72656e74d82a582500"
                + empty
                + "8080"));
    for (String name : List.of("receipt", "answer", "event", "tree", "ref", "agent.status")) {
      odd.add(Message.of(Protocols.cid(name)).bytes());
      odd.add(Message.of(Protocols.cid(name), Item.EMPTY).bytes());
      odd.add(
          Message.of(Protocols.cid(name), Item.array(Item.EMPTY, Item.NULL, Item.EMPTY)).bytes());
    }
    byte[] good =
        olga.prepare(function("agent.status"), Item.EMPTY, Input.none(), Terms.NONE)
            .message()
            .bytes();
    for (int i = 0; i < good.length; i += 3) {
      odd.add(java.util.Arrays.copyOf(good, i));
      byte[] flipped = good.clone();
      flipped[i] ^= 0x15;
      odd.add(flipped);
    }
    for (byte[] bytes : odd) {
      Reply reply = house.kernel().handle(bytes, Optional.empty(), "test");
      assertThat(reply.call()).isEqualTo(Cid.of(bytes));
      assertThat(reply.payload())
          .as(HexFormat.of().formatHex(bytes))
          .isInstanceOfSatisfying(
              Payload.NotPromised.class,
              it ->
                  assertThat(it.reason())
                      .isIn(Reason.MALFORMED, Reason.UNAUTHORIZED, Reason.ABSENT, Reason.INVALID));
      assertThat(house.kernel().sign(reply)).isNotEmpty();
    }
    assertThat(kept(olga.asks("agent.status", table()))).isNotNull();
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  @Test
  void hugeAndDeepParametersAreRefusedAndNotGuessed() {
    Item deep = Item.of(1);
    for (int i = 0; i < 30; i++) {
      deep = Item.array(deep);
    }
    Person alice = olga.grants(stranger(), it -> it.may(shout));
    assertThat(
            reason(alice.asks(shout, table().put("width", deep).build(), Input.none(), Terms.NONE)))
        .isEqualTo(Reason.INVALID);
    assertThat(
            reason(
                alice.asks(
                    shout,
                    table().put("width", "1".repeat(1 << 20)).build(),
                    Input.none(),
                    Terms.NONE)))
        .isEqualTo(Reason.INVALID);
    Item.TableBuilder many = table();
    for (int i = 0; i < 20_000; i++) {
      many.put("parameter" + i, i);
    }
    assertThat(reason(alice.asks(shout, many.build(), Input.none(), Terms.NONE)))
        .isEqualTo(Reason.INVALID);
    is(Reason.INVALID, "ref.get", table().put("name", "x".repeat(1 << 20)));
  }

  @Test
  void aMessageWithManyLinksThatItsPutterCannotReadIsKeptAndGivesNothing() {
    List<Item> links = new ArrayList<>();
    for (int i = 0; i < 40_000; i++) {
      links.add(Item.of(Cid.of(new byte[] {(byte) i, (byte) (i >> 8), 9})));
    }
    Person mallory = olga.grants(stranger(), it -> it.may(function("content.put")));
    Cid cid = mallory.puts(Message.of(UNKNOWN, Item.array(links)).bytes());
    assertThat(mallory.reads(cid)).isNotEmpty();
  }

  @Test
  void nothingReachesAFunctionButThroughTheKernel() throws Exception {
    Map<String, Set<String>> callers = new TreeMap<>();
    Path classes =
        Path.of(Kernel.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(it -> it.toString().endsWith(".class")).toList()) {
        ClassModel model = ClassFile.of().parse(file);
        String name = model.thisClass().asInternalName();
        model.methods().stream()
            .flatMap(method -> method.code().stream())
            .flatMap(code -> code.elementStream())
            .forEach(element -> {
              if (element instanceof InvokeInstruction call) {
                String called =
                    call.owner().asInternalName().replaceAll(".*/", "")
                        + "."
                        + call.name().stringValue();
                callers
                    .computeIfAbsent(called, _ -> new TreeSet<>())
                    .add(name.replaceAll(".*/", ""));
              }
            });
      }
    }
    assertThat(callers.get(Syscall.class.getSimpleName() + ".run")).containsExactly("Kernel");
    assertThat(callers.get("UserCalls.answer")).containsExactly("Kernel");
    assertThat(callers.get("Gate.admit")).containsExactly("Kernel");
    assertThat(callers.get("Gate.identify")).containsExactly("Kernel");
    assertThat(callers.get("UserCalls.syscalls")).containsExactly("Parts");
  }
}
