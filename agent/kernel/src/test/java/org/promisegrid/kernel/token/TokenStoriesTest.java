package org.promisegrid.kernel.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// Who may do what, told from the outside: grant, narrow, bind, revoke, expire.
final class TokenStoriesTest {

  private final Cast cast = new Cast(1);

  private Cast.Call byAlice(Chain chain, Cid function) {
    return cast.call(cast.alice, chain, function);
  }

  @Test
  void theOwnerMayCallAnyFunctionOfTheirNode() {
    Chain root = cast.ownersRoot();

    Verdict verdict = cast.verdict(cast.call(cast.owner, root, Cast.WIKI));

    assertThat(verdict).isInstanceOf(Verdict.Granted.class);
    Authority authority = ((Verdict.Granted) verdict).authority();
    assertThat(authority.principal()).isEqualTo(new Principal.Holder(cast.owner.did()));
    assertThat(authority.isUnattenuated()).isTrue();
    assertThat(authority.links()).containsExactly(root.leaf());
  }

  @Test
  void theOwnerGrantsAFunctionAndNoOther() {
    Chain chain = cast.alicesThumbs();

    assertThat(cast.verdict(byAlice(chain, Cast.THUMB))).isInstanceOf(Verdict.Granted.class);
    assertThat(cast.verdict(byAlice(chain, Cast.WIKI))).isInstanceOf(Verdict.NotCovered.class);
  }

  @Test
  void whatAHolderPassesOnTakesOfTheirRoomAndNobodyElses() {
    Use slow = Use.rate(9, Duration.ofHours(1));
    Chain alices = cast.aliceGets(cast.toAlice().at(slow));
    Chain passedOn = cast.bobGets(alices, cast.toBob().at(slow));
    Chain bobs = cast.issuer(cast.owner).delegate(cast.ownersRoot(), cast.toBob().at(slow));

    assertThat(accounts(cast.alice, alices)).containsOnly(cast.alice.did().toString());
    assertThat(accounts(cast.bob, passedOn)).hasSize(2).containsOnly(cast.alice.did().toString());
    assertThat(accounts(cast.bob, bobs)).containsOnly(cast.bob.did().toString());
  }

  private List<String> accounts(SigningKey caller, Chain chain) {
    Verdict verdict = cast.verdict(cast.call(caller, chain, Cast.THUMB));
    return ((Verdict.Granted) verdict)
        .authority().limits().stream().map(Uses.Limited::account).toList();
  }

  @Test
  void aHolderAttenuatesOfflineAndKeepsWhatTheyHad() {
    Chain hers = cast.alicesThumbs();
    Condition small = Condition.param("width", Condition.Op.LE, Item.of(320));
    Chain his =
        cast.issuer(cast.alice)
            .delegate(hers, Grant.to(cast.bob.did()).may(Cast.THUMB).when(small));
    Item.Table wide = Item.table().put("width", 1000).build();
    Item.Table narrow = Item.table().put("width", 320).build();

    assertThat(cast.verdict(cast.call(cast.bob, his, Cast.THUMB, narrow)))
        .isInstanceOf(Verdict.Granted.class);
    assertThat(cast.verdict(cast.call(cast.bob, his, Cast.THUMB, wide)))
        .isEqualTo(new Verdict.Refused("the token asks for params.width le 320"));
    assertThat(cast.verdict(cast.call(cast.alice, hers, Cast.THUMB, wide)))
        .isInstanceOf(Verdict.Granted.class);
  }

  @Test
  void aThirdPartyBindsAParameterWhichTheCallerCanLeaveOutAndNotChange() {
    Chain his =
        cast.issuer(cast.alice)
            .delegate(
                cast.alicesThumbs(),
                Grant.to(cast.bob.did()).may(Cast.THUMB).bind("width", Item.of(64)));

    Verdict without = cast.verdict(cast.call(cast.bob, his, Cast.THUMB));
    assertThat(without).isInstanceOf(Verdict.Granted.class);
    assertThat(((Verdict.Granted) without).authority().bound())
        .containsExactly(Map.entry("width", Item.of(64)));
    assertThat(
            cast.verdict(
                cast.call(cast.bob, his, Cast.THUMB, Item.table().put("width", 64).build())))
        .isInstanceOf(Verdict.Granted.class);
    assertThat(
            cast.verdict(
                cast.call(cast.bob, his, Cast.THUMB, Item.table().put("width", 65).build())))
        .isEqualTo(new Verdict.Refused("the token binds parameter width otherwise"));
  }

