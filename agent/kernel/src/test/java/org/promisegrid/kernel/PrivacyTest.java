package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.SHOUT;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.how;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.link;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.revoked;
import static org.promisegrid.kernel.Household.stranger;
import static org.promisegrid.kernel.Household.text;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.Program;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.content.Tree;
import org.promisegrid.kernel.message.Answer.How;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;

/// Who may read what: Bob keeps a letter to himself; Mallory, who may do all that he may and knows
/// the letter's name, tries to read it.
@Timeout(600)
class PrivacyTest {

  private static final String LETTER = "Dear Carol, the key is under the mat.";
  private static final Cid UNKNOWN = Cid.of(new byte[] {1, 2, 3});

  @TempDir Path home;
  private Household house;
  private Person olga;
  private Person bob;
  private Person mallory;
  private Cid shout;
  private Cid letter;
  private final AtomicInteger runs = new AtomicInteger();

  @BeforeEach
  void open() {
    house = new Household(home);
    olga = house.owner();
    shout =
        olga.defines(
            counted(SHOUT),
            it ->
                it.with("about", Item.table().put("type", "link").put("default", Item.NULL))
                    .with(
                        "also",
                        Item.table()
                            .put("type", "array")
                            .put("items", Item.table().put("type", "link").build())
                            .put("default", Item.NULL)));
    bob = resident();
    mallory = resident();
    letter = bob.puts(LETTER);
  }

  private Person resident() {
    return olga.grants(
        stranger(),
        it ->
            it.may(
                shout,
                function("content.put"),
                function("content.get"),
                function("content.has"),
                function("content.tree"),
                function("content.graph"),
                function("call.explain"),
                function("call.list"),
                function("ref.propose"),
                function("ref.get")));
  }

  @AfterEach
  void close() {
    house.close();
  }

