package org.promisegrid.kernel.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// One encoding for an item, and nothing else is read.
final class CborTest {

  @ParameterizedTest
  @CsvSource({
    "1800, as short", // 0 in two bytes
    "1817, as short",
    "1900ff, as short",
    "1a0000ffff, as short",
    "1b00000000ffffffff, as short",
    "3817, as short",
    "58020102, as short", // the length of a byte string
    "780161, as short",
    "9801f6, as short",
    "b80100f6, as short",
    "d81700, as short", // a tag
    "1c, reserved",
    "1d, reserved",
    "1e, reserved",
    "1f, indefinite",
    "5fff, indefinite",
    "ff, indefinite",
    "a2616201616101, out of order",
    "a2616101616101, out of order", // twice
    "a22000f600, text nor a whole number",
    "a220000000, out of order", // 0 after -1
    "a16161, the end", // no value
    "a1f600, text nor a whole number",
    "a1400000, text nor a whole number",
    "a1800000, text nor a whole number",
    "0000, after the end",
    "f9, a float",
    "f800, simple",
    "f814, simple", // false in two bytes
    "e0, simple",
    "62c328, UTF-8",
    "61ff, UTF-8",
    "62c080, UTF-8", // 0 in two bytes
    "63eda080, UTF-8", // half a surrogate pair
    "64f4908080, UTF-8", // beyond Unicode
    "63efbfbd00, after the end", // U+FFFD itself is text
    "18, the end",
    "19ff, the end",
    "42ff, beyond the end",
    "62ff, beyond the end",
    "82f6, beyond the end",
    "81, beyond the end",
    "a1, beyond the end",
    "c1, the end",
    "5b7fffffffffffffff, beyond the end",
    "5bffffffffffffffff, beyond the end",
    "7bffffffffffffffff, beyond the end",
    "9b7fffffffffffffff, beyond the end",
    "9bffffffffffffffff, beyond the end",
    "9affffffff, beyond the end",
    "bb7fffffffffffffff, beyond the end",
    "bbffffffffffffffff, beyond the end",
    "ba80000000, beyond the end",
    "dbffffffffffffffff00, beyond 64 bits",
    "d82a00, tag 42",
    "d82a40, tag 42",
    "d82a4100, tag 42",
    "d82a420155, tag 42", // no 00
    "d82a6161, tag 42",
    "d82ad82a420055, tag 42",
  })
  void isRefused(String hex, String why) {
    assertThatThrownBy(() -> Cbor.decode(HexFormat.of().parseHex(hex)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(why);
  }

  @Test
  void nothingIsNoItem() {
    assertThatThrownBy(() -> Cbor.decode(new byte[0])).isInstanceOf(MalformedException.class);
  }

  @Test
  void theReplacementCharacterIsTextLikeAnother() throws MalformedException {
    Item item = Item.of("a\ufffdb");
    assertThat(Cbor.decode(Cbor.encode(item))).isEqualTo(item);
  }

  @Test
  void halfASurrogatePairIsNotWritten() {
    assertThatIllegalArgumentException().isThrownBy(() -> Cbor.encode(Item.of("a\ud800")));
    assertThatIllegalArgumentException().isThrownBy(() -> Cbor.encode(Item.of("\udc00\ud800")));
    assertThatIllegalArgumentException().isThrownBy(() -> Item.table(Map.of("\udc00", Item.NULL)));
  }

  @Test
  void depthIsBoundedTheSameWayForReadingAndWriting() throws MalformedException {
    byte[] deepest = new byte[Cbor.MAX_DEPTH + 1];
    Arrays.fill(deepest, (byte) 0x81);
    deepest[Cbor.MAX_DEPTH] = (byte) 0xf6;
    Item item = Cbor.decode(deepest);
    assertThat(Cbor.encode(item)).isEqualTo(deepest);
    byte[] deeper = new byte[Cbor.MAX_DEPTH + 2];
    Arrays.fill(deeper, (byte) 0x81);
    deeper[Cbor.MAX_DEPTH + 1] = (byte) 0xf6;
    assertThatThrownBy(() -> Cbor.decode(deeper)).hasMessageContaining("deeper");
    assertThatIllegalArgumentException().isThrownBy(() -> Cbor.encode(Item.array(item)));
    byte[] tags = new byte[1 << 20];
    Arrays.fill(tags, (byte) 0xc1);
    assertThatThrownBy(() -> Cbor.decode(tags)).hasMessageContaining("deeper");
  }

  @Test
  void aLinkTakesTwoLevelsAndTwoItems() throws MalformedException {
    Item item = Item.of(Input.EMPTY);
    for (int i = 1; i < Cbor.MAX_DEPTH; i++) {
      item = Item.array(item);
    }
    assertThat(Cbor.decode(Cbor.encode(item))).isEqualTo(item);
    Item deeper = Item.array(item);
    assertThatIllegalArgumentException().isThrownBy(() -> Cbor.encode(deeper));
  }

  @Test
  void moreItemsThanTheLengthAllowsAreRefusedTheSameWay() throws MalformedException {
    // 65,536 items, of which one is the array, and one for each 8 bytes: with n zeros there are
    // n + 1 items in n + 5 bytes, so n + 1 <= 65,536 + (n + 5) / 8.
    int most = 74_897;
    Item full = zeros(most);
    byte[] bytes = Cbor.encode(full);
    assertThat(Cbor.decode(bytes)).isEqualTo(full);
    assertThatIllegalArgumentException().isThrownBy(() -> Cbor.encode(zeros(most + 1)));
    byte[] bomb = Arrays.copyOf(bytes, bytes.length + 1);
    bomb[4] = (byte) (bomb[4] + 1);
    assertThatThrownBy(() -> Cbor.decode(bomb))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("items");
  }

  @Test
  void whatFollowsAnItemDoesNotAddToItsAllowance() throws MalformedException {
    byte[] bytes = Cbor.encode(zeros(74_897));
    bytes[4] = (byte) (bytes[4] + 1);
    byte[] padded = Arrays.copyOf(bytes, 1 << 20);
    assertThatThrownBy(() -> Cbor.decodePrefix(padded))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("items");
    byte[] two = {0x01, 0x02};
    assertThat(Cbor.decodePrefix(two)).isEqualTo(new Cbor.Prefix(Item.of(1), 1));
  }

  @Test
  void keysSortAsTheirEncodings() {
    Item.Table table =
        Item.table()
            .put("aa", 1)
            .put("b", 1)
            .put(-1, Item.NULL)
            .put(0, Item.NULL)
            .put(Long.MIN_VALUE, Item.NULL)
            .put(Long.MAX_VALUE, Item.NULL)
            .put(-300, Item.NULL)
            .build();
    assertThat(table.entries().keySet())
        .containsExactly(
            Item.of(0),
            Item.of(Long.MAX_VALUE),
            Item.of(-1),
            Item.of(-300),
            Item.of(Long.MIN_VALUE),
            Item.of("b"),
            Item.of("aa"));
    assertThat(table.get(-300)).contains(Item.NULL);
    assertThat(table.get("aa")).contains(Item.of(1));
    assertThat(table.get("c")).isEmpty();
  }

  @Test
  void tablesAreMapsToOthers() {
    Map<Item, Item> plain = Map.of(Item.of("a"), Item.of(1), Item.of(2), Item.of("b"));
    Map<Item, Item> entries = new Item.Table(plain).entries();
    assertThat(entries).isEqualTo(plain).hasSameHashCodeAs(plain).containsKey(Item.of(2));
    assertThat(plain).isEqualTo(entries);
    assertThat(entries.get(Item.NULL)).isNull();
    assertThatThrownBy(() -> entries.put(Item.of("c"), Item.NULL))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(entries::clear).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void keysAreTextOrNumbers() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Item.Table(Map.of(Item.NULL, Item.NULL)));
  }

  @Test
  void aTagThatIsALinkIsNoOtherItem() {
    byte[] binary = new byte[37];
    System.arraycopy(Input.EMPTY.bytes(), 0, binary, 1, 36);
    assertThatIllegalArgumentException().isThrownBy(() -> new Item.Tagged(42, Item.of(binary)));
    assertThatIllegalArgumentException().isThrownBy(() -> new Item.Tagged(42, Item.NULL));
    assertThatIllegalArgumentException().isThrownBy(() -> new Item.Tagged(-1, Item.NULL));
  }

  private static Item.Array zeros(int count) {
    List<Item> items = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      items.add(Item.of(0));
    }
    return Item.array(items);
  }
}
