package org.promisegrid.kernel.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// Holders who want more than they were given, and strangers who take chains apart.
final class HostileChainsTest {

  private static final Item.Table WIDE = Item.table().put("width", 1000).build();
  private static final Item.Table NARROW = Item.table().put("width", 64).build();

  private final Cast cast = new Cast(2);

  private Chain aliceGets(Grant grant) {
    return cast.issuer(cast.owner).delegate(cast.ownersRoot(), grant);
  }

  private Chain bobGets(Chain hers, Grant grant) {
    return cast.issuer(cast.alice).delegate(hers, grant);
  }

  private Verdict byBob(Chain chain, Item.Table params) {
    return cast.verdict(cast.call(cast.bob, chain, Cast.THUMB, params));
  }

  private Grant toAlice() {
    return Grant.to(cast.alice.did()).may(Cast.THUMB);
  }

  private Grant toBob() {
    return Grant.to(cast.bob.did()).may(Cast.THUMB);
  }

  /// What `key` can sign under `parent` if it writes the claims itself.
  private Token forged(SigningKey key, Did audience, Optional<Cid> parent) {
    return Token.sign(
        key,
        new Claims(
            key.did(),
            Optional.of(audience),
            Optional.empty(),
            Optional.empty(),
            cast.now,
            Item.of(new byte[Claims.ID_SIZE]),
            Optional.of(Set.of(Cast.THUMB)),
            Map.of(),
            Policy.NONE,
            Optional.empty(),
            parent),
        Cast.TOKEN);
  }

  @Test
  void aLaterEndHasNoEffect() {
    Instant end = cast.now.plusSeconds(60);
    Chain his =
        bobGets(aliceGets(toAlice().until(end)), toBob().until(end.plus(Duration.ofDays(1))));

    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
    cast.now = end;
    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void anEarlierBeginningHasNoEffect() {
    Instant beginning = cast.now.plusSeconds(60);
    Chain his = bobGets(aliceGets(toAlice().from(beginning)), toBob().from(cast.now));

    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Unauthorized.class);
    cast.now = beginning;
    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
  }

  @Test
  void moreFunctionsHaveNoEffect() {
    Chain his = bobGets(aliceGets(toAlice()), toBob().may(Cast.SHREDDER));

    assertThat(cast.verdict(cast.call(cast.bob, his, Cast.SHREDDER)))
        .isInstanceOf(Verdict.NotCovered.class);
    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
  }