  private Program counted(Program program) {
    return it -> {
      runs.incrementAndGet();
      return program.run(it);
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Item.TableBuilder cid(Cid cid) {
    return Item.table().put("cid", cid);
  }

  private void isAbsent(Person who, Cid cid) {
    for (String name : List.of("content.get", "content.has", "content.tree")) {
      assertThat(who.asks(name, cid(cid)).payload())
          .as(name)
          .isEqualTo(who.asks(name, cid(UNKNOWN)).payload());
      assertThat(reason(who.asks(name, cid(cid)))).isEqualTo(Reason.ABSENT);
    }
    for (String direction : List.of("up", "down")) {
      assertThat(reason(who.asks("content.graph", cid(cid).put("direction", direction))))
          .isEqualTo(Reason.ABSENT);
    }
  }

  private static Cid tree(Person who, Map<String, Tree.Entry> entries) {
    return who.puts(new Tree(new TreeMap<>(entries)).message().bytes());
  }

  private static Cid message(Person who, Item... items) {
    return who.puts(Message.of(UNKNOWN, items).bytes());
  }

  @Test
  void whatSomebodyElsePutReadsLikeWhatIsNotThere() {
    isAbsent(mallory, letter);
    assertThat(bob.reads(letter)).isEqualTo(bytes(LETTER));
    assertThat(olga.reads(letter)).isEqualTo(bytes(LETTER));
    // Whoever has the bytes may have them back.
    mallory.puts(LETTER);
    assertThat(mallory.reads(letter)).isEqualTo(bytes(LETTER));
  }

  @Test
  void anotherSumOfItTellsNoMore() {
    String sum =
        "sha2-512:"
            + java.util.HexFormat.of()
                .formatHex(Household.digest("SHA-512", bytes("a public thing")));
    Reply put =
        bob.asks(
            function("content.put"),
            Item.table().put("expect", Item.array(Item.of(sum))).build(),
            input("a public thing"),
            Terms.NONE);
    assertThat(link(bob.gets("content.has", Item.table().put("cid", sum)), "cid"))
        .isEqualTo(link(Household.kept(put), "cid"));
    assertThat(mallory.asks("content.has", Item.table().put("cid", sum)).payload())
        .isEqualTo(mallory.asks("content.has", cid(UNKNOWN)).payload());
    assertThat(bob.asks("content.has", Item.table().put("cid", sum.replace(':', 'x'))).payload())
        .isInstanceOfSatisfying(
            Payload.NotPromised.class, it -> assertThat(it.reason()).isEqualTo(Reason.INVALID));
  }

  @Test
  void namingItAnywhereInACallIsReadingIt() {
    Item.Table about = Item.table().put("about", letter).build();
    Item.Table also = Item.table().put("also", Item.array(Item.of(letter))).build();
    Item.Table asText = Item.table().put("about", letter.toString()).build();
    Item.Table alsoAsText = Item.table().put("also", "[{\"/\":\"" + letter + "\"}]").build();
    for (Item.Table params : List.of(about, also, asText, alsoAsText)) {
      assertThat(reason(mallory.asks(shout, params, Input.none(), Terms.NONE)))
          .as(params.toString())
          .isEqualTo(Reason.ABSENT);
      assertThat(
              reason(
                  mallory.asks(
                      "call.explain", Item.table().put("function", shout).put("params", params))))
          .isEqualTo(Reason.ABSENT);
      assertThat(receipt(bob.asks(shout, params, Input.none(), Terms.NONE))).isNotNull();
    }
    int ran = runs.get();
    assertThat(reason(mallory.asks(shout, Item.EMPTY, new Input.Content(letter), Terms.NONE)))
        .isEqualTo(Reason.ABSENT);
    assertThat(
            reason(
                mallory.asks(
                    "call.explain", Item.table().put("function", shout).put("input", letter))))
        .isEqualTo(Reason.ABSENT);
    // Nor is it told whether it was there when asked about in other words.
    assertThat(mallory.asks(shout, about, Input.none(), Terms.NONE).payload())
        .isEqualTo(
            mallory
                .asks(shout, Item.table().put("about", UNKNOWN).build(), Input.none(), Terms.NONE)
                .payload());
    assertThat(runs).hasValue(ran);
  }

  @Test
  void aResultIsRememberedForThoseWhoMayReadItsInput() {
    Reply first = bob.asks(shout, Item.EMPTY, new Input.Content(letter), Terms.NONE);
    assertThat(text(first)).startsWith("DEAR CAROL");
    Terms only = Terms.builder().cache(Terms.Cache.ONLY).build();
    for (Terms terms : List.of(Terms.NONE, only)) {
      assertThat(reason(mallory.asks(shout, Item.EMPTY, new Input.Content(letter), terms)))
          .isEqualTo(Reason.ABSENT);
    }
    isAbsent(mallory, receipt(first).body().result().orElseThrow().cid());
    // Whoever has the input's bytes is answered from the cache, and may read what it was answered.
    Reply again = mallory.asks(shout, Item.EMPTY, input(LETTER), Terms.NONE);
    assertThat(how(again)).isEqualTo(How.CACHE);
    assertThat(mallory.reads(receipt(again).body().result().orElseThrow().cid()))
        .isEqualTo(bytes(text(first)));
    assertThat(runs).hasValue(1);
  }

  @Test
  void theResultAndTheReceiptAreForThoseWhoWereAnswered() {
    Reply reply = bob.asks(shout, Item.EMPTY, input("for me"), nonce());
    Receipt receipt = receipt(reply);
    Cid result = receipt.body().result().orElseThrow().cid();
    Cid explain = receipt.body().explain().orElseThrow();
    for (Cid each : List.of(result, receipt.cid(), explain)) {
      assertThat(bob.reads(each)).isNotEmpty();
      assertThat(olga.reads(each)).isNotEmpty();
      isAbsent(mallory, each);
    }
    assertThat(bob.gets("call.explain", Item.table().put("receipt", receipt.cid()))).isNotNull();
    assertThat(mallory.asks("call.explain", Item.table().put("receipt", receipt.cid())).payload())
        .isEqualTo(mallory.asks("call.explain", Item.table().put("receipt", UNKNOWN)).payload());
    house.restart();
    assertThat(bob.reads(result)).isNotEmpty();
    isAbsent(mallory, result);
  }

  @Test
  void whoJoinedARunMayReadWhatItGaveToo() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    Cid slow =
        olga.defines(
            counted(it -> {
              open.await();
              return SHOUT.run(it);
            }),
            it -> it);
    Person alice = olga.grants(stranger(), it -> it.may(slow));
    Person carol = olga.grants(stranger(), it -> it.may(slow));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Call one = alice.prepare(slow, Item.EMPTY, input("x"), Terms.NONE);
      Call two = carol.prepare(slow, Item.EMPTY, input("x"), Terms.NONE);
      Future<Reply> first = threads.submit(() -> alice.send(one));
      while (runs.get() == 0) {
        Thread.onSpinWait();
      }
      Future<Reply> second = threads.submit(() -> carol.send(two));
      // Each sees their own call and nobody else's.
      while (reasonOrNull(carol.asks("call.await", Item.table().put("call", two.cid())))
          == Reason.ABSENT) {
        Thread.onSpinWait();
      }
      for (String name : List.of("call.await", "call.cancel", "call.watch")) {
        assertThat(reason(carol.asks(name, Item.table().put("call", one.cid()))))
            .as(name)
            .isEqualTo(Reason.ABSENT);
      }
      open.countDown();
      Cid result = receipt(second.get()).body().result().orElseThrow().cid();
      assertThat(how(first.get())).isEqualTo(How.RUN);
      assertThat(how(second.get())).isEqualTo(How.JOINED);
      assertThat(alice.reads(result)).isEqualTo(carol.reads(result));
      assertThat(carol.reads(receipt(second.get()).cid())).isNotEmpty();
      isAbsent(mallory, result);
    }
  }

