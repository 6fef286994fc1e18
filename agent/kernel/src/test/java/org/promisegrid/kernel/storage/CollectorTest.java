package org.promisegrid.kernel.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.kernel.Heard;
import org.promisegrid.kernel.content.Amount;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.index.Table;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.sandbox.Cid;

/// What is put, or named, while a collection goes on, stays with all that it links to.
@Timeout(600)
final class CollectorTest {

  private static final String ALICE = "did:key:alice";
  private static final Cid CALL = Cid.of("a call".getBytes(UTF_8));
  private static final Storage STORAGE =
      new Storage(
          0, Amount.ALL, Amount.ofBytes(1 << 20), 1 << 20, Duration.ofDays(1), Optional.empty());

  @TempDir Path home;
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private final AtomicReference<Runnable> between = new AtomicReference<>(() -> {});
  private ContentStore content;
  private Index index;
  private Ledger ledger;
  private Collector collector;

  @BeforeEach
  void open() {
    content = ContentStore.open(home);
    index = Index.open(home.resolve("index"));
    InstantSource clock = now::get;
    ledger = Opening.ledger(home, content, index, clock);
    collector = new Collector(ledger, content, STORAGE, clock, () -> between.get().run());
  }

  @AfterEach
  void close() {
    ledger.close();
    index.close();
    content.close();
  }

