package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.SHOUT;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.kept;
import static org.promisegrid.kernel.Household.link;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.stranger;
import static org.promisegrid.kernel.Household.text;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.kernel.token.Condition;
import org.promisegrid.kernel.token.Grant;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.kernel.token.Use;
import org.promisegrid.sandbox.Cid;

/// What a token says is less stays less, by whatever way its holder tries; and those who try leave
/// little behind.
@Timeout(600)
class AttenuationTest {

  private static final Cid UNKNOWN = Cid.of(new byte[] {1, 2, 3});

  @TempDir Path home;
  private Household house;
  private Person olga;
  private Cid shout;
  private Cid secret;

  @BeforeEach
  void open() {
    house = new Household(home);
    olga = house.owner();
    shout = olga.defines(SHOUT, it -> it);
    secret = olga.puts("a secret");
  }

  @AfterEach
  void close() {
    house.close();
  }

  private Reply gets(Person who, Cid cid) {
    return who.asks("content.get", Item.table().put("cid", cid));
  }

  @Test
  void aReadForOneUseIsOneReadHoweverItsContentIsNamed() {
    Person alice =
        olga.grants(
            stranger(),
            it -> it.may(function("content.get")).bind("cid", Item.of(secret)).at(Use.calls(1)));
    Item.TableBuilder asText = Item.table().put("cid", secret.toString());
    assertThat(reason(alice.asks("content.get", asText))).isEqualTo(Reason.REFUSED);
    assertThat(kept(alice.asks("content.get", Item.table()))).isNotNull();
    assertThat(reason(gets(alice, secret))).isEqualTo(Reason.EXHAUSTED);
    assertThat(reason(alice.asks("content.get", asText))).isEqualTo(Reason.REFUSED);
  }

  @Test
  void conditionsOnReadingAreNotShakenOffByLeavingReadingOut() {
    Person alice =
        olga.grants(
            stranger(),
            it ->
                it.may(shout, function("content.get"))
                    .bind("cid", Item.of(secret))
                    .when(Condition.param("length", Condition.Op.LE, Item.of(1))));
    assertThat(reason(gets(alice, secret))).isEqualTo(Reason.REFUSED);
    Person alias = alice.grants(stranger(), it -> it.may(shout));
    assertThat(reason(gets(alias, secret))).isEqualTo(Reason.ABSENT);
    assertThat(reason(alias.asks("content.has", Item.table().put("cid", secret))))
        .isEqualTo(Reason.ABSENT);
  }

  @Test
  void whoMayCallAFunctionReadsWhatItGaveAndNotWhatItIsMadeOf() {
    Person alice = olga.grants(stranger(), it -> it.may(shout));
    Cid result = receipt(shouts(alice, "hi")).body().result().orElseThrow().cid();
    assertThat(alice.reads(result)).isNotEmpty();
    assertThat(reason(gets(alice, shout))).isEqualTo(Reason.ABSENT);
    Person bob = olga.grants(stranger(), it -> it.may(shout, function("content.get")));
    assertThat(bob.reads(shout)).isNotEmpty();
  }

  @Test
  void aRefThatWasLeftOutLeadsNowhere() {
    Cid other = olga.defines(SHOUT, it -> it.keeps(0, 3));
    olga.names("tools/shout", shout);
    Person alice =
        olga.grants(
            stranger(), it -> it.may(house.ref("tools/shout"), other, function("content.get")));
    Person bob = alice.grants(stranger(), it -> it.may(other, function("content.get")));
    assertThat(alice.reads(shout)).isNotEmpty();
    assertThat(bob.reads(other)).isNotEmpty();
    assertThat(reason(gets(bob, shout))).isEqualTo(Reason.ABSENT);
  }

  @Test
  void aRootForEveryFunctionThatIsNarrowedInAnyWayMakesNoOwner() {
    List<UnaryOperator<Grant>> narrowed =
        List.of(
            it -> it.at(Use.calls(100)),
            it -> it.when(Condition.term("price", Condition.Op.ABSENT, Item.NULL)),
            it -> it.bind("length", Item.of(3)));
    for (UnaryOperator<Grant> less : narrowed) {
      SigningKey key = stranger();
      Person steward = house.root(key, less);
      assertThat(reason(gets(steward, secret))).isEqualTo(Reason.ABSENT);
      Person alias =
          steward.grants(
              key, it -> it.may(function("content.get"), secret).bind("cid", Item.of(secret)));
      assertThat(reason(alias.asks("content.get", Item.table()))).isEqualTo(Reason.ABSENT);
    }
  }

