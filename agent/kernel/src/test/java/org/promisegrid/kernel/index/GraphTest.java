package org.promisegrid.kernel.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.index.Graph.Direction;
import org.promisegrid.kernel.index.Graph.Walk;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.sandbox.Cid;

@Timeout(600)
final class GraphTest {

  @TempDir Path home;
  private ContentStore content;
  private Index index;
  private Graph graph;

  @BeforeEach
  void open() {
    content = ContentStore.open(home);
    index = Index.open(home.resolve("index"));
    graph = new Graph(index, content);
  }

  @AfterEach
  void close() {
    index.close();
    content.close();
  }

  @Test
  void linksAreFollowedBothWays() {
    Cid module = put("module");
    Cid function = message("answer", module);
    Cid picture = put("picture");
    Cid receipt = message("receipt", function, picture);
    Cid call = Cid.of(new byte[] {9});
    Write write = index.write();
    graph.link(write, call, receipt);
    write.commit();

    Walk down = graph.walk(call, Direction.DOWN, 16, 100, sight(_ -> true));
    assertThat(down.nodes())
        .containsExactlyInAnyOrder(
            new Walk.Node(call, "call"),
            new Walk.Node(receipt, "receipt"),
            new Walk.Node(function, "answer"),
            new Walk.Node(picture, "content"),
            new Walk.Node(module, "content"));
    assertThat(down.edges())
        .containsExactlyInAnyOrder(
            new Walk.Edge(call, receipt),
            new Walk.Edge(receipt, function),
            new Walk.Edge(receipt, picture),
            new Walk.Edge(function, module));
    assertThat(down.more()).isFalse();

    Walk up = graph.walk(module, Direction.UP, 16, 100, sight(_ -> true));
    assertThat(up.nodes())
        .extracting(Walk.Node::cid)
        .containsExactly(module, function, receipt, call);
    assertThat(up.edges())
        .containsExactly(
            new Walk.Edge(function, module),
            new Walk.Edge(receipt, function),
            new Walk.Edge(call, receipt));
    assertThat(graph.walk(module, Direction.UP, 2, 100, sight(_ -> true)).more()).isTrue();
    assertThat(graph.walk(module, Direction.UP, 3, 100, sight(_ -> true)).more()).isFalse();
    assertThat(graph.walk(module, Direction.UP, 3, 2, sight(_ -> true)).nodes()).hasSize(2);
    assertThat(graph.walk(module, Direction.UP, 3, 2, sight(_ -> true)).more()).isTrue();
  }

  @Test
  void whatIsNotVisibleIsNeitherShownNorFollowed() {
    Cid leaf = put("leaf");
    Cid secret = message("answer", leaf);
    Cid shown = message("receipt", leaf);
    message("event", secret);

    Walk walk = graph.walk(leaf, Direction.UP, 16, 100, sight(cid -> !cid.equals(secret)));

    assertThat(walk.nodes()).extracting(Walk.Node::cid).containsExactly(leaf, shown);
    assertThat(walk.edges()).containsExactly(new Walk.Edge(shown, leaf));
    assertThat(walk.more()).isFalse();
  }

  @Test
  void aDiamondIsWalkedOnceWithAllItsEdges() {
    Cid bottom = put("bottom");
    Cid left = message("answer", bottom);
    Cid right = message("event", bottom);
    Cid top = message("tree", left, right);

    Walk walk = graph.walk(top, Direction.DOWN, 16, 100, sight(_ -> true));

    assertThat(walk.nodes()).hasSize(4);
    assertThat(walk.edges()).hasSize(4);
  }

  @Test
  void onlyWhatBeginsLikeAMessageIsParsed() {
    Cid target = put("target");
    byte[] message = bytes("answer", target);
    Cid behind = index(concat(new byte[] {0}, message));
    Cid torn = index(concat(message, new byte[] {0}));
    Cid right = index(message);

    assertThat(graph.walk(target, Direction.UP, 1, 10, sight(_ -> true)).nodes())
        .extracting(Walk.Node::cid)
        .containsExactly(target, right);
    assertThat(graph.kind(behind)).isEqualTo("content");
    assertThat(graph.kind(torn)).isEqualTo("content");
  }

