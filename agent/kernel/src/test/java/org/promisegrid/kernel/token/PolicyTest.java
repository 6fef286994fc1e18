package org.promisegrid.kernel.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.token.Condition.Op;
import org.promisegrid.sandbox.Cid;

final class PolicyTest {

  private static final Cid INPUT = Cast.named("a picture");

  private static final CallView CALL =
      new CallView(
          Cast.THUMB,
          Set.of(),
          Item.table()
              .put("width", 320)
              .put("ratio", "-1.5")
              .put("big", "99999999999999999999999999")
              .put("path", "/srv/pictures/a.png")
              .put("deep", Item.table().put("er", Item.table().put("est", true).build()).build())
              .put("list", Item.array(Item.of(1), Item.of(2)))
              .put("nothing", Item.NULL)
              .build(),
          INPUT,
          Item.table().put("isolation", "kernel").build());

  private static boolean holds(String name, Op op, Item value) {
    return Condition.param(name, op, value).holds(CALL);
  }

  @Test
  void equalIsEqualInValueAndType() {
    assertThat(holds("width", Op.EQ, Item.of(320))).isTrue();
    assertThat(holds("width", Op.EQ, Item.of(321))).isFalse();
    assertThat(holds("width", Op.EQ, Item.of("320"))).isFalse();
    assertThat(holds("list", Op.EQ, Item.array(Item.of(1), Item.of(2)))).isTrue();
    assertThat(holds("nothing", Op.EQ, Item.NULL)).isTrue();
  }

  @Test
  void unequalNeedsTheSameType() {
    assertThat(holds("width", Op.NE, Item.of(321))).isTrue();
    assertThat(holds("width", Op.NE, Item.of(320))).isFalse();
    assertThat(holds("width", Op.NE, Item.of("320"))).isFalse();
  }

  @Test
  void orderIsThatOfNumbersWholeAndDecimal() {
    assertThat(holds("width", Op.LT, Item.of(321))).isTrue();
    assertThat(holds("width", Op.LT, Item.of(320))).isFalse();
    assertThat(holds("width", Op.LE, Item.of(320))).isTrue();
    assertThat(holds("width", Op.GT, Item.of(319))).isTrue();
    assertThat(holds("width", Op.GE, Item.of("320.5"))).isFalse();
    assertThat(holds("width", Op.LT, Item.of("320.5"))).isTrue();
    assertThat(holds("ratio", Op.LT, Item.of(-1))).isTrue();
    assertThat(holds("ratio", Op.GE, Item.of("-1.5"))).isTrue();
    assertThat(holds("big", Op.GT, Item.of(Long.MAX_VALUE))).isTrue();
    // As text, "320" would come before "9".
    assertThat(holds("width", Op.LT, Item.of(9))).isFalse();
  }