  private static @org.jspecify.annotations.Nullable Reason reasonOrNull(Reply reply) {
    return reply.payload() instanceof Payload.NotPromised it ? it.reason() : null;
  }

  @Test
  void aTreeThatMalloryMakesOpensNoFileAndNoDirectoryOfBobs() {
    Cid directory = tree(bob, Map.of("letter", new Tree.File(letter, LETTER.length(), false)));
    Cid bait =
        tree(
            mallory,
            Map.of(
                "letter", new Tree.File(letter, LETTER.length(), false),
                "desk", new Tree.Directory(directory, LETTER.length())));
    assertThat(mallory.gets("content.tree", cid(bait)).get("entries")).isPresent();
    for (String path : List.of("desk", "desk/letter", "desk/none")) {
      assertThat(reason(mallory.asks("content.tree", cid(bait).put("path", path))))
          .as(path)
          .isEqualTo(Reason.ABSENT);
    }
    isAbsent(mallory, letter);
    isAbsent(mallory, directory);
    // She knows how the directory is written, too: it is hers then, and what is in it isn't.
    tree(mallory, Map.of("letter", new Tree.File(letter, LETTER.length(), false)));
    assertThat(mallory.gets("content.tree", cid(directory))).isNotNull();
    isAbsent(mallory, letter);
  }

  @Test
  void aMessageThatMalloryMakesLeadsNowhereNotEvenForOlgasGuests() {
    Cid bait = message(mallory, Item.of(letter));
    isAbsent(mallory, letter);
    Person guest = olga.grants(stranger(), it -> it.may(function("content.get"), bait));
    assertThat(guest.reads(bait)).isNotEmpty();
    assertThat(reason(guest.asks("content.get", cid(letter)))).isEqualTo(Reason.ABSENT);
    // The same from Bob, who could read it, is another matter.
    Cid honest = message(bob, Item.of(letter), Item.of("with regards"));
    Person friend = olga.grants(stranger(), it -> it.may(function("content.get"), honest));
    assertThat(friend.reads(letter)).isEqualTo(bytes(LETTER));
  }

  @Test
  void aFunctionThatMalloryWritesLeadsNowhereEither() {
    Cid writes =
        olga.defines(
            it -> {
              it.out().write(Message.of(UNKNOWN, Item.of(letter)).bytes());
              return 0;
            },
            it -> it);
    Person author =
        olga.grants(mallory.key.orElseThrow(), it -> it.may(writes, function("content.get")));
    Cid result =
        receipt(author.asks(writes, Item.EMPTY, Input.none(), Terms.NONE))
            .body()
            .result()
            .orElseThrow()
            .cid();
    assertThat(author.reads(result)).isNotEmpty();
    Person guest = olga.grants(stranger(), it -> it.may(function("content.get"), result));
    assertThat(guest.reads(result)).isNotEmpty();
    assertThat(reason(guest.asks("content.get", cid(letter)))).isEqualTo(Reason.ABSENT);
  }

  @Test
  void aTokenOfOnesOwnMakingNamesNothingThatOneCannotRead() {
    SigningKey second = stranger();
    for (Cid wanted : List.of(letter, message(bob, Item.of(letter)))) {
      Person alias =
          mallory.grants(
              second,
              it ->
                  it.may(shout, function("content.get"), function("content.has"), wanted)
                      .bind("about", Item.of(wanted)));
      assertThat(reason(alias.asks(shout, Item.EMPTY, Input.none(), Terms.NONE)))
          .isEqualTo(Reason.ABSENT);
      for (Cid cid : List.of(wanted, letter)) {
        assertThat(
                reason(
                    alias.asks("content.get", Item.table().put("cid", cid).put("about", wanted))))
            .isEqualTo(Reason.INVALID); // a bound parameter that content.get doesn't have
      }
      Person plain = mallory.grants(second, it -> it.may(function("content.get"), wanted));
      assertThat(reason(plain.asks("content.get", cid(wanted)))).isEqualTo(Reason.ABSENT);
      assertThat(reason(plain.asks("content.get", cid(letter)))).isEqualTo(Reason.ABSENT);
      Person deeper = plain.grants(stranger(), it -> it.may(function("content.get"), wanted));
      assertThat(reason(deeper.asks("content.get", cid(letter)))).isEqualTo(Reason.ABSENT);
      Person implied =
          mallory.grants(stranger(), it -> it.may(shout).bind("about", Item.of(wanted)));
      assertThat(reason(implied.asks("content.get", cid(letter)))).isEqualTo(Reason.ABSENT);
    }
    assertThat(runs).hasValue(0);
  }

