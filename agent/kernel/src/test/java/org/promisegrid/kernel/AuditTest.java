package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.SHOUT;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.stranger;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.index.Table;
import org.promisegrid.kernel.journal.Disk;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.token.Use;
import org.promisegrid.sandbox.Cid;

/// The journal as the audit log, through the kernel.
@Timeout(600)
final class AuditTest {

  private static final long SMALL = 4000;

  /// What stands in no journal: losing it loses convenience, nothing that was acknowledged.
  private static final Set<Table> UNWRITTEN =
      EnumSet.of(Table.META, Table.LEARNED, Table.LAST_USES);

  @TempDir Path home;

  private Household open() {
    return new Household(home, SMALL, Disk.real(), MemoryTarget.serving("one"));
  }

  /// A bit of everything that leaves a trace.
  private static void live(Household house) {
    Person olga = house.owner();
    Cid shout = olga.defines(SHOUT, it -> it);
    Cid acts = olga.defines(SHOUT, it -> it.impure());
    Person alice = olga.grants(stranger(), it -> it.may(shout, acts).at(Use.calls(50)));
    Person bob = olga.grants(stranger(), it -> it.may(shout));
    for (int i = 0; i < 10; i++) {
      alice.asks(shout, Item.EMPTY, input("x" + i), Terms.NONE);
      bob.asks(shout, Item.EMPTY, input("x" + i), Terms.NONE);
      alice.asks(acts, Item.EMPTY, input("y" + i), Household.nonce());
      olga.names("a/b" + i % 3, olga.puts("content " + i));
    }
    Servants servants = new Servants(house.target);
    for (String name : List.of("gone", "stopped")) {
      Servants.runs(olga, name, Servants.service(servants.image(olga, name)));
      Servants.stops(olga, name);
    }
    Servants.removes(olga, "gone", true);
    Servants.removes(olga, "stopped", false);
    Household.kept(olga.asks("token.revoke", Item.table().put("token", bob.token())));
    assertThat(Household.revoked(bob.asks(shout, Item.EMPTY, input("z"), Terms.NONE)))
        .isEqualTo(bob.token());
  }

  private static boolean isSound(Item.Table found) {
    return found.get("sound").equals(java.util.Optional.of(Item.TRUE));
  }

  private List<Path> segments() throws Exception {
    try (Stream<Path> files = Files.list(home.resolve("journal"))) {
      return files.sorted().toList();
    }
  }

  /// Every row of every table that is made from content and journal.
  private Map<String, String> state() {
    Map<String, String> rows = new TreeMap<>();
    try (Index index = Index.open(home.resolve("index"))) {
      for (Table table : Table.values()) {
        if (!UNWRITTEN.contains(table)) {
          index.scan(
              table,
              new byte[0],
              (key, row) -> {
                HexFormat hex = HexFormat.of();
                rows.put(table + " " + hex.formatHex(key), hex.formatHex(row));
                return true;
              });
        }
      }
    }
    return rows;
  }

  private static void remove(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void theStateIsRebuiltRowByRowFromContentAndManySegments() throws Exception {
    try (Household house = open()) {
      live(house);
      house.restart();
      live(house);
      // Leases depend on what the clock was before.
      house.setClock(Instant.now().minus(Duration.ofHours(20)));
      live(house);
      house.thaw();
      live(house);
    }
    Map<String, String> before = state();
    assertThat(segments()).hasSizeGreaterThan(5);
    for (Table table :
        List.of(
            Table.REFS,
            Table.REF_LOG,
            Table.TOKENS,
            Table.REVOKED,
            Table.USES,
            Table.CALLS,
            Table.RECEIPTS,
            Table.GRANTS,
            Table.SERVICES,
            Table.LEASES,
            Table.LINKS)) {
      assertThat(before.keySet()).anyMatch(key -> key.startsWith(table + " "));
    }
    remove(home.resolve("index"));
    open().close();
    assertThat(state()).isEqualTo(before);
  }

  @Test
  void theOwnerVerifiesItAndOthersOnlyWithATokenForIt() {
    try (Household house = open()) {
      live(house);
      Person olga = house.owner();
      Item.Table found = olga.gets("audit.verify", Item.table());
      assertThat(isSound(found)).isTrue();
      assertThat(found.get("node")).contains(Item.of(house.kernel().node().toString()));
      assertThat(found.get("unsealed")).contains(Item.of(0));
      Person alice = olga.grants(stranger(), it -> it.may(function("content.put")));
      assertThat(reason(alice.asks("audit.verify", Item.table()))).isEqualTo(Reason.ABSENT);
      Person auditor = olga.grants(stranger(), it -> it.may(function("audit.verify")));
      assertThat(isSound(auditor.gets("audit.verify", Item.table()))).isTrue();
      // What was noted is there later, and what never was isn't.
      Item.TableBuilder noted =
          Item.table()
              .put("sealed", found.get("sealed").orElseThrow())
              .put("hash", found.get("hash").orElseThrow());
      live(house);
      assertThat(isSound(auditor.gets("audit.verify", noted))).isTrue();
      assertThat(
              isSound(
                  auditor.gets(
                      "audit.verify",
                      Item.table()
                          .put("sealed", found.get("sealed").orElseThrow())
                          .put("hash", "0".repeat(64)))))
          .isFalse();
      for (Item.TableBuilder odd :
          List.of(
              Item.table().put("sealed", 1),
              Item.table().put("hash", "0".repeat(64)),
              Item.table().put("sealed", 1).put("hash", "00"),
              Item.table().put("sealed", 1).put("hash", "zz".repeat(32)),
              Item.table().put("what", 1))) {
        assertThat(reason(auditor.asks("audit.verify", odd))).isEqualTo(Reason.INVALID);
      }
    }
  }

  @Test
  void aFlippedBitUnderARunningAgentIsNamedAndItGoesOn() throws Exception {
    try (Household house = open()) {
      live(house);
      Path first = segments().getFirst();
      byte[] whole = Files.readAllBytes(first);
      byte[] flipped = whole.clone();
      flipped[whole.length / 2] ^= 1;
      Files.write(first, flipped);
      Person olga = house.owner();
      Item.Table found = olga.gets("audit.verify", Item.table());
      assertThat(isSound(found)).isFalse();
      Item.Table damage = (Item.Table) found.get("damage").orElseThrow();
      assertThat(damage.get("segment").orElseThrow().toString())
          .contains(first.getFileName().toString().substring(0, 20));
      assertThat(olga.puts("goes on")).isNotNull();
      Files.write(first, whole);
      assertThat(isSound(olga.gets("audit.verify", Item.table()))).isTrue();
    }
  }

  @Test
  void eventsAreReadThroughArchivedSegments() throws Exception {
    List<Long> before = new ArrayList<>();
    try (Household house = open()) {
      live(house);
      before.addAll(offsets(house));
      house.restart();
      List<Long> after = offsets(house);
      assertThat(after.subList(0, before.size())).isEqualTo(before);
    }
  }

  private static List<Long> offsets(Household house) throws InterruptedException {
    var reply = house.owner().asks("agent.events", Item.table());
    List<Long> offsets = new ArrayList<>();
    try (var stream = ((org.promisegrid.kernel.syscall.Follow.Events) reply.follow()).stream()) {
      while (stream.next(Duration.ZERO)
          instanceof org.promisegrid.kernel.syscall.Follow.Next.Came(var event)) {
        offsets.add(event.offset());
      }
    }
    return offsets;
  }
}
