package org.promisegrid.kernel.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.sandbox.Cid;

final class MessageTest {

  private static final Cid FUNCTION = Cid.of(new byte[] {1});
  private static final Cid OTHER = Cid.of(new byte[] {2});

  @Test
  void theBytesReceivedAreKeptAndNamed() throws MalformedException {
    byte[] bytes = Message.of(FUNCTION, Item.of("x")).bytes();
    Message message = Message.decode(bytes);
    byte[] before = bytes.clone();
    bytes[bytes.length - 1] = 'y';
    message.bytes()[0] = 0;
    assertThat(message.bytes()).isEqualTo(before);
    assertThat(message.cid()).isEqualTo(Cid.of(before));
    assertThat(message.length()).isEqualTo(before.length);
    assertThat(message).isEqualTo(Message.of(FUNCTION, Item.of("x")));
  }

  @Test
  void itBeginsWithGrid() {
    assertThat(Message.of(FUNCTION).bytes()).startsWith(0xda, 'g', 'r', 'i', 'd');
    assertThat(Message.begins(HexFormat.of().parseHex("da67726964"))).isTrue();
    assertThat(Message.begins(HexFormat.of().parseHex("da677269"))).isFalse();
    assertThat(Message.begins(HexFormat.of().parseHex("da6772696500"))).isFalse();
  }

  @Test
  void linksAreFoundWhereverTheyStandEachOnce() {
    Message message =
        Message.of(
            FUNCTION,
            Item.array(
                Item.of(OTHER), Item.table().put("deep", Item.array(Item.of(FUNCTION))).build()),
            new Item.Tagged(7, Item.of(Input.EMPTY)),
            Item.of(Message.of(Cid.of(new byte[] {3})).bytes()));
    assertThat(message.links()).containsExactly(FUNCTION, OTHER, Input.EMPTY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "da67726964",
        "da6772696480", // no slots at all
        "da6772696481f6", // slot 0 is no link
        "da67726964a0", // no array
        "da67726964f6",
        "d9d9f7da6772696480", // another tag around it
        "da6772696581d82a420055", // another tag
      })
  void whatIsNoMessageIsRefused(String hex) {
    assertThatThrownBy(() -> Message.decode(HexFormat.of().parseHex(hex)))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void whatIsTooLongIsRefusedBeforeItIsRead() {
    assertThatThrownBy(() -> Message.decode(new byte[Message.MAX_SIZE + 1]))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("the most");
    Item.Bytes large = Item.of(new byte[Message.MAX_SIZE]);
    assertThatIllegalArgumentException().isThrownBy(() -> Message.of(FUNCTION, large));
  }
}
