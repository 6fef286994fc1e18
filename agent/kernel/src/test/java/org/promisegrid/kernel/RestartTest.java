package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.promisegrid.kernel.Household.SHOUT;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.how;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.kept;
import static org.promisegrid.kernel.Household.link;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.revoked;
import static org.promisegrid.kernel.Household.stranger;
import static org.promisegrid.kernel.Household.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.message.Answer.How;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.token.Use;
import org.promisegrid.sandbox.Cid;

/// What is still so when the agent is gone and comes back. A copy of a home that is open is what an
/// agent leaves behind that is killed at that moment.
@Timeout(600)
class RestartTest {

  @TempDir Path home;
  @TempDir Path copy;
  private final MemoryTarget target = new MemoryTarget("one");

  private Household open(Path where) {
    return new Household(where, target);
  }

  private Household killed() {
    copy(home, copy);
    return open(copy);
  }

  static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path there = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(there);
        } else {
          Files.copy(file, there, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void remove(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A home that somebody has lived in.
  private static final class Lived {
    final Person olga;
    final Person alice;
    final Person bob;
    final Cid shout;
    final Cid letter;
    final Cid picture;
    final Receipt receipt;
    final Call once;

    Lived(Household house) {
      olga = house.owner();
      shout = olga.defines(SHOUT, it -> it);
      Cid acts = olga.defines(SHOUT, it -> it.impure());
      alice =
          olga.grants(
              stranger(),
              it ->
                  it.may(shout, acts, function("content.put"), function("content.get"))
                      .at(Use.calls(6)));
      bob = olga.grants(stranger(), it -> it.may(shout));
      letter = alice.puts("a letter");
      byte[] large = new byte[200_000];
      new Random(7).nextBytes(large);
      picture = olga.puts(large);
      receipt = receipt(alice.asks(shout, Item.EMPTY, new Input.Content(letter), Terms.NONE));
      olga.names("tools/shout", shout);
      olga.names("tools/shout", olga.binds(shout, Terms.builder().price(1_000_000).build()));
      olga.names("letters/first", letter);
      once = alice.prepare(acts, Item.EMPTY, input("once"), nonce());
      assertThat(text(alice.send(once))).startsWith("ONCE");
      assertThat(text(bob.asks(shout, Item.EMPTY, input("bob"), Terms.NONE))).isNotEmpty();
      kept(olga.asks("token.revoke", Item.table().put("token", bob.token())));
    }

    /// All that can be asked about it, but for what each start changes.
    List<Item> answers() {
      List<Item> all = new ArrayList<>();
      all.add(olga.gets("ref.list", Item.table()));
      all.add(olga.gets("ref.log", Item.table().put("name", "tools/shout")));
      all.add(withoutLastUses(olga.gets("token.list", Item.table())));
      all.add(olga.gets("call.list", Item.table()));
      for (Cid cid : List.of(letter, receipt.cid(), once.cid(), shout)) {
        for (String direction : List.of("up", "down")) {
          all.add(
              olga.gets("content.graph", Item.table().put("cid", cid).put("direction", direction)));
        }
      }
      all.add(olga.gets("call.explain", Item.table().put("receipt", receipt.cid())));
      return all;
    }

    /// When a token was last used stands in no journal: an index that is made anew doesn't know.
    private static Item withoutLastUses(Item list) {
      Map<Item, Item> lists = new HashMap<>(((Item.Table) list).entries());
      lists.computeIfPresent(
          Item.of("tokens"),
          (_, tokens) ->
              Item.array(
                  ((Item.Array) tokens).items().stream().map(Lived::withoutLastUse).toList()));
      return new Item.Table(lists);
    }

    private static Item withoutLastUse(Item token) {
      Map<Item, Item> entries = new HashMap<>(((Item.Table) token).entries());
      entries.remove(Item.of("last"));
      return new Item.Table(entries);
    }

    void stillHolds() {
      assertThat(alice.reads(letter)).isEqualTo("a letter".getBytes(StandardCharsets.UTF_8));
      assertThat(olga.reads(picture)).hasSize(200_000);
      assertThat(revoked(bob.asks(shout, Item.EMPTY, input("x"), Terms.NONE)))
          .isEqualTo(bob.token());
      Reply again = olga.asks(shout, Item.EMPTY, new Input.Content(letter), Terms.NONE);
      assertThat(how(again)).isEqualTo(How.CACHE);
      assertThat(receipt(again)).isEqualTo(receipt);
      assertThat(alice.reads(receipt.cid())).isNotEmpty();
      // The same call once more: the same answer, and no use.
      assertThat(text(alice.send(once))).startsWith("ONCE");
    }

    /// Of her six uses three went into the making, and each reading of the letter took one.
    void leaves(int uses) {
      for (int i = 0; i < uses; i++) {
        assertThat(alice.puts("more " + i)).isNotNull();
      }
      assertThat(reason(alice.asks("content.get", Item.table().put("cid", letter))))
          .isEqualTo(Reason.EXHAUSTED);
    }
  }

  @Test
  void whatWasAcknowledgedIsThereWhenTheAgentIsKilled() {
    try (Household house = open(home)) {
      Lived lived = new Lived(house);
      List<Item> before = lived.answers();
      try (Household after = killed()) {
        house.lend(after);
        assertThat(lived.answers()).isEqualTo(before);
        lived.stillHolds();
        lived.leaves(1);
      }
    }
  }

  @Test
  void everyMomentOfPuttingIsWhole() throws Exception {
    try (Household house = open(home)) {
      Person olga = house.owner();
      List<Cid> acknowledged = new ArrayList<>();
      byte[] large = new byte[100_000];
      Path to = copy;
      for (int i = 0; i < 5; i++) {
        ByteBuffer.wrap(large).putInt(0, i);
        acknowledged.add(olga.puts("small " + i));
        acknowledged.add(olga.puts(large));
        olga.names("last", acknowledged.getLast());
        // Meanwhile somebody puts, and is cut off.
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
          Future<Cid> more = threads.submit(() -> olga.puts("cut off"));
          to = copy.resolve("at " + i);
          copy(home, to);
          acknowledged.add(more.get());
        }
        List<Cid> there = acknowledged.subList(0, acknowledged.size() - 1);
        try (Household after = open(to)) {
          Person again = after.owner();
          for (Cid cid : there) {
            assertThat(again.reads(cid)).isNotEmpty();
          }
          assertThat(link(again.gets("ref.get", Item.table().put("name", "last")), "head"))
              .isEqualTo(there.getLast());
        }
      }
    }
  }

  @Test
  void aRunThatHadBegunIsLostAndNotRunAgain() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    AtomicInteger runs = new AtomicInteger();
    try (Household house = open(home);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Person olga = house.owner();
      Cid acts =
          olga.defines(
              it -> {
                runs.incrementAndGet();
                open.await();
                return 0;
              },
              it -> it.impure());
      Person alice = olga.grants(stranger(), it -> it.may(acts, function("call.list")));
      Terms once = nonce();
      Call call = alice.prepare(acts, Item.EMPTY, input("pay"), once);
      Future<Reply> reply = threads.submit(() -> alice.send(call));
      while (runs.get() == 0) {
        Thread.onSpinWait();
      }
      try (Household after = killed()) {
        house.lend(after);
        // Whoever asks for the call learns of it, whoever makes it again as well.
        Item.Table awaited = alice.gets("call.await", Item.table().put("call", call.cid()));
        Reply again = alice.asks(acts, Item.EMPTY, input("pay"), once);
        assertThat(receipt(again).body().outcome())
            .isInstanceOfSatisfying(
                Receipt.Ended.Broken.class,
                it -> assertThat(it.what()).isEqualTo(Receipt.What.LOST));
        assertThat(receipt(again).body().target().toString()).isEqualTo("memory:one");
        assertThat(
                org.promisegrid.kernel.message.Answer.decode(
                        Message.decode(((Item.Bytes) awaited.get("message").orElseThrow()).value()))
                    .payload())
            .isEqualTo(again.payload());
        assertThat(receipt(alice.send(call))).isEqualTo(receipt(again));
        assertThat(alice.reads(receipt(again).cid())).isNotEmpty();
        assertThat(reason(alice.asks(acts, Item.EMPTY, input("pay more"), once)))
            .isEqualTo(Reason.CONFLICT);
        Item.Table line =
            (Item.Table)
                ((Item.Array) alice.gets("call.list", Item.table()).get("calls").orElseThrow())
                    .items()
                    .getFirst();
        assertThat(line.get("state")).contains(Item.of("ended"));
        assertThat(line.get("receipt")).contains(Item.of(receipt(again).cid()));
        assertThat(runs).hasValue(1);
        after.restart();
        assertThat(receipt(alice.asks(acts, Item.EMPTY, input("pay"), once)))
            .isEqualTo(receipt(again));
        assertThat(runs).hasValue(1);
      }
      house.lend(house);
      open.countDown();
      assertThat(receipt(reply.get()).body().outcome()).isInstanceOf(Receipt.Ended.Kept.class);
    }
  }

  @Test
  void aPureRunThatHadBegunIsRunAgain() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    AtomicInteger runs = new AtomicInteger();
    try (Household house = open(home);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Person olga = house.owner();
      Cid thinks =
          olga.defines(
              it -> {
                runs.incrementAndGet();
                open.await();
                return SHOUT.run(it);
              },
              it -> it);
      Future<Reply> reply =
          threads.submit(() -> olga.asks(thinks, Item.EMPTY, input("x"), Terms.NONE));
      while (runs.get() == 0) {
        Thread.onSpinWait();
      }
      try (Household after = killed()) {
        open.countDown();
        // Two agents share this target here: the sandbox of the one has to be gone from it first.
        assertThat(text(reply.get())).isEqualTo("X[]");
        assertThat(text(after.owner().asks(thinks, Item.EMPTY, input("x"), Terms.NONE)))
            .isEqualTo("X[]");
      }
      assertThat(runs).hasValue(2);
    }
  }

  @Test
  void anIndexThatIsGoneIsMadeAnewAndNothingIsMissing() {
    try (Household house = open(home)) {
      Lived lived = new Lived(house);
      List<Item> before = lived.answers();
      house.restart(() -> remove(home.resolve("index")));
      assertThat(lived.answers()).isEqualTo(before);
      lived.stillHolds();
      lived.leaves(1);
    }
  }

  @Test
  void anOlderIndexCatchesUp() {
    Path older = copy.resolve("older");
    try (Household house = open(home)) {
      house.owner().puts("something");
      house.restart(() -> copy(home.resolve("index"), older));
      Lived lived = new Lived(house);
      List<Item> before = lived.answers();
      house.restart(() -> {
        remove(home.resolve("index"));
        copy(older, home.resolve("index"));
      });
      assertThat(lived.answers()).isEqualTo(before);
      lived.stillHolds();
    }
  }

  @Test
  void anIndexThatKnowsMoreThanTheJournalIsMadeAnew() {
    Path older = copy.resolve("older");
    try (Household house = open(home)) {
      Person olga = house.owner();
      olga.names("kept", olga.puts("kept"));
      house.restart(() -> copy(home.resolve("journal"), older));
      olga.names("gone", olga.puts("gone"));
      Person alice = olga.grants(stranger(), it -> it.may(function("content.put")));
      Cid put = alice.puts("gone, too");
      List<String> said =
          saidWhile(() ->
              house.restart(() -> {
                remove(home.resolve("journal"));
                copy(older, home.resolve("journal"));
              }));
      assertThat(said)
          .singleElement(as(STRING))
          .contains("is made anew", "what was acknowledged in between is lost", "puts it back");
      assertThat(reason(olga.asks("ref.get", Item.table().put("name", "gone"))))
          .isEqualTo(Reason.ABSENT);
      assertThat(olga.gets("ref.get", Item.table().put("name", "kept"))).isNotNull();
      assertThat(reason(alice.asks("content.get", Item.table().put("cid", put))))
          .isEqualTo(Reason.ABSENT);
    }
  }

  /// Of two copies of a home that went on each by itself, records begin at the same offsets.
  @Test
  void anIndexOfAJournalThatOnlyLooksAlikeIsMadeAnew() {
    try (Household house = open(home)) {
      Lived lived = new Lived(house);
      List<Item> before = lived.answers();

      List<String> said =
          saidWhile(() ->
              house.restart(() -> {
                try (Index index = Index.open(home.resolve("index"))) {
                  long offset = index.last().orElseThrow().offset();
                  index.write().last(offset, Item.of(new byte[32])).commit();
                }
              }));

      assertThat(said).singleElement(as(STRING)).contains("made of another journal");
      assertThat(lived.answers()).isEqualTo(before);
      assertThat(saidWhile(house::restart)).isEmpty();
    }
  }

  /// What is logged of the index meanwhile.
  private static List<String> saidWhile(Runnable step) {
    try (Heard heard = new Heard(IndexFolder.class.getName())) {
      step.run();
      return heard.said();
    }
  }

  @Test
  void anIndexIsNotMadeAnewForWhatIsCutOffBehindIt() throws Exception {
    try (Household house = open(home)) {
      var _ = house.owner().puts("acknowledged");
      for (byte[] torn :
          List.of(
              new byte[] {0, 0, 1, 0, -1, -1, -2, -1, 7}, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9})) {
        assertThat(saidWhile(() -> house.restart(() -> append(torn)))).isEmpty();
      }
    }
  }

  private void append(byte[] torn) {
    try (Stream<Path> segments = Files.list(home.resolve("journal"))) {
      Files.write(segments.sorted().toList().getLast(), torn, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void anEndThatTheIndexKnowsAndThatDoesNotFitRefusesTheStartAndLeavesTheIndex() throws Exception {
    try (Household house = open(home)) {
      house.owner().names("a/b", house.owner().puts("acknowledged"));
    }
    Path newest;
    try (Stream<Path> segments = Files.list(home.resolve("journal"))) {
      newest = segments.sorted().toList().getLast();
    }
    byte[] whole = Files.readAllBytes(newest);
    // The last entry and its seal.
    byte[] spoilt = whole.clone();
    Arrays.fill(spoilt, whole.length - 400, whole.length, (byte) 0x55);
    Files.write(newest, spoilt);

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> open(home).close())
          .isInstanceOf(HomeException.class)
          .hasMessageContaining("the index knows the journal up to offset " + whole.length)
          .extracting(e -> ((HomeException) e).kind())
          .isEqualTo(HomeException.Kind.DAMAGED);
      assertThat(Files.readAllBytes(newest)).isEqualTo(spoilt);
    }
    Files.write(newest, whole);
    open(home).close();
  }

  @Test
  void anIndexOfAnotherHomeIsMadeAnew() {
    Path other = copy.resolve("other");
    try (Household house = open(other)) {
      Person stranger = house.owner();
      stranger.names("theirs", stranger.puts("theirs"));
    }
    try (Household house = open(home)) {
      Lived lived = new Lived(house);
      List<Item> before = lived.answers();
      house.restart(() -> {
        remove(home.resolve("index"));
        copy(other.resolve("index"), home.resolve("index"));
      });
      assertThat(lived.answers()).isEqualTo(before);
    }
  }

  @Test
  void anyFileOfTheIndexMayBeDamaged() throws Exception {
    try (Household house = open(home)) {
      Lived lived = new Lived(house);
      house.restart(); // so that some of it is in tables, and some in a log
      house.owner().puts("more");
      List<Item> before = lived.answers();
      house.restart(() -> copy(home, copy));
      List<String> names;
      try (Stream<Path> files = Files.list(copy.resolve("index"))) {
        names =
            files
                .map(file -> file.getFileName().toString())
                .filter(name -> name.matches("CURRENT|MANIFEST.*|.*\\.sst|.*\\.log"))
                .sorted()
                .toList();
      }
      assertThat(names).anyMatch(name -> name.endsWith(".sst")).contains("CURRENT");
      for (String name : names) {
        house.restart(() -> {
          remove(home.resolve("index"));
          copy(copy.resolve("index"), home.resolve("index"));
          scratch(home.resolve("index").resolve(name));
        });
        List<Item> after = new ArrayList<>();
        try {
          after.addAll(lived.answers());
        } catch (AssertionError e) {
          // Found while it was read: broken then, and made anew by the next start.
          assertThat(e).hasMessageContaining("Broken");
          house.restart();
          after.addAll(lived.answers());
        }
        assertThat(after).as(name).isEqualTo(before);
      }
    }
  }

  /// Changes a byte in every hundred.
  private static void scratch(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      for (int i = 5; i < bytes.length; i += 100) {
        bytes[i] ^= 0x20;
      }
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private HomeException refused() {
    return catchThrowableOfType(HomeException.class, () -> open(home).close());
  }

  @Test
  void aJournalWithAFlippedBitIsRefusedWithItsPlace() throws Exception {
    Path journal = home.resolve("journal/00000000000000000000");
    long second;
    try (Household house = open(home)) {
      house.owner().puts("one");
      second = Files.size(journal);
      house.owner().puts("two");
    }
    byte[] bytes = Files.readAllBytes(journal);
    for (int bit : new int[] {0, 4, 8, 20}) {
      byte[] flipped = bytes.clone();
      flipped[(int) second + bit] ^= 1;
      Files.write(journal, flipped);
      HomeException e = refused();
      assertThat(e.kind()).isEqualTo(HomeException.Kind.DAMAGED);
      assertThat(e).hasMessageContaining("at byte " + second).hasMessageContaining("journal");
      assertThat(Files.readAllBytes(journal)).isEqualTo(flipped);
    }
    // Nothing was left open: once it is repaired, it opens.
    Files.write(journal, bytes);
    try (Household house = open(home)) {
      assertThat(house.owner().puts("three")).isNotNull();
    }
  }

  @Test
  void aJournalThatWasCutOffInTheMiddleOfARecordGoesOnFromThere() throws Exception {
    Path journal = home.resolve("journal/00000000000000000000");
    Cid one;
    try (Household house = open(home)) {
      one = house.owner().puts("one");
    }
    byte[] whole = Files.readAllBytes(journal);
    byte[] more = java.util.Arrays.copyOf(whole, whole.length + 7);
    more[whole.length + 3] = 60;
    Files.write(journal, more);
    try (Household house = open(home)) {
      assertThat(house.owner().reads(one)).isNotEmpty();
      assertThat(house.owner().puts("two")).isNotNull();
    }
    open(home).close();
  }

  @Test
  void aHomeOfAnUnknownLayoutIsNotTouched() throws Exception {
    open(home).close();
    Path layout = home.resolve("layout");
    Files.writeString(layout, Cid.of(new byte[] {9}) + "\n");
    List<String> before = listing();
    HomeException e = refused();
    assertThat(e.kind()).isEqualTo(HomeException.Kind.UNKNOWN_FORMAT);
    assertThat(e).hasMessageContaining(Cid.of(new byte[] {9}).toString());
    assertThat(listing()).isEqualTo(before);
    Files.write(layout, new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThat(refused().kind()).isEqualTo(HomeException.Kind.UNKNOWN_FORMAT);
  }

  private List<String> listing() throws IOException {
    try (Stream<Path> files = Files.walk(home)) {
      return files.map(Path::toString).sorted().toList();
    }
  }

  @Test
  void aSecondAgentIsToldWhoHasTheHome() {
    try (Household house = open(home)) {
      HomeException e = refused();
      assertThat(e.kind()).isEqualTo(HomeException.Kind.IN_USE);
      assertThat(e).hasMessageContaining("process " + ProcessHandle.current().pid());
      assertThat(house.owner().puts("still here")).isNotNull();
    }
    open(home).close();
  }

  @Test
  void aKeyOrTokenThatIsDamagedIsNamed() throws Exception {
    open(home).close();
    for (String name : List.of("node.pem", "owner.pem", "root.token")) {
      Path file = home.resolve("keys").resolve(name);
      byte[] bytes = Files.readAllBytes(file);
      Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
      HomeException e = refused();
      assertThat(e.kind()).as(name).isEqualTo(HomeException.Kind.DAMAGED);
      assertThat(e).hasMessageContaining(file.toString());
      Files.write(file, bytes);
    }
    // The token alone can be made anew.
    Files.delete(home.resolve("keys/root.token"));
    try (Household house = open(home)) {
      assertThat(house.owner().puts("x")).isNotNull();
    }
  }

  @Test
  void whatARunLeftBehindIsSwept() throws Exception {
    open(home).close();
    Files.writeString(home.resolve("scratch/run-1.out"), "left");
    open(home).close();
    assertThat(home.resolve("scratch")).isEmptyDirectory();
  }

  @Test
  void aKernelThatIsClosedSaysSoAndClosesOnce() {
    Household house = open(home);
    Person olga = house.owner();
    Cid shout = olga.defines(SHOUT, it -> it);
    house.close();
    house.close();
    assertThat(reason(olga.asks(shout, Item.EMPTY, input("x"), Terms.NONE)))
        .isEqualTo(Reason.REFUSED);
    assertThat(reason(olga.asks("agent.status", Item.table()))).isEqualTo(Reason.REFUSED);
  }

  @Test
  void aWholeHomeMovesToAnotherPlace() {
    Lived lived;
    Household house = open(home);
    lived = new Lived(house);
    List<Item> before = lived.answers();
    house.close();
    copy(home, copy);
    try (Household after = open(copy)) {
      house.lend(after);
      assertThat(lived.answers()).isEqualTo(before);
      lived.stillHolds();
    }
  }

  @Test
  void aHomeIsItsOwnersAlone() throws Exception {
    open(home.resolve("new")).close();
    try (Stream<Path> files = Files.walk(home.resolve("new/keys"))) {
      for (Path file : files.toList()) {
        assertThat(Files.getPosixFilePermissions(file))
            .as(file.toString())
            .noneMatch(it -> it.name().startsWith("GROUP") || it.name().startsWith("OTHERS"));
      }
    }
    assertThat(
            java.nio.file.attribute.PosixFilePermissions.toString(
                Files.getPosixFilePermissions(home.resolve("new"))))
        .isEqualTo("rwx------");
    assertThatExceptionOfType(HomeException.class)
        .isThrownBy(() -> open(Files.writeString(copy.resolve("file"), "no folder")).close());
  }
}