  @Test
  void aStrangerIsRefusedWhateverTheyShow() {
    Chain ownMade = cast.issuer(cast.mallory).root(Grant.to(cast.mallory.did()));
    Chain others = cast.issuer(cast.otherNode).root(Grant.to(cast.mallory.did()).may(Cast.THUMB));

    assertThat(cast.verdict(cast.call(cast.mallory, ownMade, Cast.THUMB)))
        .isInstanceOf(Verdict.Unauthorized.class);
    assertThat(cast.verdict(cast.call(cast.mallory, others, Cast.THUMB)))
        .isEqualTo(new Verdict.Unauthorized("a root that another node issued"));
  }

  @Test
  void anAudienceTokenIsWorthNothingToAnotherKeyAndWithoutASignature() {
    Chain chain = cast.alicesThumbs();

    assertThat(cast.verdict(cast.call(cast.mallory, chain, Cast.THUMB)))
        .isEqualTo(new Verdict.Unauthorized("a call that the token's audience didn't sign"));
    assertThat(cast.verdict(Cast.unsigned(chain, Cast.THUMB, Item.EMPTY)))
        .isEqualTo(new Verdict.Unauthorized("a token for a key, and no signature by it"));
  }

  @Test
  void aCapturedCallIsRefusedByAnotherNodeThatAliceMayCallToo() {
    Chain there = cast.issuer(cast.otherNode).root(Grant.to(cast.alice.did()).may(Cast.THUMB));
    // Signed for this node by mistake or malice, and shown to the other.
    Cast.Call captured = cast.call(cast.alice, there, Cast.THUMB);

    assertThat(cast.verdict(cast.verifierOf(cast.otherNode), captured, Set.of()))
        .isEqualTo(new Verdict.Unauthorized("a call to another node"));
  }

