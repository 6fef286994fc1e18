package org.promisegrid.kernel.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

final class TokenTest {

  private final Cast cast = new Cast(9);

  private byte[] signed(Item.Table header, Item claims) {
    return CoseSign1.attached(cast.node, header, Cbor.encode(claims), Cast.TOKEN);
  }

  private Map<Item, Item> good() throws MalformedException {
    Chain root = cast.issuer(cast.node).root(cast.toAlice());
    return new HashMap<>(root.tokens().getFirst().claims().toItem().entries());
  }

  private void assertMalformed(Item key, Item value) throws MalformedException {
    Map<Item, Item> claims = good();
    claims.put(key, value);
    byte[] bytes = signed(CoseSign1.EDDSA, new Item.Table(claims));
    assertThatThrownBy(() -> Token.decode(bytes))
        .as("%s: %s", key, value)
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aClaimThatIsNotKnownIsNotSkipped() throws Exception {
    assertMalformed(Item.of(2), Item.of("subject"));
    assertMalformed(Item.of(8), Item.EMPTY);
    assertMalformed(Item.of("only"), Item.of("on Sundays"));
  }

  @Test
  void aClaimThatMustBeThereIsMissed() throws Exception {
    for (Item key : List.of(Item.of(1), Item.of(6), Item.of(7), Item.of("fun"))) {
      Map<Item, Item> claims = good();
      claims.remove(key);
      byte[] bytes = signed(CoseSign1.EDDSA, new Item.Table(claims));
      assertThatThrownBy(() -> Token.decode(bytes)).isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void claimsOfAnotherFormAreMalformed() throws Exception {
    Item link = Item.of(Cast.THUMB);
    assertMalformed(Item.of(3), Item.of("alice"));
    assertMalformed(Item.of(4), Item.of(-1));
    assertMalformed(Item.of(4), Item.of(Long.MAX_VALUE));
    assertMalformed(Item.of(7), Item.of(new byte[15]));
    assertMalformed(Item.of("fun"), Item.array(List.of()));
    assertMalformed(Item.of("fun"), Item.array(link, link));
    assertMalformed(Item.of("prm"), Item.EMPTY);
    assertMalformed(Item.of("pol"), Item.array(List.of()));
    assertMalformed(Item.of("use"), Item.EMPTY);
    assertMalformed(Item.of("use"), Item.table().put("calls", 0).build());
    assertMalformed(Item.of("use"), Item.table().put("rate", Item.array(Item.of(1))).build());
    assertMalformed(Item.of("prf"), Item.NULL);
  }

  @Test
  void aTokensHeaderHasTheAlgorithmAndNothingElse() throws Exception {
    Item.Table header =
        Item.table().put(1, Item.of(-8)).put(15, Item.table().put(4, Item.of(1)).build()).build();
    Item.Table claims = new Item.Table(good());

    assertThat(Token.decode(signed(CoseSign1.EDDSA, claims)).isSigned(Cast.TOKEN)).isTrue();
    assertThatThrownBy(() -> Token.decode(signed(header, claims)))
        .isInstanceOf(MalformedException.class);
  }
}