  @Test
  void lookingAfterOnesCallsTakesNoUseUnlessTheTokenIsForThat() {
    Person alice = olga.grants(stranger(), it -> it.may(shout).at(Use.calls(1)));
    Call made = alice.prepare(shout, Item.EMPTY, input("hi"), Terms.NONE);
    Cid result = receipt(alice.send(made)).body().result().orElseThrow().cid();
    Person steward = house.root(stranger(), it -> it.at(Use.calls(1)));
    Cid own = steward.puts("their own");
    for (int i = 0; i < 3; i++) {
      assertThat(alice.reads(result)).isNotEmpty();
      assertThat(alice.gets("call.await", Item.table().put("call", made.cid()))).isNotNull();
      assertThat(steward.reads(own)).isNotEmpty();
    }
    assertThat(reason(shouts(alice, "ho"))).isEqualTo(Reason.EXHAUSTED);
    assertThat(puts(steward, new byte[1])).contains(Reason.EXHAUSTED);
    Person bob =
        olga.grants(stranger(), it -> it.may(shout, function("call.await")).at(Use.calls(2)));
    Call call = bob.prepare(shout, Item.EMPTY, input("hi"), Terms.NONE);
    assertThat(text(bob.send(call))).isNotEmpty();
    assertThat(bob.gets("call.await", Item.table().put("call", call.cid()))).isNotNull();
    assertThat(reason(bob.asks("call.await", Item.table().put("call", call.cid()))))
        .isEqualTo(Reason.EXHAUSTED);
  }

  @Test
  void puttingWhatSomebodyElseHasTellsNothingOfThat() {
    Person mallory = olga.grants(stranger(), it -> it.may(function("content.put")));
    assertThat(isNew(mallory, "a secret")).isTrue();
    assertThat(isNew(mallory, "a secret")).isFalse();
    assertThat(isNew(mallory, "another")).isTrue();
    assertThat(isNew(olga, "another")).isFalse();
    assertThat(isNew(olga, "a third")).isTrue();
  }

  private static boolean isNew(Person who, String content) {
    Item.Table put =
        kept(who.asks(function("content.put"), Item.EMPTY, input(content), Terms.NONE));
    return put.get("new").orElseThrow().equals(Item.TRUE);
  }

