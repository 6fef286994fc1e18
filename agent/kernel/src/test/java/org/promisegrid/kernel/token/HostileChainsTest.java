package org.promisegrid.kernel.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

/// Strangers and holders who take chains apart and put them together otherwise.
final class HostileChainsTest {

  private static final Item.Table NARROW = Item.table().put("width", 64).build();

  private final Cast cast = new Cast(3);

  private Verdict byBob(Chain chain, Item.Table params) {
    return cast.verdict(cast.call(cast.bob, chain, Cast.THUMB, params));
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
  void aChainThatRunsInACircleIsNoChain() throws Exception {
    Token one = forged(cast.alice, cast.alice.did(), Optional.of(Cast.named("to come")));
    Token two = forged(cast.alice, cast.alice.did(), Optional.of(one.cid()));
    Chain circle = Chain.of(one).with(two);

    // No token can name one that names it, so a circle is a repetition, or has no root.
    assertThatThrownBy(() -> circle.with(one)).isInstanceOf(MalformedException.class);
    assertThat(cast.verdict(cast.call(cast.alice, circle, Cast.THUMB)))
        .isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void aLinkUnderSomebodyElsesTokenIsRefused() throws Exception {
    Chain hers = cast.aliceGets(cast.toAlice());
    Token stolen = forged(cast.mallory, cast.mallory.did(), Optional.of(hers.leaf()));

    assertThat(cast.verdict(cast.call(cast.mallory, hers.with(stolen), Cast.THUMB)))
        .isEqualTo(
            new Verdict.Unauthorized("a link issued by another than the one above it names"));
  }

  @Test
  void aLinkThatNamesAnotherParentIsRefused() throws Exception {
    Chain hers = cast.aliceGets(cast.toAlice());
    Chain hersToo = cast.aliceGets(cast.toAlice().may(Cast.WIKI));
    Token link = forged(cast.alice, cast.bob.did(), Optional.of(hersToo.leaf()));

    assertThat(byBob(hers.with(link), NARROW))
        .isEqualTo(new Verdict.Unauthorized("a link that doesn't name the one above it"));
  }

  @Test
  void aLinkUnderABearerTokenIsRefused() throws Exception {
    Chain bearer = cast.aliceGets(Grant.bearer(cast.now.plusSeconds(60)).may(Cast.THUMB));
    Token link = forged(cast.mallory, cast.mallory.did(), Optional.of(bearer.leaf()));

    assertThat(cast.verdict(cast.call(cast.mallory, bearer.with(link), Cast.THUMB)))
        .isEqualTo(new Verdict.Unauthorized("a bearer token that was passed on"));
  }

  @Test
  void aChainWithoutItsRootIsRefused() throws Exception {
    Chain hers = cast.aliceGets(cast.toAlice());
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
    Chain chain = confused.root(cast.toAlice());

    assertThat(cast.verdict(cast.call(cast.alice, chain, Cast.THUMB)))
        .isEqualTo(new Verdict.Unauthorized("a link that its issuer didn't sign"));
  }

  /// A token in the name of `issuer`, which `signer` signed.
  private Token signedBy(SigningKey signer, SigningKey issuer, Did audience, Optional<Cid> parent)
      throws Exception {
    Item claims = forged(issuer, audience, parent).claims().toItem();
    return Token.decode(
        CoseSign1.attached(signer, CoseSign1.EDDSA, Cbor.encode(claims), Cast.TOKEN));
  }

  @Test
  void everyLinkMustBeSignedByItsIssuerHoweverGoodTheOthersAre() throws Exception {
    for (int forged = -1; forged < 3; forged++) {
      Token root =
          signedBy(
              forged == 0 ? cast.mallory : cast.node,
              cast.node,
              cast.owner.did(),
              Optional.empty());
      Token middle =
          signedBy(
              forged == 1 ? cast.mallory : cast.owner,
              cast.owner,
              cast.alice.did(),
              Optional.of(root.cid()));
      Token leaf =
          signedBy(
              forged == 2 ? cast.mallory : cast.alice,
              cast.alice,
              cast.bob.did(),
              Optional.of(middle.cid()));

      Verdict verdict = byBob(Chain.of(root).with(middle).with(leaf), NARROW);

      if (forged < 0) {
        assertThat(verdict).isInstanceOf(Verdict.Granted.class);
      } else {
        assertThat(verdict)
            .as("link %d from the root", forged)
            .isEqualTo(new Verdict.Unauthorized("a link that its issuer didn't sign"));
      }
    }
  }

  @Test
  void aChainInAnyOtherOrderIsRefused() throws Exception {
    Chain his = cast.bobGets(cast.aliceGets(cast.toAlice()), cast.toBob());
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
    Chain his = cast.bobGets(cast.aliceGets(cast.toAlice()), cast.toBob());
    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);

    Chain cut = Chain.of(List.of(his.links().get(0), his.links().get(2)));

    assertThat(byBob(cut, NARROW)).isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void aChainWithALinkTwiceIsNoChain() {
    List<Item.Bytes> links = new ArrayList<>(cast.aliceGets(cast.toAlice()).links());
    links.add(links.getFirst());

    assertThatThrownBy(() -> Chain.of(links))
        .isInstanceOf(MalformedException.class)
        .hasMessage("a chain with the same link twice");
  }

  @Test
  void sixteenLinksAreAChainAndSeventeenAreNot() throws Exception {
    Chain chain = cast.issuer(cast.node).root(cast.toAlice());
    Issuer alice = cast.issuer(cast.alice);
    while (chain.cids().size() < Chain.MAX_LINKS) {
      chain = alice.delegate(chain, cast.toAlice());
    }
    Chain full = chain;
    assertThat(cast.verdict(cast.call(cast.alice, full, Cast.THUMB)))
        .isInstanceOf(Verdict.Granted.class);

    assertThatThrownBy(() -> alice.delegate(full, cast.toAlice()))
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
    String text = cast.aliceGets(cast.toAlice()).text();

    for (String other : List.of(text + "=", text + "==", text + "A", text.replace('_', '/'), "")) {
      if (!other.equals(text)) {
        assertThatThrownBy(() -> Chain.parse(other)).isInstanceOf(MalformedException.class);
      }
    }
  }
}