  @Test
  void theIndexIsTheSameWhenItIsBuiltAgain() throws Exception {
    Cid leaf = put("leaf");
    Cid middle = message("answer", leaf);
    Cid top = message("receipt", middle, leaf);
    Walk before = graph.walk(top, Direction.DOWN, 16, 100, sight(_ -> true));
    index.close();
    try (Stream<Path> files = Files.list(home.resolve("index"))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    index = Index.open(home.resolve("index"));
    graph = new Graph(index, content);

    content.visit((cid, _) -> {
      Write write = index.write();
      graph.add(write, cid, _ -> false);
      write.commit();
      return true;
    });

    assertThat(graph.walk(top, Direction.DOWN, 16, 100, sight(_ -> true))).isEqualTo(before);
  }

  @Test
  void aMillionLinksStillAnswerAtOnce() {
    Random random = new Random(5);
    Cid hub = put("hub");
    Cid[] chain = new Cid[11];
    chain[0] = Cid.of(new byte[] {1});
    Write write = index.write();
    for (int i = 0; i < 1_000_000; i++) {
      Cid from = random(random);
      // Half of them lead to one hub, the others anywhere.
      edge(write, from, i % 2 == 0 ? hub : random(random));
      if (i % 50_000 == 49_999) {
        write.commit();
        write = index.write();
      }
    }
    for (int i = 1; i < chain.length; i++) {
      chain[i] = random(random);
      edge(write, chain[i], chain[i - 1]);
      edge(write, chain[i], hub);
    }
    write.commit();

    // How quick a machine is, is nobody's claim: what is looked at is counted.
    AtomicInteger looked = new AtomicInteger();
    Predicate<Cid> visible = _ -> looked.incrementAndGet() > 0;
    for (Direction direction : Direction.values()) {
      Cid start = direction == Direction.UP ? chain[0] : chain[10];
      assertThat(graph.walk(start, direction, 16, 1000, sight(visible)).nodes())
          .hasSizeGreaterThanOrEqualTo(11);
    }
    assertThat(graph.walk(hub, Direction.UP, 16, 1000, sight(visible)).more()).isTrue();
    assertThat(looked).hasValueLessThan(20_000);

    Search found = new Search(index, Set.of(chain[10]), hub);
    assertThat(found.connected()).isTrue();
    Search none = new Search(index, Set.of(chain[0]), hub);
    assertThat(none.connected()).isFalse();
    assertThat(found.turns() + none.turns()).isLessThan(6);
  }

  private static Graph.Sight sight(Predicate<Cid> visible) {
    return kinds -> kinds.keySet().stream().filter(visible).collect(Collectors.toSet());
  }

  private static void edge(Write write, Cid from, Cid to) {
    write.put(
        Table.LINKS,
        ByteBuffer.allocate(65).put(from.digest()).put((byte) 1).put(to.digest()).array(),
        new byte[0]);
    write.put(
        Table.BACKLINKS,
        ByteBuffer.allocate(65).put(to.digest()).put((byte) 1).put(from.digest()).array(),
        new byte[0]);
  }

  private static Cid random(Random random) {
    byte[] digest = new byte[32];
    random.nextBytes(digest);
    return Cid.ofDigest(digest);
  }

  private Cid put(String text) {
    return index(text.getBytes(UTF_8));
  }

  @Test
  void contentThatCannotBeReadHasNoLinksAndStopsNobody() throws Exception {
    Cid link = put("link");
    byte[] large = Message.of(link, Item.of(new byte[ContentStore.LARGE])).bytes();
    Cid cid = content.put(large).cid();
    Path file;
    try (Stream<Path> files = Files.walk(home.resolve("content"))) {
      file = files.filter(it -> it.endsWith(cid.toString())).findFirst().orElseThrow();
    }
    // As a bad sector does: it opens, and can't be read.
    Files.delete(file);
    Files.createDirectory(file);

    index(cid);

    assertThat(graph.walk(cid, Direction.DOWN, 1, 10, sight(_ -> true)).edges()).isEmpty();
    assertThat(graph.kind(cid)).isEqualTo("content");
  }

  private Cid message(String kind, Cid... links) {
    return index(bytes(kind, links));
  }

  private static byte[] bytes(String kind, Cid... links) {
    Cid slot =
        Protocols.find(kind)
            .orElseGet(() -> Cid.of(("a user's function, " + kind).getBytes(UTF_8)));
    return Message.of(slot, Item.array(Stream.of(links).map(Item::of).toList())).bytes();
  }

  private Cid index(byte[] bytes) {
    return index(content.put(bytes).cid());
  }

  private Cid index(Cid cid) {
    Write write = index.write();
    graph.add(write, cid, _ -> false);
    write.commit();
    return cid;
  }

  private static byte[] concat(byte[] a, byte[] b) {
    return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
  }
}