  @Test
  void nobodyComesToReadWhatIsBehindADirectoryByHandingItToThemselves() {
    // Mallory knows how Bob's directory is written, and not what is in it.
    Cid directory = tree(bob, Map.of("letter", new Tree.File(letter, LETTER.length(), false)));
    tree(mallory, Map.of("letter", new Tree.File(letter, LETTER.length(), false)));
    Person alias =
        mallory.grants(stranger(), it -> it.may(shout).bind("about", Item.of(directory)));
    assertThat(receipt(shoutsOf(alias, directory))).isNotNull();
    assertThat(reason(shoutsOf(alias, letter))).isEqualTo(Reason.ABSENT);
    Person further = alias.grants(stranger(), it -> it.may(shout));
    assertThat(receipt(shoutsOf(further, directory))).isNotNull();
    assertThat(reason(shoutsOf(further, letter))).isEqualTo(Reason.ABSENT);
    // What Bob hands on is read to its depth, by whoever it is handed on to, until it is taken
    // back.
    Person carol = bob.grants(stranger(), it -> it.may(shout).bind("about", Item.of(directory)));
    Person dave = carol.grants(stranger(), it -> it.may(shout));
    assertThat(text(shoutsOf(carol, letter))).startsWith("DEAR CAROL");
    assertThat(text(shoutsOf(dave, letter))).startsWith("DEAR CAROL");
    // That is for the function that they may call, and not for reading with which they may not.
    assertThat(reason(carol.asks("content.get", cid(directory)))).isEqualTo(Reason.ABSENT);
    bob.gets("token.revoke", Item.table().put("token", carol.token()));
    assertThat(revoked(shoutsOf(dave, letter))).isEqualTo(carol.token());
  }

  private Reply shoutsOf(Person who, Cid input) {
    return who.asks(shout, Item.EMPTY, new Input.Content(input), Terms.NONE);
  }

  @Test
  void whoPassesOnLessPassesOnLessToRead() {
    Cid other = olga.defines(SHOUT, it -> it.keeps(0, 1));
    Cid binding = olga.binds(other, Terms.builder().price(5_000_000).build());
    olga.names("other", binding);
    Cid ref = house.ref("other");
    Person alice = olga.grants(stranger(), it -> it.may(shout, ref, function("content.get")));
    Person carol = alice.grants(stranger(), it -> it.may(shout, function("content.get")));
    for (Cid each : List.of(binding, other)) {
      assertThat(alice.reads(each)).isNotEmpty();
      assertThat(reason(carol.asks("content.get", cid(each)))).isEqualTo(Reason.ABSENT);
    }
    assertThat(carol.reads(shout)).isNotEmpty();
    // Nor can she hand on what was left out for her.
    Person dave =
        carol.grants(
            stranger(), it -> it.may(shout, function("content.get")).bind("cid", Item.of(other)));
    assertThat(reason(dave.asks("content.get", Item.table()))).isEqualTo(Reason.ABSENT);
  }

  @Test
  void theGraphShowsEachTheirOwn() {
    Cid shared = bob.puts("known to both");
    mallory.puts("known to both");
    Cid bobs = message(bob, Item.of(shared), Item.of(letter));
    Cid mallorys = message(mallory, Item.of(shared));
    assertThat(nodes(mallory, shared, "up")).containsExactlyInAnyOrder(shared, mallorys);
    assertThat(nodes(bob, shared, "up")).containsExactlyInAnyOrder(shared, bobs);
    assertThat(nodes(olga, shared, "up")).containsExactlyInAnyOrder(shared, bobs, mallorys);
    assertThat(nodes(bob, bobs, "down")).containsExactlyInAnyOrder(bobs, shared, letter);
    // A call stands in the graph for who made it, its receipt below it.
    Call call = bob.prepare(shout, Item.EMPTY, new Input.Content(letter), Terms.NONE);
    Receipt receipt = receipt(bob.send(call));
    assertThat(nodes(bob, call.cid(), "down")).contains(call.cid(), receipt.cid(), letter);
    assertThat(nodes(bob, letter, "up")).contains(call.cid(), receipt.cid());
    assertThat(reason(mallory.asks("content.graph", cid(call.cid()).put("direction", "down"))))
        .isEqualTo(Reason.ABSENT);
    mallory.puts(LETTER);
    assertThat(nodes(mallory, letter, "up")).containsExactly(letter);
  }

