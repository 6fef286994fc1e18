package org.promisegrid.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.SHOUT;
import static org.promisegrid.kernel.Household.how;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.link;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.revoked;
import static org.promisegrid.kernel.Household.stranger;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.driver.memory.Program;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.journal.Disk;
import org.promisegrid.kernel.message.Answer.How;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.kernel.token.Use;
import org.promisegrid.sandbox.Cid;

/// A journal whose disk fails at the n-th thing that is done to it, for every n of a scenario, and
/// a new kernel on the same home: nothing that was acknowledged is lost, what must run once ran at
/// most once, the audit is clean, no file is left over.
///
/// Each n fails in one of the ways of [BreakingDisk.Failure] in turn; with `-Dcrash.matrix=full` in
/// each of them.
final class CrashMatrixTest {

  /// So small that segments begin, and are archived, within the scenario.
  private static final long SEGMENT = 3000;

  private static final int USES = 4;

  /// After which nothing is kept by its lease.
  private static final Duration LEASE = Duration.ofDays(31);

  /// Held, since loggers that nobody holds forget what they were told.
  private static final Logger LOG = Logger.getLogger("org.promisegrid");

  @TempDir Path folder;

  /// Hundreds of failures, each as it should be.
  @BeforeAll
  static void quiet() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void loud() {
    LOG.setLevel(null);
  }

  /// What was promised to somebody, and has to hold afterwards.
  private static final class Promises {
    final List<Consumer<Household>> kept = new ArrayList<>();
    final AtomicInteger runs = new AtomicInteger();

    /// Does something that may fail; what it promises counts if it doesn't.
    <T> Optional<T> trying(Step<T> step) {
      try {
        return Optional.ofNullable(step.run());
      } catch (RuntimeException | AssertionError _) {
        return Optional.empty(); // nothing was promised
      }
    }
  }

  @FunctionalInterface
  private interface Step<T> {
    T run();
  }

  private static void scenario(Household house, Promises promises) {
    Person olga = house.owner();
    promises
        .trying(() -> olga.puts("a letter"))
        .ifPresent(letter ->
            promises.kept.add(
                later -> assertThat(later.owner().reads(letter)).asString().isEqualTo("a letter")));
    heads(promises, olga);
    promises
        .trying(() -> olga.defines(SHOUT, it -> it))
        .ifPresent(shout -> calls(promises, olga, shout));
    Program once =
        it -> {
          promises.runs.incrementAndGet();
          return SHOUT.run(it);
        };
    promises
        .trying(() -> olga.defines(once, it -> it.impure()))
        .ifPresent(acts -> acting(promises, olga, acts));
    heads(promises, olga);
  }

  /// A ref: later it is where it was said to be, or where it was tried to be moved after that.
  private static void heads(Promises promises, Person olga) {
    List<Cid> possible = new ArrayList<>();
    boolean[] acknowledged = {false};
    String name = "a/" + promises.kept.size();
    for (int i = 0; i < 3; i++) {
      String text = name + " " + i;
      promises
          .trying(() -> olga.puts(text))
          .ifPresent(head -> {
            possible.add(head);
            if (promises.trying(() -> moved(olga, name, head)).isPresent()) {
              possible.clear();
              possible.add(head);
              acknowledged[0] = true;
            }
          });
    }
    if (acknowledged[0]) {
      promises.kept.add(later ->
          assertThat(link(later.owner().gets("ref.get", Item.table().put("name", name)), "head"))
              .isIn(possible));
    }
  }

  private static Cid moved(Person olga, String name, Cid head) {
    olga.names(name, head);
    return head;
  }

  private static void calls(Promises promises, Person olga, Cid shout) {
    SigningKey key = stranger();
    Person alice = olga.grants(key, it -> it.may(shout).at(Use.calls(USES)));
    Person bob = olga.grants(stranger(), it -> it.may(shout));
    AtomicInteger used = new AtomicInteger();
    for (int i = 0; i < 2; i++) {
      String text = "x" + i;
      promises
          .trying(() -> receipt(alice.asks(shout, Item.EMPTY, input(text), Terms.NONE)))
          .ifPresent(receipt -> {
            used.incrementAndGet();
            promises.kept.add(later -> {
              Person again = later.owner();
              Reply reply = again.asks(shout, Item.EMPTY, input(text), Terms.NONE);
              assertThat(how(reply)).isEqualTo(How.CACHE);
              assertThat(receipt(reply)).isEqualTo(receipt);
            });
          });
    }
    promises.kept.add(later -> {
      int left = 0;
      Person again = later.new Person(key, alice.chain);
      while (again.asks(shout, Item.EMPTY, input("x0"), Terms.NONE).payload()
          instanceof Payload.Receipted) {
        left++;
      }
      assertThat(left + used.get()).isLessThanOrEqualTo(USES);
    });
    promises.trying(() -> receipt(bob.asks(shout, Item.EMPTY, input("b"), Terms.NONE)));
    promises
        .trying(
            () -> Household.kept(olga.asks("token.revoke", Item.table().put("token", bob.token()))))
        .ifPresent(_ ->
            promises.kept.add(later -> {
              Person again = later.new Person(bob.key.orElseThrow(), bob.chain);
              assertThat(revoked(again.asks(shout, Item.EMPTY, input("c"), Terms.NONE)))
                  .isEqualTo(bob.token());
            }));
  }

