package org.promisegrid.kernel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.SHOUT;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.how;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.stranger;
import static org.promisegrid.kernel.Household.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.content.Amount;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.storage.Caretaker;
import org.promisegrid.kernel.storage.Storage;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.sandbox.Cid;

/// What nobody needs goes, from the disk too; what somebody needs stays.
@Timeout(600)
final class CollectionTest {

  private static final Duration LEASE = Duration.ofDays(30);

  @TempDir Path folder;
  private Household house;
  private Person olga;
  private Instant now;

  @BeforeEach
  void open() {
    house = new Household(folder.resolve("home"));
    olga = house.owner();
    now = Instant.now();
  }

  @AfterEach
  void close() {
    house.close();
  }

  private void later(Duration time) {
    now = now.plus(time);
    house.setClock(now);
  }

  private Item.Table collect() {
    return olga.gets("agent.gc", Item.table());
  }

  private static long number(Item.Table table, String name) {
    return ((Item.Int) table.get(name).orElseThrow()).value();
  }

  private boolean isThere(Cid cid) {
    Reply reply = olga.asks("content.has", Item.table().put("cid", cid));
    if (reply.payload() instanceof Answer.Payload.Kept) {
      return true;
    }
    assertThat(reason(reply)).isEqualTo(Reason.ABSENT);
    return false;
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }

  /// Content that links to others.
  private Cid linking(Cid... to) {
    return olga.puts(
        Message.of(Protocols.cid("answer"), Item.array(Stream.of(to).map(Item::of).toList()))
            .bytes());
  }

  @Test
  void whatWasPutStaysWithinItsLeaseAndGoesAfterIt() {
    Cid small = olga.puts(random(1000));
    Cid large = olga.puts(random(300_000));
    later(LEASE.minusMinutes(1));
    assertThat(number(collect(), "contents")).isZero();

    later(Duration.ofMinutes(2));
    Item.Table gone = collect();

    assertThat(number(gone, "contents")).isEqualTo(2);
    assertThat(number(gone, "bytes")).isEqualTo(301_000);
    assertThat(isThere(small)).isFalse();
    assertThat(isThere(large)).isFalse();
    assertThat(reason(olga.asks("content.get", Item.table().put("cid", large))))
        .isEqualTo(Reason.ABSENT);
    house.restart();
    assertThat(isThere(small)).isFalse();
  }

  @Test
  void whatGoesIsGoneFromTheDisk() throws IOException {
    byte[] small = random(2000);
    byte[] large = random(200_000);
    var _ = olga.puts(small);
    var _ = olga.puts(large);
    // What is written to the files of the database in another way than what comes after.
    house.restart();
    assertThat(found(small)).isNotEmpty();
    assertThat(found(large)).isNotEmpty();
    later(LEASE.plusDays(1));

    assertThat(collect().get("compacted")).contains(Item.TRUE);

    assertThat(found(small)).isEmpty();
    assertThat(found(large)).isEmpty();
    try (Stream<Path> files = Files.walk(house.home.resolve("content"))) {
      assertThat(files.filter(Files::isRegularFile)).isEmpty();
    }
  }