  @Test
  void aBearerTokenServesWhoeverHoldsItUntilItEnds() {
    Instant end = cast.now.plus(Duration.ofHours(1));
    Chain chain =
        cast.issuer(cast.alice).delegate(cast.alicesThumbs(), Grant.bearer(end).may(Cast.THUMB));
    Cast.Call call = Cast.unsigned(chain, Cast.THUMB, Item.EMPTY);

    Verdict verdict = cast.verdict(call);
    assertThat(verdict).isInstanceOf(Verdict.Granted.class);
    Verdict.Granted granted = (Verdict.Granted) verdict;
    assertThat(granted.until()).contains(end);
    assertThat(granted.authority().principal()).isEqualTo(new Principal.Bearer(chain.leaf()));
    cast.now = end.minusMillis(1);
    assertThat(cast.verdict(call)).isInstanceOf(Verdict.Granted.class);
    cast.now = end;
    assertThat(cast.verdict(call)).isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void aBearerTokenWithASignatureIsRefused() {
    Chain chain =
        cast.issuer(cast.node).root(Grant.bearer(cast.now.plusSeconds(60)).may(Cast.THUMB));

    assertThat(cast.verdict(cast.call(cast.alice, chain, Cast.THUMB)))
        .isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void aBearerTokenForEverOrForEverythingIsNotIssued() {
    Grant endless =
        new Grant(
            Optional.empty(),
            Optional.empty(),
            Map.of(),
            Policy.NONE,
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    assertThatThrownBy(() -> cast.issuer(cast.node).root(endless))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a bearer token must end");
    assertThatThrownBy(() -> cast.issuer(cast.node).root(Grant.bearer(cast.now.plusSeconds(60))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a bearer token names its functions");
  }

  @Test
  void nobodyPassesOnABearerTokenOrSomebodyElsesToken() {
    Chain bearer =
        cast.issuer(cast.node).root(Grant.bearer(cast.now.plusSeconds(60)).may(Cast.THUMB));
    Grant toBob = Grant.to(cast.bob.did()).may(Cast.THUMB);

    assertThatThrownBy(() -> cast.issuer(cast.alice).delegate(bearer, toBob))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> cast.issuer(cast.mallory).delegate(cast.alicesThumbs(), toBob))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void revokingALinkInTheMiddleKillsAllBelowAndNothingAbove() {
    Chain root = cast.ownersRoot();
    Grant thumbs = Grant.to(cast.alice.did()).may(Cast.THUMB);
    Chain hers = cast.issuer(cast.owner).delegate(root, thumbs);
    Chain his = cast.issuer(cast.alice).delegate(hers, Grant.to(cast.bob.did()).may(Cast.THUMB));
    Chain bearer =
        cast.issuer(cast.bob)
            .delegate(his, Grant.bearer(cast.now.plusSeconds(600)).may(Cast.THUMB));
    Cast.Call captured = cast.call(cast.bob, his, Cast.THUMB);
    assertThat(cast.verdict(captured)).isInstanceOf(Verdict.Granted.class);

    cast.revoked.add(hers.leaf());

    Verdict revoked = new Verdict.Revoked(hers.leaf());
    assertThat(cast.verdict(byAlice(hers, Cast.THUMB))).isEqualTo(revoked);
    assertThat(cast.verdict(captured)).isEqualTo(revoked);
    assertThat(cast.verdict(Cast.unsigned(bearer, Cast.THUMB, Item.EMPTY))).isEqualTo(revoked);
    assertThat(cast.verdict(cast.call(cast.owner, root, Cast.THUMB)))
        .isInstanceOf(Verdict.Granted.class);
  }

  @Test
  void thatATokenWasRevokedIsToldOnlyToWhoCouldHaveUsedIt() {
    Chain chain = cast.alicesThumbs();
    cast.revoked.add(chain.leaf());

    assertThat(cast.verdict(cast.call(cast.mallory, chain, Cast.THUMB)))
        .isInstanceOf(Verdict.Unauthorized.class);
    assertThat(cast.verdict(Cast.unsigned(chain, Cast.THUMB, Item.EMPTY)))
        .isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void aTokenIsRevokedByItsIssuerOrOneAboveAndByNobodyElse() {
    Chain his =
        cast.issuer(cast.alice)
            .delegate(cast.alicesThumbs(), Grant.to(cast.bob.did()).may(Cast.THUMB));
    Authority authority = ((Verifier.Examined.Sound) cast.verifier.examine(his)).authority();
    Cid bobs = his.cids().get(0);
    Cid alices = his.cids().get(1);

    assertThat(authority.mayRevoke(cast.alice.did(), bobs)).isTrue();
    assertThat(authority.mayRevoke(cast.owner.did(), bobs)).isTrue();
    assertThat(authority.mayRevoke(cast.node.did(), bobs)).isTrue();
    assertThat(authority.mayRevoke(cast.bob.did(), bobs)).isFalse();
    assertThat(authority.mayRevoke(cast.mallory.did(), bobs)).isFalse();
    assertThat(authority.mayRevoke(cast.alice.did(), alices)).isFalse();
    assertThat(authority.mayRevoke(cast.owner.did(), alices)).isTrue();
    assertThat(authority.mayRevoke(cast.owner.did(), Cast.named("elsewhere"))).isFalse();
    assertThat(authority.mayRevoke(new Principal.Bearer(bobs), bobs)).isFalse();
  }

  @Test
  void aTokenForARefCoversWhatItsHeadNamesNow() {
    Cid ref = Cast.named("the name thumbs");
    Chain chain =
        cast.issuer(cast.owner).delegate(cast.ownersRoot(), Grant.to(cast.alice.did()).may(ref));
    Cast.Call call = byAlice(chain, Cast.THUMB);

    assertThat(cast.verdict(cast.verifier, call, Set.of(ref))).isInstanceOf(Verdict.Granted.class);
    assertThat(cast.verdict(cast.verifier, call, Set.of())).isInstanceOf(Verdict.NotCovered.class);
  }

  @Test
  void aHolderOfARefCanPassOnOnlyWhatItNamesNow() {
    Cid ref = Cast.named("the name thumbs");
    Chain hers =
        cast.issuer(cast.owner).delegate(cast.ownersRoot(), Grant.to(cast.alice.did()).may(ref));
    Chain his = cast.issuer(cast.alice).delegate(hers, Grant.to(cast.bob.did()).may(Cast.THUMB));
    Cast.Call call = cast.call(cast.bob, his, Cast.THUMB);

    assertThat(cast.verdict(cast.verifier, call, Set.of(ref))).isInstanceOf(Verdict.Granted.class);
    assertThat(cast.verdict(cast.verifier, call, Set.of())).isInstanceOf(Verdict.NotCovered.class);
  }

  @Test
  void aTokenForThreeCallsIsGoodForThree() {
    Chain chain =
        cast.issuer(cast.owner)
            .delegate(
                cast.ownersRoot(), Grant.to(cast.alice.did()).may(Cast.THUMB).at(Use.calls(3)));

    for (int i = 0; i < 3; i++) {
      assertThat(cast.verdict(byAlice(chain, Cast.THUMB))).isInstanceOf(Verdict.Granted.class);
    }
    assertThat(cast.verdict(byAlice(chain, Cast.THUMB)))
        .isEqualTo(new Verdict.Exhausted(chain.leaf(), Optional.empty()));
  }

  @Test
  void aCallThatIsRefusedCostsNoUse() {
    Chain chain =
        cast.issuer(cast.owner)
            .delegate(
                cast.ownersRoot(),
                Grant.to(cast.alice.did())
                    .may(Cast.THUMB)
                    .bind("width", Item.of(1))
                    .at(Use.calls(1)));
    Item.Table other = Item.table().put("width", 2).build();

    assertThat(cast.verdict(byAlice(chain, Cast.WIKI))).isInstanceOf(Verdict.NotCovered.class);
    assertThat(cast.verdict(cast.call(cast.alice, chain, Cast.THUMB, other)))
        .isInstanceOf(Verdict.Refused.class);
    assertThat(cast.verdict(byAlice(chain, Cast.THUMB))).isInstanceOf(Verdict.Granted.class);
  }

  @Test
  void aTokenBeginsNoSoonerThanItSays() {
    Instant beginning = cast.now.plusSeconds(60);
    Chain chain =
        cast.issuer(cast.owner)
            .delegate(
                cast.ownersRoot(), Grant.to(cast.alice.did()).may(Cast.THUMB).from(beginning));

    assertThat(cast.verdict(byAlice(chain, Cast.THUMB))).isInstanceOf(Verdict.Unauthorized.class);
    cast.now = beginning;
    assertThat(cast.verdict(byAlice(chain, Cast.THUMB))).isInstanceOf(Verdict.Granted.class);
  }

  @Test
  void expiryIsSeenThoughTheChainIsRemembered() {
    Chain chain =
        cast.issuer(cast.owner)
            .delegate(
                cast.ownersRoot(),
                Grant.to(cast.alice.did()).may(Cast.THUMB).until(cast.now.plusSeconds(60)));
    assertThat(cast.verdict(byAlice(chain, Cast.THUMB))).isInstanceOf(Verdict.Granted.class);

    cast.now = cast.now.plusSeconds(60);

    assertThat(cast.verdict(byAlice(chain, Cast.THUMB))).isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void aChainSurvivesAsTextAndFile() throws Exception {
    Chain chain = cast.alicesThumbs();

    assertThat(Chain.parse(chain.text() + "\n")).isEqualTo(chain);
    assertThat(Chain.of(chain.toItem())).isEqualTo(chain);
    assertThat(chain.text()).matches("[A-Za-z0-9_-]+");
  }
}
