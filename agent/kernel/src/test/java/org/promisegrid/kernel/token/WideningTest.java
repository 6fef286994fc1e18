package org.promisegrid.kernel.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Item;

/// Holders who want more than they were given: nothing that they write has an effect.
final class WideningTest {

  private static final Item.Table WIDE = Item.table().put("width", 1000).build();
  private static final Item.Table NARROW = Item.table().put("width", 64).build();

  private final Cast cast = new Cast(2);

  private Verdict byBob(Chain chain, Item.Table params) {
    return cast.verdict(cast.call(cast.bob, chain, Cast.THUMB, params));
  }

  @Test
  void aLaterEndHasNoEffect() {
    Instant end = cast.now.plusSeconds(60);
    Chain his =
        cast.bobGets(
            cast.aliceGets(cast.toAlice().until(end)),
            cast.toBob().until(end.plus(Duration.ofDays(1))));

    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
    cast.now = end;
    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void anEarlierBeginningHasNoEffect() {
    Instant beginning = cast.now.plusSeconds(60);
    Chain his =
        cast.bobGets(cast.aliceGets(cast.toAlice().from(beginning)), cast.toBob().from(cast.now));

    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Unauthorized.class);
    cast.now = beginning;
    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
  }

  @Test
  void moreFunctionsHaveNoEffect() {
    Chain his = cast.bobGets(cast.aliceGets(cast.toAlice()), cast.toBob().may(Cast.SHREDDER));

    assertThat(cast.verdict(cast.call(cast.bob, his, Cast.SHREDDER)))
        .isInstanceOf(Verdict.NotCovered.class);
    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
  }

  @Test
  void onlyARootCanNameEveryFunction() {
    Chain hers = cast.aliceGets(cast.toAlice());

    assertThatThrownBy(() -> cast.bobGets(hers, Grant.to(cast.bob.did())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("only a root can cover every function");
  }

  @Test
  void leavingABoundParameterOutOfALinkDoesNotFreeIt() {
    Chain his =
        cast.bobGets(cast.aliceGets(cast.toAlice().bind("width", Item.of(64))), cast.toBob());

    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
    assertThat(byBob(his, WIDE)).isInstanceOf(Verdict.Refused.class);
  }

  @Test
  void bindingAParameterAnewMakesTheChainWorthless() {
    Chain his =
        cast.bobGets(
            cast.aliceGets(cast.toAlice().bind("width", Item.of(64))),
            cast.toBob().bind("width", Item.of(1000)));

    assertThat(byBob(his, WIDE))
        .isEqualTo(
            new Verdict.Unauthorized("a link binds width to another value than a link above it"));
    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void bindingAParameterToTheSameValueAgainIsFine() {
    Grant hers = cast.toAlice().bind("width", Item.of(64));
    Chain his = cast.bobGets(cast.aliceGets(hers), cast.toBob().bind("width", Item.of(64)));

    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
  }

  @Test
  void leavingAConditionOutOfALinkDoesNotDropIt() {
    Condition narrow = Condition.param("width", Condition.Op.LE, Item.of(320));
    Chain his = cast.bobGets(cast.aliceGets(cast.toAlice().when(narrow)), cast.toBob());

    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
    assertThat(byBob(his, WIDE)).isInstanceOf(Verdict.Refused.class);
  }

  @Test
  void aLooserConditionHasNoEffect() {
    Condition narrow = Condition.param("width", Condition.Op.LE, Item.of(320));
    Condition wide = Condition.param("width", Condition.Op.LE, Item.of(5000));
    Chain his = cast.bobGets(cast.aliceGets(cast.toAlice().when(narrow)), cast.toBob().when(wide));

    assertThat(byBob(his, WIDE)).isInstanceOf(Verdict.Refused.class);
  }

  @Test
  void moreUsesHaveNoEffect() {
    Chain hers = cast.aliceGets(cast.toAlice().at(Use.calls(2)));
    Chain his = cast.bobGets(hers, cast.toBob().at(Use.calls(1000)));

    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
    assertThat(byBob(his, NARROW)).isInstanceOf(Verdict.Granted.class);
    assertThat(byBob(his, NARROW)).isEqualTo(new Verdict.Exhausted(hers.leaf(), Optional.empty()));
  }

  @Test
  void passingATokenOnToManyDoesNotMultiplyItsUses() {
    Chain hers = cast.aliceGets(cast.toAlice().at(Use.calls(2)));
    for (int i = 0; i < 2; i++) {
      assertThat(byBob(cast.bobGets(hers, cast.toBob()), NARROW))
          .isInstanceOf(Verdict.Granted.class);
    }

    assertThat(byBob(cast.bobGets(hers, cast.toBob()), NARROW))
        .isInstanceOf(Verdict.Exhausted.class);
    assertThat(cast.verdict(cast.call(cast.alice, hers, Cast.THUMB)))
        .isInstanceOf(Verdict.Exhausted.class);
  }

  @Test
  void aDelegateThatEndsSoonDoesNotMakeTheUsesAboveItForgotten() {
    Chain hers = cast.aliceGets(cast.toAlice().at(Use.calls(1)));
    Chain brief = cast.bobGets(hers, cast.toBob().until(cast.now.plusSeconds(10)));
    assertThat(byBob(brief, NARROW)).isInstanceOf(Verdict.Granted.class);

    assertThat(cast.uses.snapshot().get(hers.leaf()))
        .extracting(Uses.Count::until)
        .isEqualTo(Optional.empty());
  }
}
