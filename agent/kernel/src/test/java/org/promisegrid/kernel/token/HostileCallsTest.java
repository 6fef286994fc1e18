package org.promisegrid.kernel.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Item;

/// Good chains, and calls that their holders did not make.
final class HostileCallsTest {

  private static final Item.Table WIDE = Item.table().put("width", 1000).build();
  private static final Item.Table NARROW = Item.table().put("width", 64).build();

  private final Cast cast = new Cast(8);

  @Test
  void aSwappedFunctionPayloadOrTokenIsRefused() {
    Chain chain = cast.aliceGets(cast.toAlice().may(Cast.WIKI));
    Chain other = cast.aliceGets(cast.toAlice().may(Cast.WIKI));
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
    Chain chain = cast.aliceGets(cast.toAlice());
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
    Cast.Call call = cast.call(cast.alice, cast.aliceGets(cast.toAlice()), Cast.THUMB);
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
    Chain chain = cast.aliceGets(cast.toAlice());
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
}
