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

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
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
@Timeout(60)
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
    for (Person alice :
        List.of(
            olga.grants(stranger(), it -> it.may(shout).at(Use.calls(1))),
            house.root(stranger(), it -> it.at(Use.calls(1))))) {
      Call call = alice.prepare(shout, Item.EMPTY, input("hi"), Terms.NONE);
      Cid result = receipt(alice.send(call)).body().result().orElseThrow().cid();
      for (int i = 0; i < 3; i++) {
        assertThat(alice.reads(result)).isNotEmpty();
        assertThat(alice.gets("call.await", Item.table().put("call", call.cid()))).isNotNull();
      }
      assertThat(reason(shouts(alice, "ho"))).isEqualTo(Reason.EXHAUSTED);
    }
    Person bob =
        olga.grants(stranger(), it -> it.may(shout, function("call.await")).at(Use.calls(2)));
    Call call = bob.prepare(shout, Item.EMPTY, input("hi"), Terms.NONE);
    assertThat(text(bob.send(call))).isNotEmpty();
    assertThat(bob.gets("call.await", Item.table().put("call", call.cid()))).isNotNull();
    assertThat(reason(bob.asks("call.await", Item.table().put("call", call.cid()))))
        .isEqualTo(Reason.EXHAUSTED);
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
      assertThat(
              reason(bob.asks("token.revoke", Item.table().put("token", shown(below)))))
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

  private Reply shouts(Person who, String what) {
    return who.asks(shout, Item.EMPTY, input(what), Terms.NONE);
  }
}