  @Test
  void theCaretakerCollectsAgainAfterWhatNobodyExpected() throws Exception {
    var _ = leaf("garbage");
    pass(Duration.ofDays(2));
    CountDownLatch tries = new CountDownLatch(2);
    between.set(() -> {
      tries.countDown();
      if (tries.getCount() > 0) {
        throw new IllegalStateException("a fault of the agent's own");
      }
    });
    Clockwatch watch = new Clockwatch(now::get, () -> 0, () -> ledger.keeping().reckoning());
    CountDownLatch elsewhere = new CountDownLatch(1);
    try (Caretaker caretaker =
        new Caretaker(collector, elsewhere::countDown, watch, Duration.ofMillis(50))) {
      caretaker.start();
      assertThat(tries.await(100, TimeUnit.SECONDS)).isTrue();
      assertThat(elsewhere.await(100, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void theCaretakerSaysWhatKeepsItFromCollecting() throws Exception {
    Holds.Busy backup = new Holds.Busy("a backup", Instant.parse("2026-11-22T10:00:00Z"));
    assertThat(content.holds().begin(backup, _ -> {})).isTrue();
    Clockwatch watch = new Clockwatch(now::get, () -> 0, () -> ledger.keeping().reckoning());
    try (Heard heard = new Heard(Caretaker.class.getName());
        Caretaker caretaker = new Caretaker(collector, () -> {}, watch, Duration.ofMillis(50))) {
      caretaker.start();
      heard.await("nothing was collected", 1);
      assertThat(heard.said())
          .first()
          .asString()
          .contains("WARN", "a backup is under way since 2026-11-22T10:00:00Z");
    } finally {
      content.holds().end();
    }
  }

  private void pass(Duration time) {
    now.set(now.get().plus(time));
  }

  /// As `content.put` does it.
  private Cid put(Holds.Hold hold, byte[] bytes, Cid... links) {
    Cid cid = content.put(bytes, hold).cid();
    hold.addAll(List.of(links));
    ledger.put(ALICE, cid, bytes.length, Reach.HERE, List.of(), List.of());
    return cid;
  }

  private Cid puts(byte[] bytes, Cid... links) {
    try (Holds.Hold hold = content.holds().open()) {
      return put(hold, bytes, links);
    }
  }

  private Cid leaf(String text) {
    try (Holds.Hold hold = content.holds().open()) {
      return put(hold, text.getBytes(UTF_8));
    }
  }

  private Cid linking(String text, Cid... links) {
    try (Holds.Hold hold = content.holds().open()) {
      return linking(hold, text, links);
    }
  }

  private Cid linking(Holds.Hold hold, String text, Cid... links) {
    Item list = Item.array(Stream.of(links).map(Item::of).toList());
    return put(hold, Message.of(Protocols.cid("answer"), list, Item.of(text)).bytes(), links);
  }

  private boolean allThere(Cid top) {
    Deque<Cid> open = new ArrayDeque<>(List.of(top));
    while (!open.isEmpty()) {
      Cid next = open.removeFirst();
      if (!content.has(next)) {
        return false;
      }
      ledger.graph().links(next, open::add);
    }
    return true;
  }

  /// A tree of three levels: what it is named by goes first.
  private Cid tree(String name) {
    try (Holds.Hold hold = content.holds().open()) {
      return tree(hold, name);
    }
  }

  private Cid tree(Holds.Hold hold, String name) {
    Cid left = put(hold, (name + " left").getBytes(UTF_8));
    Cid right = put(hold, (name + " right").getBytes(UTF_8));
    return linking(hold, name, linking(hold, name + " inner", left, right), left);
  }

  @Test
  void whatIsLinkedWhileItIsStillThereStaysWhole() throws Exception {
    List<Cid> trees = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      trees.add(tree("tree " + i));
    }
    pass(Duration.ofDays(2));
    List<Cid> linked = new ArrayList<>();
    between.set(() -> {
      // One that is there as yet, whatever of it would have gone next.
      trees.stream()
          .filter(tree -> content.has(tree) && !linked.contains(tree))
          .findFirst()
          .ifPresent(tree -> {
            linked.add(tree);
            var _ = linking("keeps " + tree, tree);
          });
    });

    Collector.Done done = collector.collect(Optional.of(CALL)).orElseThrow();

    assertThat(linked).hasSizeGreaterThan(3).allMatch(this::allThere);
    // Everything else is gone, in parts neither.
    assertThat(done.removed().contents()).isEqualTo(4L * (200 - linked.size()));
    assertThat(trees.stream().filter(content::has)).containsExactlyInAnyOrderElementsOf(linked);
  }

  @Test
  void manyWhoPutAndLinkDuringCollectionsLoseNothing() throws Exception {
    long seed = Long.getLong("fuzz.seed", System.nanoTime());
    System.out.println("CollectorTest: -Dfuzz.seed=" + seed);
    List<Cid> kept = Collections.synchronizedList(new ArrayList<>());
    AtomicBoolean over = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(4);
    try (ExecutorService people = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> work = new ArrayList<>();
      for (int person = 0; person < 4; person++) {
        Random random = new Random(seed + person);
        String name = "person " + person;
        work.add(
            people.submit(() -> {
              begun.countDown();
              for (int i = 0; !over.get(); i++) {
                // Of the same few: put anew, and linked while they are there or just aren't any
                // more.
                String tree = "shared " + random.nextInt(20);
                try (Holds.Hold hold = content.holds().open()) {
                  Cid shared = tree(hold, tree);
                  assertThat(allThere(shared)).isTrue();
                  if (random.nextInt(4) == 0) {
                    Cid top = linking(hold, name + " " + i, shared);
                    ledger.keeping().pinned(ALICE, top, "");
                    kept.add(top);
                  }
                }
              }
            }));
      }
      begun.await();
      for (int round = 0; round < 20 || kept.size() < 10; round++) {
        // All leases end at once: what was put a moment ago is kept by nothing but its hold.
        pass(Duration.ofDays(2));
        assertThat(collector.collect(Optional.of(CALL))).isPresent();
      }
      over.set(true);
      for (Future<?> each : work) {
        each.get();
      }
    }
    assertThat(collector.collect(Optional.of(CALL))).isPresent();
    assertThat(kept).isNotEmpty().allMatch(this::allThere);
  }

  @Test
  void whatIsHeldStaysThoughNothingIsWrittenDownOfIt() throws Exception {
    Cid held;
    try (Holds.Hold hold = content.holds().open()) {
      held = content.put("held".getBytes(UTF_8), hold).cid();
      assertThat(collector.collect(Optional.of(CALL)).orElseThrow().removed().contents()).isZero();
    }
    assertThat(collector.collect(Optional.of(CALL)).orElseThrow().removed().contents())
        .isEqualTo(1);
    assertThat(content.has(held)).isFalse();
  }

  @Test
  void oneThatIsCutOffAnywhereCostsNothingThatIsNeededAndTheNextGoesOn() throws Exception {
    Cid pinned = tree("pinned");
    ledger.keeping().pinned(ALICE, pinned, "");
    for (int i = 0; i < 300; i++) {
      var _ = leaf("garbage " + i);
    }
    pass(Duration.ofDays(2));
    AtomicInteger batches = new AtomicInteger();
    between.set(() -> {
      if (batches.incrementAndGet() == 3) {
        throw new IllegalStateException("killed");
      }
    });
    assertThatThrownBy(() -> collector.collect(Optional.of(CALL))).hasRootCauseMessage("killed");

    close();
    open();
    between.set(() -> {});
    assertThat(allThere(pinned)).isTrue();
    assertThat(collector.collect(Optional.of(CALL)).orElseThrow().removed().contents())
        .isPositive();
    assertThat(allThere(pinned)).isTrue();
    assertThat(collector.plan(0).orElseThrow().all().contents()).isZero();
  }

  /// However much of a tree, a leaf last, was removed when the agent was killed, after the journal
  /// said that all of it goes; before it noted that nothing is left, where `all` was removed.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void whatTheJournalSaysIsGoneAndIsntHasItsLinksAfterARestart(int all) throws Exception {
    Cid right = leaf("right");
    Cid inner = linking("t".repeat(100_000), right);
    Cid left = leaf("left");
    Cid top = linking("top", inner, left);
    List<Cid> tree = List.of(top, inner, left, right);
    ledger.keeping().collected(Optional.of(CALL), tree, 100_000, List.of());
    content.remove(tree.subList(0, all));

    close();
    open();

    assertThat(tree.stream().map(content::has)).containsExactly(all < 1, all < 2, all < 3, all < 4);
    if (all < 4) {
      Cid first = tree.get(all);
      ledger.keeping().pinned(ALICE, first, "");
      pass(Duration.ofDays(2));
      assertThat(collector.collect(Optional.of(CALL))).isPresent();
      assertThat(allThere(first)).isTrue();
      // Not as one that links to nothing.
      List<Cid> below = new ArrayList<>();
      ledger.graph().links(first, below::add);
      assertThat(below).hasSize(List.of(2, 1, 0, 0).get(all));
      ledger.keeping().unpinned(ALICE, first);
    }
    assertThat(collector.collect(Optional.of(CALL))).isPresent();
    assertThat(tree).noneMatch(content::has);
    assertThat(collector.plan(0).orElseThrow().all().contents()).isZero();
  }

  @Test
  void whatTheJournalSaysIsGoneAndIsntIsKeptWholeWithoutARestart() throws Exception {
    Cid leaf = leaf("a leaf");
    Cid top = linking("top", leaf);
    // Its removal failed.
    ledger.keeping().collected(Optional.of(CALL), List.of(top), 100, List.of());

    ledger.keeping().pinned(ALICE, top, "");
    pass(Duration.ofDays(2));
    assertThat(collector.collect(Optional.of(CALL))).isPresent();

    assertThat(content.has(leaf)).isTrue();
    assertThat(allThere(top)).isTrue();
  }

  @Test
  void ofWhatIsGoneNothingIsLeftInTheIndex() throws Exception {
    Cid tree = tree("tree");
    pass(Duration.ofDays(2));
    assertThat(collector.collect(Optional.of(CALL))).isPresent();
    assertThat(content.has(tree)).isFalse();
    for (Table table : List.of(Table.UNREAD, Table.LINKS, Table.BACKLINKS, Table.KINDS)) {
      assertThat(index.scan(table, new byte[0], (_, _) -> false)).as("%s", table).isTrue();
    }
  }

  @Test
  void whoeverAskedAndLeftEndsIt() throws Exception {
    for (int i = 0; i < 10; i++) {
      var _ = leaf("garbage " + i);
    }
    pass(Duration.ofDays(2));
    Thread me = Thread.currentThread();
    between.set(me::interrupt);

    assertThatThrownBy(() -> collector.collect(Optional.of(CALL)))
        .isInstanceOf(InterruptedException.class);

    between.set(() -> {});
    assertThat(collector.collect(Optional.of(CALL))).isPresent();
  }

  @Test
  void twoAtATimeAreOne() throws Exception {
    var _ = leaf("garbage");
    pass(Duration.ofDays(2));
    AtomicReference<Optional<?>> second = new AtomicReference<>(Optional.of("none yet"));
    between.set(() -> {
      try {
        second.set(collector.collect(Optional.of(CALL)));
      } catch (InterruptedException | UnreadException e) {
        throw new IllegalStateException(e);
      }
    });

    assertThat(collector.collect(Optional.of(CALL))).isPresent();

    assertThat(second.get()).isEmpty();
  }

  @Test
  void nothingGoesWhileItIsntKnownWhatIsNeeded() throws Exception {
    Cid leaf = leaf("a leaf");
    String text = "t".repeat(100_000);
    Cid tree = linking(text, leaf);
    ledger.keeping().pinned(ALICE, tree, "");
    pass(Duration.ofDays(2));
    Path file = file(tree);
    byte[] sound = Files.readAllBytes(file);
    flip(file);
    // The index is made anew while the tree can't be read.
    ledger.close();
    index.clear();
    ledger = Opening.ledger(home, content, index, now::get);
    collector = new Collector(ledger, content, STORAGE, now::get, () -> {});

    assertThatThrownBy(() -> collector.collect(Optional.of(CALL)))
        .isInstanceOfSatisfying(UnreadException.class, e -> assertThat(e.cid()).isEqualTo(tree));
    assertThat(content.has(leaf)).isTrue();

    assertThat(puts(sound, leaf)).isEqualTo(tree);
    assertThat(collector.collect(Optional.of(CALL))).isPresent();
    assertThat(allThere(tree)).isTrue();
  }

  private Path file(Cid cid) throws IOException {
    try (Stream<Path> files = Files.walk(home.resolve("content"))) {
      return files.filter(it -> it.endsWith(cid.toString())).findFirst().orElseThrow();
    }
  }

  private static void flip(Path file) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(50_000);
      int was = bytes.read();
      bytes.seek(50_000);
      bytes.write(was ^ 1);
    }
  }

