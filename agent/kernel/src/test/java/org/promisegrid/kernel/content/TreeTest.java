package org.promisegrid.kernel.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.sandbox.Cid;

final class TreeTest {

  private static final Cid CONTENT = Cid.of(new byte[] {1});
  private static final Tree TREE =
      new Tree(
          new TreeMap<>(
              Map.of(
                  "readme",
                  new Tree.File(CONTENT, 12, false),
                  "run",
                  new Tree.File(CONTENT, 12, true),
                  "höhle",
                  new Tree.Directory(Cid.of(new byte[] {2}), 40),
                  "latest",
                  new Tree.Symlink("run"))));

  @Test
  void aTreeIsReadAsItWasWritten() throws Exception {
    Message message = TREE.message();

    assertThat(Tree.isOne(message)).isTrue();
    assertThat(Tree.of(Message.decode(message.bytes()))).isEqualTo(TREE);
    assertThat(TREE.size()).isEqualTo(12 + 12 + 40 + 3);
    assertThat(message.links())
        .containsExactlyInAnyOrder(Protocols.cid("tree"), CONTENT, Cid.of(new byte[] {2}));
  }

  @Test
  void anEmptyDirectoryIsATreeToo() throws Exception {
    Tree empty = new Tree(new TreeMap<>());
    assertThat(Tree.of(Message.decode(empty.message().bytes()))).isEqualTo(empty);
  }

  @Test
  void itsFormIsTheOneThatIsPublished() {
    SortedMap<String, Tree.Entry> entries = new TreeMap<>();
    entries.put("run", new Tree.File(CONTENT, 12, true));
    entries.put("latest", new Tree.Symlink("run"));

    assertThat(new Tree(entries).message())
        .isEqualTo(
            Message.of(
                Protocols.cid("tree"),
                Item.table()
                    .put("run", Item.array(Item.of(1), Item.of(CONTENT), Item.of(12)))
                    .put("latest", Item.array(Item.of(3), Item.of("run"), Item.of(3)))
                    .build()));
  }

  @Test
  void entriesDescribeThemselves() {
    assertThat(new Tree.File(CONTENT, 12, true).describe(Item.table()))
        .isEqualTo(
            Item.table().put("type", "executable").put("cid", CONTENT).put("size", 12).build());
    assertThat(new Tree.Symlink("run").describe(Item.table()))
        .isEqualTo(Item.table().put("type", "symlink").put("target", "run").put("size", 3).build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "/", "a\0b", "\ud800"})
  void whatCannotBeANameIsNone(String name) {
    SortedMap<String, Tree.Entry> entries = new TreeMap<>();
    entries.put(name, new Tree.Symlink("x"));
    assertThatThrownBy(() -> new Tree(entries)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void namesAreLimitedByTheirBytes() {
    SortedMap<String, Tree.Entry> entries = new TreeMap<>();
    entries.put("ä".repeat(127) + "a", new Tree.Symlink("x"));
    assertThat(new Tree(entries).entries()).hasSize(1);
    entries.put("ä".repeat(128), new Tree.Symlink("x"));
    assertThatThrownBy(() -> new Tree(entries)).isInstanceOf(IllegalArgumentException.class);
  }

  static Stream<Message> messagesThatAreNoTrees() {
    Cid tree = Protocols.cid("tree");
    return Stream.of(
        Message.of(Protocols.cid("receipt"), Item.EMPTY),
        Message.of(tree),
        Message.of(tree, Item.EMPTY, Item.EMPTY),
        Message.of(tree, Item.array()),
        Message.of(tree, Item.table().put(1, row(0, Item.of(CONTENT), 1)).build()),
        one("..", row(0, Item.of(CONTENT), 1)),
        one("a/b", row(0, Item.of(CONTENT), 1)),
        one("a", Item.of(CONTENT)),
        one("a", Item.array(Item.of(0), Item.of(CONTENT))),
        one("a", Item.array(Item.of(0), Item.of(CONTENT), Item.of(1), Item.of(1))),
        one("a", row(4, Item.of(CONTENT), 1)),
        one("a", row(-1, Item.of(CONTENT), 1)),
        one("a", row(0, Item.of(CONTENT), -1)),
        one("a", row(0, Item.of("text"), 4)),
        one("a", row(3, Item.of(CONTENT), 4)),
        one("a", row(3, Item.of("text"), 5)),
        one("a", row(3, Item.of(""), 0)),
        one("a", row(3, Item.of("a\0b"), 3)),
        one("a", row(3, Item.of("a".repeat(4096)), 4096)));
  }

  @ParameterizedTest
  @MethodSource("messagesThatAreNoTrees")
  void anythingElseIsRefused(Message message) {
    assertThatThrownBy(() -> Tree.of(message)).isInstanceOf(MalformedException.class);
  }

  @Test
  void hostileBytesAreATreeOrMalformedAndNothingElse() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] right = TREE.message().bytes();
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = right.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        // Behind slot 0, most of the time: another function is no tree at once.
        int from = random.nextInt(20) == 0 ? 0 : 49;
        bytes[from + random.nextInt(bytes.length - from)] = (byte) random.nextInt();
      }
      try {
        assertThat(Tree.of(Message.decode(bytes)).message().bytes()).isEqualTo(bytes);
      } catch (MalformedException e) {
        assertThat(e).hasMessageMatching("(?s).+");
      } catch (RuntimeException | AssertionError e) {
        fail("seed " + seed, e);
      }
    }
  }

  private static Message one(String name, Item entry) {
    return Message.of(Protocols.cid("tree"), Item.table().put(name, entry).build());
  }

  private static Item row(int type, Item what, long size) {
    return Item.array(Item.of(type), what, Item.of(size));
  }
}