  @Test
  void whatIsNoNumberHasNoOrder() {
    for (Op op : List.of(Op.LT, Op.LE, Op.GT, Op.GE)) {
      assertThat(holds("path", op, Item.of(1))).isFalse();
      assertThat(holds("list", op, Item.of(1))).isFalse();
      assertThat(holds("nothing", op, Item.of(0))).isFalse();
      assertThatThrownBy(() -> Condition.param("width", op, Item.of("many")))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> Condition.param("width", op, Item.of("1e9")))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aValueIsOneOfAListOrIsNot() {
    assertThat(holds("width", Op.IN, Item.array(Item.of(64), Item.of(320)))).isTrue();
    assertThat(holds("width", Op.IN, Item.array(Item.of(64)))).isFalse();
    assertThatThrownBy(() -> Condition.param("width", Op.IN, Item.array(List.of())))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPrefixIsOfText() {
    assertThat(holds("path", Op.PREFIX, Item.of("/srv/"))).isTrue();
    assertThat(holds("path", Op.PREFIX, Item.of("/etc/"))).isFalse();
    assertThat(holds("width", Op.PREFIX, Item.of(""))).isFalse();
    assertThatThrownBy(() -> Condition.param("path", Op.PREFIX, Item.of(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatIsMissingSatisfiesAbsentAndNothingElse() {
    assertThat(holds("colour", Op.ABSENT, Item.NULL)).isTrue();
    assertThat(holds("width", Op.ABSENT, Item.NULL)).isFalse();
    assertThat(holds("nothing", Op.ABSENT, Item.NULL)).isFalse();
    assertThat(holds("colour", Op.EQ, Item.NULL)).isFalse();
    assertThat(holds("colour", Op.NE, Item.of("red"))).isFalse();
    assertThat(holds("colour", Op.LE, Item.of(1))).isFalse();
    assertThat(holds("colour", Op.IN, Item.array(Item.NULL))).isFalse();
    assertThat(holds("colour", Op.PREFIX, Item.of(""))).isFalse();
  }

  @Test
  void aPathGoesDownMapsAndNothingElse() {
    assertThat(new Condition(List.of("params", "deep", "er", "est"), Op.EQ, Item.TRUE).holds(CALL))
        .isTrue();
    assertThat(new Condition(List.of("params", "deep", "er", "no"), Op.EQ, Item.TRUE).holds(CALL))
        .isFalse();
    assertThat(new Condition(List.of("params", "list", "0"), Op.EQ, Item.of(1)).holds(CALL))
        .isFalse();
  }

  @Test
  void termsInputAndFunctionCanBeAskedForToo() {
    assertThat(Condition.term("isolation", Op.EQ, Item.of("kernel")).holds(CALL)).isTrue();
    assertThat(new Condition(List.of("input"), Op.EQ, Item.of(INPUT)).holds(CALL)).isTrue();
    assertThat(new Condition(List.of("input"), Op.EQ, Item.of(Cast.THUMB)).holds(CALL)).isFalse();
    assertThat(
            new Condition(List.of("function"), Op.IN, Item.array(Item.of(Cast.THUMB))).holds(CALL))
        .isTrue();
  }

  @Test
  void everyConditionMustHold() {
    Condition good = Condition.param("width", Op.LE, Item.of(320));
    Condition bad = Condition.term("isolation", Op.EQ, Item.of("any"));

    assertThat(new Policy(List.of(good)).broken(CALL)).isEmpty();
    assertThat(new Policy(List.of(good)).and(new Policy(List.of(bad))).broken(CALL)).contains(bad);
    assertThat(Policy.NONE.broken(CALL)).isEmpty();
  }

  @Test
  void aPolicyIsReadBackAndNothingElseIsRead() throws Exception {
    Policy policy =
        new Policy(
            List.of(
                Condition.param("width", Op.LE, Item.of(320)),
                Condition.term("price", Op.ABSENT, Item.NULL)));
    assertThat(Policy.of(policy.toItem())).isEqualTo(policy);

    Item path = Item.array(Item.of("params"), Item.of("width"));
    List<Item> wrong =
        List.of(
            Item.NULL,
            Item.array(List.of()),
            Item.array(Item.of(1)),
            Item.array(Item.array(path, Item.of("eq"))),
            Item.array(Item.array(path, Item.of("EQ"), Item.of(1))),
            Item.array(Item.array(path, Item.of("like"), Item.of("%"))),
            Item.array(Item.array(path, Item.of("absent"), Item.of(1))),
            Item.array(Item.array(Item.array(Item.of("params")), Item.of("eq"), Item.of(1))),
            Item.array(Item.array(Item.array(Item.of("input"), Item.of("x")), Item.of("eq"), path)),
            Item.array(Item.array(Item.array(Item.of("proof"), Item.of("x")), Item.of("eq"), path)),
            Item.array(Item.array(Item.array(Item.of("params"), Item.of(1)), Item.of("eq"), path)),
            Item.array(Item.array(Item.array(List.of()), Item.of("eq"), path)),
            Item.array(Collections.nCopies(65, Condition.param("a", Op.EQ, path).toItem())));
    assertThat(wrong)
        .allSatisfy(item ->
            assertThatThrownBy(() -> Policy.of(item)).isInstanceOf(MalformedException.class));
  }
}