  @Test
  void anyNumberOfNamesIsMarked() {
    Marks marks = new Marks();
    Pending pending = new Pending();
    for (int i = 0; i < 50_000; i++) {
      Cid cid = Cid.of(("name " + i).getBytes(UTF_8));
      assertThat(marks.contains(cid)).isFalse();
      assertThat(marks.add(cid)).isTrue();
      assertThat(marks.add(cid)).isFalse();
      pending.push(cid);
    }
    for (int i = 49_999; i >= 0; i--) {
      Cid cid = Cid.of(("name " + i).getBytes(UTF_8));
      assertThat(marks.contains(cid)).isTrue();
      assertThat(pending.pop()).contains(cid);
    }
    assertThat(pending.pop()).isEmpty();
    assertThat(marks.size()).isEqualTo(50_000);
  }

  @Test
  void byItselfItCopiesTheRestOnlyWhereThatIsWorthIt() throws Exception {
    for (int i = 0; i < 200; i++) {
      puts(random(20_000, i));
    }
    pass(Duration.ofDays(2));
    for (int i = 0; i < 200; i++) {
      puts(random(20_000, 1000 + i));
    }
    // What was put last stays, and is half of it all.
    assertThat(collector.collect(Optional.empty()).orElseThrow().compacted()).isTrue();
    pass(Duration.ofDays(2));
    Cid first = puts(random(20_000, 1000));
    for (int i = 10; i < 200; i++) {
      puts(random(20_000, 1000 + i));
    }
    Collector.Done few = collector.collect(Optional.empty()).orElseThrow();
    assertThat(few.removed().contents()).isEqualTo(9);
    assertThat(few.compacted()).as("less than a tenth").isFalse();
    assertThat(content.has(first)).isTrue();

    puts(random(10, 5));
    pass(Duration.ofHours(36));
    for (int i = 10; i < 200; i++) {
      puts(random(20_000, 1000 + i));
    }
    Collector.Done asked = collector.collect(Optional.of(CALL)).orElseThrow();
    assertThat(asked.removed().contents()).isPositive();
    assertThat(asked.compacted()).as("whoever asks for it gets it").isTrue();
  }

  @Test
  void whatWasRemovedBeforeARestartIsWorthCompactingAfterIt() {
    List<Cid> cids = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      cids.add(puts(random(20_000, i)));
    }
    assertThat(content.compact(() -> false)).isTrue();
    assertThat(content.isWorthCompacting()).isFalse();
    content.remove(cids.subList(0, 1));
    close();
    open();
    assertThat(content.isWorthCompacting()).as("less than a tenth").isFalse();
    content.remove(cids.subList(1, 2));
    close();
    open();
    assertThat(content.isWorthCompacting()).as("a tenth, in two goes").isTrue();
    assertThat(content.compact(() -> false)).isTrue();
    assertThat(content.isWorthCompacting()).isFalse();
    close();
    open();
    assertThat(content.isWorthCompacting()).isFalse();
  }

  @Test
  void compactingEndsWhereNobodyWaitsForItAnyMore() {
    puts(random(20_000, 1));
    assertThat(content.compact(() -> true)).isFalse();
    assertThat(content.compact(() -> false)).isTrue();
  }

  private static byte[] random(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