  @Test
  void onlyARootCanNameEveryFunction() {
    Chain hers = aliceGets(toAlice());

    assertThatThrownBy(() -> bobGets(hers, Grant.to(cast.bob.did())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("only a root can cover every function");
  }

  @Test
  void leavingABoundParameterOutOfALinkDoesNotFreeIt() {
    Chain his = bobGets(aliceGets(toAlice().bind("width", Item.of(64))), toBob());

    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
    assertThat(byBob(his, WIDE)).isInstanceOf(Verdict.Refused.class);
  }

  @Test
  void bindingAParameterAnewMakesTheChainWorthless() {
    Chain his =
        bobGets(
            aliceGets(toAlice().bind("width", Item.of(64))), toBob().bind("width", Item.of(1000)));

    assertThat(byBob(his, WIDE))
        .isEqualTo(
            new Verdict.Unauthorized("a link binds width to another value than a link above it"));
    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void bindingAParameterToTheSameValueAgainIsFine() {
    Grant hers = toAlice().bind("width", Item.of(64));
    Chain his = bobGets(aliceGets(hers), toBob().bind("width", Item.of(64)));

    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
  }

  @Test
  void leavingAConditionOutOfALinkDoesNotDropIt() {
    Condition narrow = Condition.param("width", Condition.Op.LE, Item.of(320));
    Chain his = bobGets(aliceGets(toAlice().when(narrow)), toBob());

    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
    assertThat(byBob(his, WIDE)).isInstanceOf(Verdict.Refused.class);
  }

  @Test
  void aLooserConditionHasNoEffect() {
    Condition narrow = Condition.param("width", Condition.Op.LE, Item.of(320));
    Condition wide = Condition.param("width", Condition.Op.LE, Item.of(5000));
    Chain his = bobGets(aliceGets(toAlice().when(narrow)), toBob().when(wide));

    assertThat(byBob(his, WIDE)).isInstanceOf(Verdict.Refused.class);
  }

  @Test
  void moreUsesHaveNoEffect() {
    Chain hers = aliceGets(toAlice().at(Use.calls(2)));
    Chain his = bobGets(hers, toBob().at(Use.calls(1000)));

    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
    assertThat(byBob(his, NARROW)).isEqualTo(new Verdict.Exhausted(hers.leaf(), Optional.empty()));
  }

  @Test
  void passingATokenOnToManyDoesNotMultiplyItsUses() {
    Chain hers = aliceGets(toAlice().at(Use.calls(2)));
    for (int i = 0; i < 2; i++) {
      assertThat(byBob(bobGets(hers, toBob()), NARROW)).isInstanceOf(Verdict.Granted.class);
    }

    assertThat(byBob(bobGets(hers, toBob()), NARROW)).isInstanceOf(Verdict.Exhausted.class);
    assertThat(cast.verdict(cast.call(cast.alice, hers, Cast.THUMB)))
        .isInstanceOf(Verdict.Exhausted.class);
  }

  @Test
  void aLinkUnderSomebodyElsesTokenIsRefused() throws Exception {
    Chain hers = aliceGets(toAlice());
    Token stolen = forged(cast.mallory, cast.mallory.did(), Optional.of(hers.leaf()));

    assertThat(cast.verdict(cast.call(cast.mallory, hers.with(stolen), Cast.THUMB)))
        .isEqualTo(
            new Verdict.Unauthorized("a link issued by another than the one above it names"));
  }

  @Test
  void aLinkThatNamesAnotherParentIsRefused() throws Exception {
    Chain hers = aliceGets(toAlice());
    Chain hersToo = aliceGets(toAlice().may(Cast.WIKI));
    Token link = forged(cast.alice, cast.bob.did(), Optional.of(hersToo.leaf()));

    assertThat(byBob(hers.with(link), NARROW))
        .isEqualTo(new Verdict.Unauthorized("a link that doesn't name the one above it"));
  }

  @Test
  void aLinkUnderABearerTokenIsRefused() throws Exception {
    Chain bearer = aliceGets(Grant.bearer(cast.now.plusSeconds(60)).may(Cast.THUMB));
    Token link = forged(cast.mallory, cast.mallory.did(), Optional.of(bearer.leaf()));

    assertThat(cast.verdict(cast.call(cast.mallory, bearer.with(link), Cast.THUMB)))
        .isEqualTo(new Verdict.Unauthorized("a bearer token that was passed on"));
  }

  @Test
  void aChainWithoutItsRootIsRefused() throws Exception {
    Chain hers = aliceGets(toAlice());
    Chain rootless = Chain.of(List.of(hers.links().getFirst()));

    assertThat(cast.verdict(cast.call(cast.alice, rootless, Cast.THUMB)))
        .isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void aRootThatNamesAParentIsRefused() {
    Token root = forged(cast.node, cast.alice.did(), Optional.of(Cast.named("nothing")));

    assertThat(cast.verdict(cast.call(cast.alice, Chain.of(root), Cast.THUMB)))
        .isEqualTo(new Verdict.Unauthorized("a chain without its root"));
  }

  @Test
  void aSecondRootInTheMiddleIsRefused() throws Exception {
    Token root = forged(cast.node, cast.alice.did(), Optional.empty());
    Token also = forged(cast.alice, cast.bob.did(), Optional.empty());

    assertThat(byBob(Chain.of(root).with(also), NARROW)).isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void aTokenSignedForAnotherDocumentIsRefused() {
    Issuer confused = new Issuer(cast.node, Cast.CALL, cast.clock, cast.random);
    Chain chain = confused.root(toAlice());

    assertThat(cast.verdict(cast.call(cast.alice, chain, Cast.THUMB)))
        .isEqualTo(new Verdict.Unauthorized("a link that its issuer didn't sign"));
  }

  @Test
  void aTokenThatSomebodySignedInTheNodesNameIsRefused() throws Exception {
    Token real = forged(cast.node, cast.mallory.did(), Optional.empty());
    CoseSign1 mallorys =
        CoseSign1.decode(
            CoseSign1.attached(
                cast.mallory, CoseSign1.EDDSA, Cbor.encode(real.claims().toItem()), Cast.TOKEN));
    byte[] bytes =
        CoseSign1.attached(
            cast.mallory, CoseSign1.EDDSA, mallorys.payload().orElseThrow().value(), Cast.TOKEN);

    assertThat(cast.verdict(cast.call(cast.mallory, Chain.of(List.of(Item.of(bytes))), Cast.THUMB)))
        .isEqualTo(new Verdict.Unauthorized("a link that its issuer didn't sign"));
  }

  @Test
  void aSwappedFunctionPayloadOrTokenIsRefused() {
    Chain chain = aliceGets(toAlice().may(Cast.WIKI));
    Chain other = aliceGets(toAlice().may(Cast.WIKI));
    Cast.Call call = cast.call(cast.alice, chain, Cast.THUMB, NARROW);

    Cast.Call function =
        new Cast.Call(chain, call.signature(), Cast.WIKI, call.params(), call.terms());
    Cast.Call params = new Cast.Call(chain, call.signature(), Cast.THUMB, WIDE, call.terms());
    Cast.Call terms =
        new Cast.Call(
            chain,
            call.signature(),
            Cast.THUMB,
            call.params(),
            Item.table().put("price", 9).build());
    Cast.Call token =
        new Cast.Call(other, call.signature(), Cast.THUMB, call.params(), call.terms());

    assertThat(cast.verdict(call)).isInstanceOf(Verdict.Granted.class);
    assertThat(List.of(function, params, terms, token))
        .allSatisfy(swapped ->
            assertThat(cast.verdict(swapped))
                .isEqualTo(
                    new Verdict.Unauthorized("a call that the token's audience didn't sign")));
  }

  @Test
  void aCallSignedForAnotherDocumentIsRefused() {
    Chain chain = aliceGets(toAlice());
    byte[] signature =
        CallSignature.sign(
            Cast.TOKEN,
            cast.alice,
            Cast.THUMB,
            Cast.payload(NARROW, Item.EMPTY),
            chain.leaf(),
            cast.node.did(),
            cast.now,
            cast.now.plusSeconds(60));

    assertThat(
            cast.verdict(
                new Cast.Call(chain, Optional.of(signature), Cast.THUMB, NARROW, Item.EMPTY)))
        .isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void anOldCallIsRefusedAndAnEarlyOneToo() {
    Cast.Call call = cast.call(cast.alice, aliceGets(toAlice()), Cast.THUMB);
    Instant signed = cast.now;

    cast.now = signed.plus(Duration.ofMinutes(5)).minusMillis(1);
    assertThat(cast.verdict(call)).isInstanceOf(Verdict.Granted.class);
    cast.now = signed.plus(Duration.ofMinutes(5));
    assertThat(cast.verdict(call)).isInstanceOf(Verdict.Unauthorized.class);
    cast.now = signed.minus(CallSignature.MAX_AHEAD);
    assertThat(cast.verdict(call)).isInstanceOf(Verdict.Granted.class);
    cast.now = signed.minus(CallSignature.MAX_AHEAD).minusMillis(1);
    assertThat(cast.verdict(call)).isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void aCallSignedForLongerThanAnHourIsRefused() throws Exception {
    Chain chain = aliceGets(toAlice());
    Instant end = cast.now.plus(CallSignature.MAX_LIFETIME).plusSeconds(1);
    assertThatThrownBy(() ->
            CallSignature.sign(
                Cast.CALL,
                cast.alice,
                Cast.THUMB,
                new byte[0],
                chain.leaf(),
                cast.node.did(),
                cast.now,
                end))
        .isInstanceOf(IllegalArgumentException.class);

    Item.Table header =
        Item.table()
            .put(1, Item.of(-8))
            .put(
                15,
                Item.table()
                    .put(3, Item.of(cast.node.did().toString()))
                    .put(4, Item.of(end.getEpochSecond()))
                    .put(6, Item.of(cast.now.getEpochSecond()))
                    .build())
            .build();
    byte[] signature = CoseSign1.detached(cast.alice, header, new byte[0], Cast.CALL);

    assertThat(CallSignature.decode(signature).isLiveAt(cast.now)).isFalse();
  }

  @Test
  void aChainInAnyOtherOrderIsRefused() throws Exception {
    Chain his = bobGets(aliceGets(toAlice()), toBob());
    List<Item.Bytes> links = new ArrayList<>(his.links());

    for (int turn = 1; turn < links.size(); turn++) {
      Collections.rotate(links, 1);
      assertThat(byBob(Chain.of(links), NARROW)).isInstanceOf(Verdict.Unauthorized.class);
    }
    assertThat(byBob(Chain.of(his.links().reversed()), NARROW))
        .isInstanceOf(Verdict.Unauthorized.class);
    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
  }

  @Test
  void aLeafThatIsRememberedDoesNotMakeAnotherChainGood() throws Exception {
    Chain his = bobGets(aliceGets(toAlice()), toBob());
    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);

    Chain cut = Chain.of(List.of(his.links().get(0), his.links().get(2)));

    assertThat(byBob(cut, NARROW)).isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void aChainWithALinkTwiceIsNoChain() {
    List<Item.Bytes> links = new ArrayList<>(aliceGets(toAlice()).links());
    links.add(links.getFirst());

    assertThatThrownBy(() -> Chain.of(links))
        .isInstanceOf(MalformedException.class)
        .hasMessage("a chain with the same link twice");
  }

  @Test
  void sixteenLinksAreAChainAndSeventeenAreNot() throws Exception {
    Chain chain = cast.issuer(cast.node).root(toAlice());
    Issuer alice = cast.issuer(cast.alice);
    while (chain.cids().size() < Chain.MAX_LINKS) {
      chain = alice.delegate(chain, toAlice());
    }
    Chain full = chain;
    assertThat(cast.verdict(cast.call(cast.alice, full, Cast.THUMB)))
        .isInstanceOf(Verdict.Granted.class);

    assertThatThrownBy(() -> alice.delegate(full, toAlice()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 16 links");
    List<Item.Bytes> seventeen = new ArrayList<>(full.links());
    seventeen.add(Item.of(new byte[1]));
    assertThatThrownBy(() -> Chain.of(seventeen)).isInstanceOf(MalformedException.class);
  }

  @Test
  void aChainOfMoreThan64KiBIsNoChain() throws Exception {
    byte[] link = new byte[Chain.MAX_BYTES - 4];
    assertThat(Cbor.encode(Chain.of(List.of(Item.of(link))).toItem())).hasSize(Chain.MAX_BYTES);

    assertThatThrownBy(() -> Chain.of(List.of(Item.of(new byte[link.length + 1]))))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> Chain.decode(new byte[Chain.MAX_BYTES + 1]))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> Chain.parse("A".repeat(100_000)))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void theTextOfAChainHasOneForm() throws Exception {
    String text = aliceGets(toAlice()).text();

    for (String other : List.of(text + "=", text + "==", text + "A", text.replace('_', '/'), "")) {
      if (!other.equals(text)) {
        assertThatThrownBy(() -> Chain.parse(other)).isInstanceOf(MalformedException.class);
      }
    }
  }
}