  @Test
  void aLongChainOfTokensForManyRefsMakesNoPutTakeLong() {
    List<Cid> may = new ArrayList<>(List.of(function("content.put")));
    List<Item> links = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      olga.names("tools/" + i, shout);
      may.add(house.ref("tools/" + i));
      links.add(Item.of(olga.puts("content " + i)));
    }
    Cid[] all = may.toArray(new Cid[0]);
    Person alice = olga.grants(stranger(), it -> it.may(all));
    for (int i = 0; i < 3; i++) {
      alice = alice.grants(alice.key.orElseThrow(), it -> it.may(all));
    }
    byte[] message = Message.of(UNKNOWN, Item.array(links)).bytes();
    long began = System.nanoTime();
    assertThat(puts(alice, message)).isEqualTo(Optional.empty());
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMinutes(5));
  }

  @Test
  void onlySoMuchIsSearchedForAmongWhatOnesTokensLeadTo() throws Exception {
    List<Item> links = new ArrayList<>();
    for (int i = 0; i < 1030; i++) {
      links.add(Item.of(olga.puts("content " + i)));
    }
    Cid folder = olga.puts(Message.of(shout, Item.array(links)).bytes());
    Person alice = olga.grants(stranger(), it -> it.may(function("content.put"), folder));
    assertThat(puts(alice, Message.of(folder, Item.array(links)).bytes())).isEmpty();
    assertThat(events("put").getLast().get("hidden"))
        .contains(Item.array(links.subList(1023, 1030))); // the folder is one of the 1,024
    // What is one's own isn't searched for.
    assertThat(puts(olga, Message.of(folder, Item.array(links), Item.TRUE).bytes())).isEmpty();
    assertThat(events("put").getLast().get("hidden")).isEmpty();
  }

  /// Why not, if not.
  private static Optional<Reason> puts(Person who, byte[] bytes) {
    Reply reply =
        who.asks(function("content.put"), Item.EMPTY, new Input.Inline(bytes), Terms.NONE);
    return reply.payload()
            instanceof org.promisegrid.kernel.message.Answer.Payload.NotPromised refused
        ? Optional.of(refused.reason())
        : Optional.empty();
  }

  @Test
  void aTokenIsWrittenDownOnceItWasGoodForSomething() {
    Person alice = olga.grants(stranger(), it -> it.may(shout));
    List<Person> aliases = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Person alias = alice.grants(stranger(), it -> it.may(shout));
      assertThat(reason(alias.asks("agent.status", Item.table()))).isEqualTo(Reason.ABSENT);
      assertThat(reason(alias.asks(UNKNOWN, Item.EMPTY, Input.none(), Terms.NONE)))
          .isEqualTo(Reason.ABSENT);
      assertThat(reason(gets(alias, secret))).isEqualTo(Reason.ABSENT);
      // Nor is it by showing it to be taken back, to somebody who may not.
      Chain below = alias.grants(stranger(), it -> it.may(shout)).chain;
      Person bob = olga.grants(stranger(), it -> it.may(shout));
      assertThat(reason(bob.asks("token.revoke", Item.table().put("token", shown(below)))))
          .isEqualTo(Reason.ABSENT);
      aliases.add(alias);
    }
    assertThat(tokens()).containsExactly(olga.token());
    shouts(aliases.getFirst(), "hi");
    assertThat(tokens())
        .containsExactlyInAnyOrder(olga.token(), alice.token(), aliases.getFirst().token());
  }

  private static Item shown(Chain chain) {
    return Item.of(Cbor.encode(chain.toItem()));
  }

  private List<Cid> tokens() {
    return ((Item.Array) olga.gets("token.list", Item.table()).get("tokens").orElseThrow())
        .items().stream().map(it -> link((Item.Table) it, "token")).toList();
  }

  @Test
  void strangersFillNoJournal() throws Exception {
    Person alice = olga.grants(stranger(), it -> it.may(shout));
    Person mallory = alice.as(stranger());
    Instant now = Instant.now();
    house.setClock(now);
    for (int i = 0; i < 50; i++) {
      assertThat(reason(shouts(mallory, "x" + i))).isEqualTo(Reason.UNAUTHORIZED);
    }
    assertThat(denials()).containsExactly("unauthorized");
    house.setClock(now.plusMillis(9_999));
    shouts(mallory, "y");
    assertThat(denials()).hasSize(1);
    house.setClock(now.plusSeconds(10));
    shouts(mallory, "z");
    assertThat(denials()).containsExactly("unauthorized", "unauthorized +50");
    shouts(mallory, "z");
    // Set back, the clock doesn't silence it.
    house.setClock(now.minusSeconds(3600));
    shouts(mallory, "0");
    assertThat(denials()).hasSize(3).endsWith("unauthorized +1");
  }

  @Test
  void neitherDoHoldersWhoAreRefused() throws Exception {
    house.setClock(Instant.now());
    Person alice = olga.grants(stranger(), it -> it.may(shout));
    Person bob = olga.grants(stranger(), it -> it.may(shout));
    for (int i = 0; i < 20; i++) {
      assertThat(reason(gets(alice, secret))).isEqualTo(Reason.ABSENT);
    }
    assertThat(reason(gets(bob, secret))).isEqualTo(Reason.ABSENT);
    olga.gets("token.revoke", Item.table().put("token", shown(alice.chain)));
    for (int i = 0; i < 20; i++) {
      Household.revoked(shouts(alice, "a"));
    }
    assertThat(events("denied"))
        .extracting(it -> it.get("by").orElse(Item.NULL))
        .containsExactly(Item.of(alice.did().toString()), Item.of(bob.did().toString()), Item.NULL);
    assertThat(denials()).containsExactly("absent", "absent", "revoked");
    // What was held back is written when the agent ends.
    house.restart();
    assertThat(denials())
        .containsExactly("absent", "absent", "revoked", "absent +18", "revoked +18");
  }

  private Reply shouts(Person who, String what) {
    return who.asks(shout, Item.EMPTY, input(what), Terms.NONE);
  }

  private List<String> denials() throws InterruptedException {
    return events("denied").stream()
        .map(it ->
            ((Item.Text) it.get("reason").orElseThrow()).value()
                + it.get("more").map(more -> " +" + ((Item.Int) more).value()).orElse(""))
        .toList();
  }

  private List<Item.Table> events(String kind) throws InterruptedException {
    if (!(olga.asks("agent.events", Item.table()).follow() instanceof Follow.Events(var stream))) {
      throw new AssertionError("no events follow");
    }
    List<Item.Table> events = new ArrayList<>();
    try (stream) {
      while (stream.next(Duration.ZERO) instanceof Follow.Next.Came(Event event)) {
        if (event.kind().equals(kind)) {
          events.add(event.detail());
        }
      }
    }
    return events;
  }
}