  /// Files of the home that hold a part of these bytes: random ones aren't compressed.
  private List<Path> found(byte[] bytes) throws IOException {
    String part = new String(bytes, 100, 200, ISO_8859_1);
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(house.home)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (Files.readString(file, ISO_8859_1).contains(part)) {
          found.add(file);
        }
      }
    }
    return found;
  }

  @Test
  void useProlongsTheLease() {
    Cid read = olga.puts("read");
    Cid asked = olga.puts("asked for");
    Cid given = olga.puts("given");
    Cid unused = olga.puts("unused");
    Cid shout = olga.defines(SHOUT, shape -> shape);
    later(LEASE.minusDays(1));
    assertThat(olga.reads(read)).isEqualTo("read".getBytes(UTF_8));
    assertThat(isThere(asked)).isTrue();
    assertThat(text(olga.asks(shout, Item.EMPTY, new Input.Content(given), Terms.NONE)))
        .isEqualTo("GIVEN[]");
    later(LEASE.minusDays(1));

    var _ = collect();

    assertThat(List.of(read, asked, given, shout)).allMatch(this::isThere);
    assertThat(isThere(unused)).isFalse();
    // Not only in the index, which may be lost.
    house.restart(() -> RestartTest.remove(house.home.resolve("index")));
    var _ = collect();
    assertThat(List.of(read, asked, given, shout)).allMatch(this::isThere);
  }

  @Test
  void pinsRefsAndTokensKeepWhatTheyNameWithAllThatItLinks() {
    Cid below = olga.puts("below");
    Cid pinned = linking(linking(below));
    Cid head = linking(olga.puts("of a ref"));
    Cid shout = olga.defines(SHOUT, shape -> shape);
    Cid whisper = olga.defines(SHOUT, Household.Shape::impure);
    Cid bound = olga.binds(shout, Terms.NONE);
    assertThat(
            Household.kept(
                olga.asks("content.pin", Item.table().put("cid", pinned).put("note", "why"))))
        .isNotNull();
    olga.names("a/head", head);
    olga.names("shout", bound);
    Person alice = olga.grants(stranger(), it -> it.may(whisper));
    assertThat(text(alice.asks(whisper, Item.EMPTY, Input.none(), nonce()))).isEqualTo("[]");
    later(LEASE.multipliedBy(3));

    var _ = collect();

    assertThat(List.of(pinned, below, head, bound, shout, whisper)).allMatch(this::isThere);
    assertThat(text(olga.asks(house.ref("shout"), Item.EMPTY, input("a"), Terms.NONE)))
        .isEqualTo("A[]");
    assertThat(text(alice.asks(whisper, Item.EMPTY, Input.none(), nonce()))).isEqualTo("[]");

    assertThat(Household.kept(olga.asks("content.unpin", Item.table().put("cid", pinned))))
        .isNotNull();
    assertThat(Household.kept(olga.asks("token.revoke", Item.table().put("token", alice.token()))))
        .isNotNull();
    later(LEASE.multipliedBy(2));
    var _ = collect();
    assertThat(List.of(pinned, below, whisper)).noneMatch(this::isThere);
    assertThat(List.of(head, bound, shout)).allMatch(this::isThere);
  }

  @Test
  void aTokenThatWasPassedOnKeepsNothingOnceTheOneAboveItIsRevokedOrOver() {
    Cid revoked = olga.defines(SHOUT, Household.Shape::impure);
    Cid over = olga.defines(SHOUT, shape -> shape);
    Cid stays = olga.puts("stays");
    Person alice = olga.grants(stranger(), it -> it.may(revoked));
    Person ben = alice.grants(stranger(), it -> it.may(revoked));
    assertThat(text(ben.asks(revoked, Item.EMPTY, Input.none(), nonce()))).isEqualTo("[]");
    Person carol = olga.grants(stranger(), it -> it.may(over).until(now.plus(Duration.ofDays(1))));
    Person dora = carol.grants(stranger(), it -> it.may(over));
    assertThat(text(dora.asks(over, Item.EMPTY, Input.none(), nonce()))).isEqualTo("[]");
    assertThat(Household.kept(olga.asks("content.pin", Item.table().put("cid", stays))))
        .isNotNull();
    assertThat(Household.kept(olga.asks("token.revoke", Item.table().put("token", alice.token()))))
        .isNotNull();
    later(LEASE.multipliedBy(2));

    var _ = collect();

    assertThat(List.of(revoked, over)).noneMatch(this::isThere);
    assertThat(isThere(stays)).isTrue();
  }

  @Test
  void rememberedResultsOutlastTheirLeaseButNotTheirInputs() {
    Cid shout = olga.defines(SHOUT, shape -> shape);
    olga.names("shout", shout);
    Cid given = olga.puts("given");
    Reply first = olga.asks(shout, Item.EMPTY, new Input.Content(given), Terms.NONE);
    Receipt receipt = receipt(first);
    later(LEASE.multipliedBy(2));

    var _ = collect();

    assertThat(isThere(given)).isFalse();
    assertThat(isThere(receipt.cid())).isTrue();
    assertThat(olga.puts("given")).isEqualTo(given);
    Reply again = olga.asks(shout, Item.EMPTY, new Input.Content(given), Terms.NONE);
    assertThat(how(again)).isEqualTo(Answer.How.CACHE);
    assertThat(receipt(again).cid()).isEqualTo(receipt.cid());
  }

  @Test
  void resultsBeyondTheirBudgetGoTheLeastRecentlyUsedFirst() {
    house.close();
    house =
        Household.with(
            folder.resolve("home"),
            new Storage(
                ContentStore.RESERVE,
                Amount.ALL,
                Amount.ofBytes(700),
                Storage.DEFAULT.output(),
                Storage.DEFAULT.lease(),
                Optional.empty()));
    olga = house.owner();
    Cid shout = olga.defines(SHOUT, shape -> shape);
    olga.names("shout", shout);
    Cid old = receipt(olga.asks(shout, Item.EMPTY, input("old"), Terms.NONE)).cid();
    later(Duration.ofDays(1));
    Cid newer = receipt(olga.asks(shout, Item.EMPTY, input("newer"), Terms.NONE)).cid();
    later(Duration.ofDays(1));
    assertThat(how(olga.asks(shout, Item.EMPTY, input("old"), Terms.NONE)))
        .isEqualTo(Answer.How.CACHE);
    later(Duration.ofDays(1));

    Item.Table plan = olga.gets("agent.gc", Item.table().put("dry", true));
    var _ = collect();

    assertThat(plan.toString()).contains("budget").contains(newer.toString());
    assertThat(isThere(old)).isTrue();
    assertThat(isThere(newer)).isFalse();
    Reply again = olga.asks(shout, Item.EMPTY, input("newer"), Terms.NONE);
    assertThat(how(again)).isEqualTo(Answer.How.RUN);
    assertThat(text(again)).isEqualTo("NEWER[]");
  }

  /// With an agent that collects by itself all the time.
  private void collecting(Duration lease) {
    house.close();
    Storage usual = Storage.DEFAULT;
    house =
        Household.with(
            folder.resolve("home"),
            new Storage(
                usual.reserve(),
                usual.content(),
                usual.results(),
                usual.output(),
                lease,
                Optional.of(Duration.ofMillis(50))));
    olga = house.owner();
  }

  @Test
  void theAgentCollectsByItself() throws Exception {
    collecting(Duration.ofMinutes(30));
    Cid content = olga.puts("nobody asks for a collection");
    Cid kept = olga.puts("pinned");
    assertThat(Household.kept(olga.asks("content.pin", Item.table().put("cid", kept)))).isNotNull();

    Reply following = olga.asks("agent.events", Item.table().put("follow", true));
    Event event;
    try (Follow.EventStream stream = ((Follow.Events) following.follow()).stream()) {
      later(Duration.ofMinutes(40));
      do {
        event = ((Follow.Next.Came) stream.next(Duration.ofSeconds(100))).event();
      } while (!event.kind().equals("collected"));
    }

    assertThat(event.detail().get("call")).as("nobody asked for it").isEmpty();
    assertThat(event.detail().get("cids")).contains(Item.array(List.of(Item.of(content))));
    assertThat(isThere(kept)).isTrue();
  }

  @Test
  void byItselfItCollectsNothingWhileTheClockIsFarFromWhereItWasAtTheStart() throws Exception {
    collecting(LEASE);
    Cid content = olga.puts("leased");
    try (Heard heard = new Heard(Caretaker.class.getName())) {
      later(LEASE.multipliedBy(2));
      // The first may be of a look that began before the clock was set.
      heard.await("WARNING nothing is collected, as the clock may be wrong", 2);
    }
    assertThat(isThere(content)).isTrue();
    // Whoever asks for it has it.
    later(LEASE.multipliedBy(2));
    assertThat(number(collect(), "contents")).isEqualTo(1);
  }

  @Test
  void whatIsPutWhileTheClockIsFarBehindHasItsLeaseOnceTheClockIsRight() {
    Cid before = olga.puts("before");
    Instant right = now;
    later(Duration.ofDays(-4000));
    Cid meanwhile = olga.puts("while the clock is behind");
    Cid read = olga.puts("read while it is");
    now = right;
    later(Duration.ofDays(2));
    house.restart(() -> RestartTest.remove(house.home.resolve("index")));

    assertThat(number(collect(), "contents")).isZero();
    assertThat(List.of(before, meanwhile, read)).allMatch(this::isThere);
    later(LEASE.plusDays(1));
    assertThat(number(collect(), "contents")).isEqualTo(3);
  }

  @Test
  void aDryRunRemovesNothingAndTellsWhatWouldGo() {
    Cid content = olga.puts("soon to go");
    later(LEASE.plusDays(1));

    Item.Table plan = olga.gets("agent.gc", Item.table().put("dry", true));

    assertThat(number(plan, "contents")).isEqualTo(1);
    assertThat(plan.toString()).contains(content.toString()).contains("lease");
    assertThat(olga.gets("agent.df", Item.table().put("collectable", true)).toString())
        .contains("collectable");
    assertThat(number(collect(), "contents")).isEqualTo(1);
    assertThat(isThere(content)).isFalse();
  }

  @Test
  void pinsAreEachPrincipalsOwn() {
    Person alice =
        olga.grants(
            stranger(),
            it ->
                it.may(
                    function("content.put"),
                    function("content.pin"),
                    function("content.unpin"),
                    function("content.pins")));
    Cid hers = alice.puts("hers");
    Cid olgas = olga.puts("olga's");
    assertThat(reason(alice.asks("content.pin", Item.table().put("cid", olgas))))
        .isEqualTo(Reason.ABSENT);
    assertThat(Household.kept(alice.asks("content.pin", Item.table().put("cid", hers))))
        .isNotNull();
    assertThat(Household.kept(olga.asks("content.pin", Item.table().put("cid", olgas))))
        .isNotNull();

    assertThat(alice.gets("content.pins", Item.table()).toString())
        .contains(hers.toString())
        .doesNotContain(olgas.toString());
    assertThat(olga.gets("content.pins", Item.table()).toString())
        .contains(hers.toString())
        .contains(olgas.toString());
    assertThat(reason(alice.asks("content.unpin", Item.table().put("cid", olgas))))
        .isEqualTo(Reason.ABSENT);
    assertThat(
            reason(
                alice.asks(
                    "content.unpin",
                    Item.table().put("cid", olgas).put("by", olga.did().toString()))))
        .isEqualTo(Reason.ABSENT);
    later(LEASE.plusDays(1));
    var _ = collect();
    assertThat(List.of(hers, olgas)).allMatch(this::isThere);
    assertThat(
            Household.kept(
                olga.asks(
                    "content.unpin",
                    Item.table().put("cid", hers).put("by", alice.did().toString()))))
        .isNotNull();
  }

  @Test
  void theStateIsTheSameWhenTheIndexIsMadeAnewAfterACollection() {
    Cid shout = olga.defines(SHOUT, shape -> shape);
    var _ = olga.asks(shout, Item.EMPTY, input("a"), Terms.NONE);
    Cid tree = linking(olga.puts("leaf"));
    Cid pinned = olga.puts("pinned");
    assertThat(Household.kept(olga.asks("content.pin", Item.table().put("cid", pinned))))
        .isNotNull();
    later(LEASE.plusDays(1));
    var _ = collect();
    assertThat(olga.puts("leaf")).isNotNull();
    String pins = olga.gets("content.pins", Item.table()).toString();

    house.restart(() -> RestartTest.remove(house.home.resolve("index")));

    assertThat(olga.gets("content.pins", Item.table()).toString()).isEqualTo(pins);
    assertThat(isThere(tree)).isFalse();
    assertThat(number(collect(), "contents")).isZero();
    later(LEASE.plusDays(1));
    assertThat(number(collect(), "contents")).isEqualTo(1);
  }
}