  private static List<Cid> nodes(Person who, Cid from, String direction) {
    List<Cid> nodes = new ArrayList<>();
    ((Item.Array)
            who.gets("content.graph", cid(from).put("direction", direction))
                .get("nodes")
                .orElseThrow())
        .items()
        .forEach(node -> nodes.add(link((Item.Table) node, "cid")));
    return nodes;
  }

  @Test
  void aRefIsNotMovedToWhatItsMoverCannotRead() {
    assertThat(
            reason(
                mallory.asks("ref.propose", Item.table().put("name", "mine").put("head", letter))))
        .isEqualTo(Reason.ABSENT);
    Cid secret = olga.defines(SHOUT, it -> it.keeps(0, 2));
    Cid binding = mallory.binds(secret, Terms.NONE);
    assertThat(
            reason(
                mallory.asks("ref.propose", Item.table().put("name", "mine").put("head", binding))))
        .isEqualTo(Reason.ABSENT);
    bob.names("bobs", letter);
    // Who may ask for a ref is answered with its head.
    assertThat(link(mallory.gets("ref.get", Item.table().put("name", "bobs")), "head"))
        .isEqualTo(letter);
    assertThat(mallory.reads(letter)).isEqualTo(bytes(LETTER));
  }

  @Test
  void theListOfCallsShowsEachTheirOwnAndTheOwnerAllAlsoWhileTheyRun() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    Cid slow =
        olga.defines(
            counted(it -> {
              open.await();
              return 0;
            }),
            it -> it.impure());
    Person alice = olga.grants(stranger(), it -> it.may(slow, function("call.list")));
    Call call = alice.prepare(slow, Item.EMPTY, Input.none(), nonce());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Reply> reply = threads.submit(() -> alice.send(call));
      while (runs.get() == 0) {
        Thread.onSpinWait();
      }
      for (Person each : List.of(alice, olga)) {
        assertThat(calls(each))
            .singleElement()
            .satisfies(line -> {
              assertThat(line.get("call")).contains(Item.of(call.cid()));
              assertThat(line.get("state")).contains(Item.of("running"));
              assertThat(line.get("by")).contains(Item.of(alice.did().toString()));
            });
      }
      assertThat(calls(mallory)).isEmpty();
      open.countDown();
      assertThat(receipt(reply.get())).isNotNull();
    }
    for (Person each : List.of(alice, olga)) {
      assertThat(calls(each))
          .singleElement()
          .satisfies(line -> assertThat(line.get("state")).contains(Item.of("ended")));
    }
    assertThat(calls(mallory)).isEmpty();
  }

  private static List<Item.Table> calls(Person who) {
    return ((Item.Array) who.gets("call.list", Item.table()).get("calls").orElseThrow())
        .items().stream().map(Item.Table.class::cast).toList();
  }

  @Test
  void whatABearerPutsIsForThatTokenAlone() {
    Instant until = Instant.now().plusSeconds(3600);
    Person one = olga.bearer(until, it -> it.may(function("content.put")));
    Person two = olga.bearer(until, it -> it.may(function("content.put")));
    Cid note = one.puts("a note");
    assertThat(one.reads(note)).isEqualTo(bytes("a note"));
    assertThat(reason(two.asks("content.get", cid(note)))).isEqualTo(Reason.ABSENT);
  }

  @Test
  void someoneWhoHoldsARootThatIsNotUnattenuatedIsNoOwner() {
    Person steward = house.root(stranger(), it -> it.bind("about", Item.of(UNKNOWN)));
    Person alias = steward.grants(stranger(), it -> it.may(shout, letter));
    assertThat(reason(alias.asks("content.get", cid(letter)))).isEqualTo(Reason.ABSENT);
  }

  @Test
  void whatIsAskedForByAFormatsNameIsNotThere() {
    for (String format : List.of("receipt", "tree", "call", "grid", "token")) {
      assertThat(reason(olga.asks(Protocols.cid(format), Item.EMPTY, Input.none(), Terms.NONE)))
          .as(format)
          .isEqualTo(Reason.ABSENT);
    }
  }
}