  /// What isn't pure: whatever was answered, it ran once at the most, and the same call later is
  /// told of the same end.
  private static void acting(Promises promises, Person olga, Cid acts) {
    Call call = olga.prepare(acts, Item.EMPTY, input("once"), nonce());
    Optional<Receipt> told = promises.trying(() -> receipt(olga.send(call)));
    int before = promises.runs.get();
    promises.kept.add(later -> {
      Person again = later.new Person(olga.key.orElseThrow(), olga.chain);
      Reply reply = again.send(call);
      if (told.isPresent()) {
        assertThat(receipt(reply)).isEqualTo(told.get());
      }
      assertThat(promises.runs.get())
          .as("runs; before the crash: %d", before)
          .isLessThanOrEqualTo(1);
    });
  }

  /// A collection: what is kept stays with all that it links to, and whatever of the rest is named
  /// afterwards is whole, or isn't there.
  private static void collecting(Household house, Promises promises) {
    Person olga = house.owner();
    List<Cid> trees = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String text = "leaf " + i;
      promises
          .trying(() -> linking(olga, olga.puts(text)))
          .ifPresent(tree -> {
            trees.add(tree);
            promises.kept.add(later -> wholeOrGone(later, tree, text));
          });
    }
    trees.stream()
        .findFirst()
        .flatMap(tree ->
            promises.trying(
                () -> Household.kept(olga.asks("content.pin", Item.table().put("cid", tree)))))
        .ifPresent(_ ->
            promises.kept.addFirst(later -> assertThat(isThere(later, trees.getFirst())).isTrue()));
    house.setClock(Instant.now().plus(LEASE));
    promises.trying(() -> olga.gets("agent.gc", Item.table()));
    house.thaw();
  }

  private static Cid linking(Person olga, Cid leaf) {
    Cid tree =
        olga.puts(
            Message.of(Protocols.cid("answer"), Item.array(Item.of(leaf), Item.of("tree")))
                .bytes());
    assertThat(olga.gets("content.has", Item.table().put("cid", tree))).isNotNull();
    return tree;
  }

  private static boolean isThere(Household house, Cid cid) {
    return house.owner().asks("content.has", Item.table().put("cid", cid)).payload()
        instanceof Payload.Kept;
  }

  /// Named, it outlasts another collection with what it links to.
  private static void wholeOrGone(Household house, Cid tree, String leaf) {
    if (!isThere(house, tree)) {
      return;
    }
    Person olga = house.owner();
    assertThat(Household.kept(olga.asks("content.pin", Item.table().put("cid", tree)))).isNotNull();
    house.setClock(Instant.now().plus(LEASE).plus(LEASE));
    assertThat(olga.gets("agent.gc", Item.table())).isNotNull();
    house.thaw();
    assertThat(olga.reads(Cid.of(leaf.getBytes(UTF_8)))).asString().isEqualTo(leaf);
  }

  @Test
  void whateverTheJournalsDiskDoesWhatWasAcknowledgedHolds() throws Exception {
    assertThat(matrix(CrashMatrixTest::scenario)).isGreaterThan(60);
  }

  /// Services: what is to run does, once; what was stopped or removed doesn't; whatever the agent
  /// was at when it ended.
  private static void serving(Household house, Promises promises) {
    Person olga = house.owner();
    Servants servants = new Servants(house.target);
    for (String name : List.of("runs", "stopped", "removed", "changed")) {
      promises
          .trying(() -> servants.image(olga, name))
          .flatMap(
              image -> promises.trying(() -> starts(house, olga, name, Servants.service(image))))
          .ifPresent(image -> acts(house, promises, servants, name, image));
    }
  }

  private static Cid starts(Household house, Person olga, String name, Item.TableBuilder service) {
    Item.Table asked = service.build();
    Household.kept(
        olga.asks("service.start", Item.table().put("name", name).put("service", asked)));
    settled(house, olga, name, "running");
    return link(asked, "image");
  }

  /// Waits until it is so, or nothing more comes to pass.
  private static void settled(Household house, Person olga, String name, String state) {
    while (house.kernel().isAlive() && !Servants.state(olga, name).equals(state)) {
      Thread.onSpinWait();
    }
  }

  private static void acts(
      Household house, Promises promises, Servants servants, String name, Cid image) {
    Person olga = house.owner();
    Item.TableBuilder named = Item.table().put("name", name);
    switch (name) {
      case "stopped" ->
          promises
              .trying(() -> Household.kept(olga.asks("service.stop", named)))
              .ifPresentOrElse(
                  _ ->
                      promises.kept.add(later -> {
                        Servants.await(later.owner(), name, "stopped");
                        servants.awaitLive(name, 0);
                      }),
                  () -> promises.kept.add(later -> whole(later, servants, name)));
      case "removed" ->
          promises
              .trying(() -> Household.kept(olga.asks("service.remove", named)))
              .ifPresentOrElse(
                  _ ->
                      promises.kept.add(later -> {
                        Servants.removes(later.owner(), name, true);
                        servants.awaitLive(name, 0);
                      }),
                  () -> promises.kept.add(later -> whole(later, servants, name)));
      case "changed" -> {
        promises.trying(
            () -> starts(house, olga, name, Servants.service(image).put("egress", true)));
        promises.kept.add(later -> runsOnce(later, servants, name));
      }
      default -> promises.kept.add(later -> runsOnce(later, servants, name));
    }
  }

  private static void runsOnce(Household later, Servants servants, String name) {
    Servants.await(later.owner(), name, "running");
    servants.awaitLive(name, 1);
  }

  /// Whichever it is, it is that.
  private static void whole(Household later, Servants servants, String name) {
    Item.TableBuilder named = Item.table().put("name", name);
    if (later.owner().asks("service.list", named).payload() instanceof Payload.Kept) {
      String state = Servants.awaitSettled(later.owner(), name);
      servants.awaitLive(name, state.equals("running") ? 1 : 0);
    } else {
      servants.awaitLive(name, 0);
    }
  }

  @Test
  void whateverTheJournalsDiskDoesServicesAreAsTheyWereWanted() throws Exception {
    assertThat(matrix(CrashMatrixTest::serving)).isGreaterThan(30);
  }

  @Test
  void whateverTheJournalsDiskDoesACollectionLeavesNothingHalf() throws Exception {
    assertThat(matrix(CrashMatrixTest::collecting)).isGreaterThan(10);
  }

  /// How much there was to fail at.
  private int matrix(BiConsumer<Household, Promises> scenario) throws Exception {
    boolean full = System.getProperty("crash.matrix", "").equals("full");
    BreakingDisk.Failure[] ways = BreakingDisk.Failure.values();
    int all = crash(scenario, "all", Integer.MAX_VALUE, ways[0]);
    int met = 0;
    for (int n = 1; n <= all; n++) {
      for (int way = 0; way < (full ? ways.length : 1); way++) {
        String name = "at " + n + " " + way;
        met += crash(scenario, name, n, ways[(n + way) % ways.length]) >= n ? 1 : 0;
      }
    }
    // What the journal's own threads do besides differs from one time to the next.
    assertThat(met).as("failures that were met of " + all).isGreaterThan(all / 2);
    return all;
  }

  private int crash(
      BiConsumer<Household, Promises> scenario, String name, int at, BreakingDisk.Failure failure)
      throws Exception {
    Path home = folder.resolve(name);
    MemoryTarget target = MemoryTarget.serving("one");
    BreakingDisk disk = new BreakingDisk(at, failure);
    Promises promises = new Promises();
    Household house = null;
    try {
      house = new Household(home, SEGMENT, disk, target);
      scenario.accept(house, promises);
    } catch (HomeException _) {
      assertThat(promises.kept).isEmpty(); // it didn't start
    } finally {
      if (house != null) {
        close(house);
      }
    }
    String which = "%s at %d of %d".formatted(failure, at, disk.done());
    if (disk.done() < at) {
      assertThat(promises.kept).as("promises where nothing failed").hasSizeGreaterThan(3);
    }
    try (Household after = new Household(home, SEGMENT, Disk.real(), target)) {
      for (Consumer<Household> promise : promises.kept) {
        promise.accept(after);
      }
      assertThat(after.owner().puts("goes on")).isNotNull();
      Item.Table audit = after.owner().gets("audit.verify", Item.table());
      assertThat(audit.get("sound")).as("%s: %s", which, audit).contains(Item.TRUE);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(which, e);
    }
    try (Stream<Path> left = Files.list(home.resolve("scratch"))) {
      assertThat(left).as(which).isEmpty();
    }
    try (Stream<Path> segments = Files.list(home.resolve("journal"))) {
      assertThat(segments)
          .as(which)
          .allMatch(file -> file.getFileName().toString().matches("[0-9]{20}(\\.gz)?"));
    }
    return disk.done();
  }

  private static void close(Household house) {
    try {
      house.close();
    } catch (RuntimeException _) {
      assertThat(house.kernel()).isNotNull(); // its journal failed: that is what this is about
    }
  }
}
