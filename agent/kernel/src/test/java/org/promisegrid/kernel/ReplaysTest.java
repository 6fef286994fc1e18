package org.promisegrid.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.kept;
import static org.promisegrid.kernel.Household.link;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.stranger;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Body;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.sandbox.Cid;

/// Somebody recorded a signed call, and sends it again before its signature ends.
@Timeout(600)
final class ReplaysTest {

  @TempDir Path folder;
  private Household house;
  private Person olga;
  private Instant now;
  private int serial;

  @BeforeEach
  void open() {
    house = new Household(folder.resolve("home"));
    olga = house.owner();
    now = Instant.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(10);
    house.setClock(now);
  }

  @AfterEach
  void close() {
    house.close();
  }

  private Call prepare(String function, Item.TableBuilder params) {
    return olga.prepare(function(function), params.build(), Input.none(), Terms.NONE);
  }

  private Call proposal(Optional<Cid> base, Cid head) {
    return prepare(
        "ref.propose",
        Item.table().put("name", "a").put("head", head).put("base", base.map(Item::of)));
  }

  private Reply sends(Call call, String behind) {
    byte[] bytes = behind.getBytes(UTF_8);
    return olga.send(
        call,
        Optional.of(new Body(new ByteArrayInputStream(bytes), OptionalLong.of(bytes.length))));
  }

  private Cid head() {
    return link(olga.gets("ref.get", Item.table().put("name", "a")), "head");
  }

  @Test
  void aNameIsNotMovedBackToWhatItNamed() {
    Cid one = olga.puts("one");
    Cid two = olga.puts("two");
    Call first = proposal(Optional.empty(), one);
    assertThat(kept(olga.send(first))).isNotNull();
    Call recorded = proposal(Optional.of(one), two);
    assertThat(kept(olga.send(recorded))).isNotNull();
    assertThat(kept(olga.send(proposal(Optional.of(two), one)))).isNotNull();

    assertThat(reason(olga.send(recorded))).isEqualTo(Reason.CONFLICT);

    assertThat(head()).isEqualTo(one);
  }

  @Test
  void aSecretIsNotReplacedByOtherBytesBehindTheSameCall() {
    Call recorded = prepare("secret.put", Item.table().put("name", "db").put("size", 6));
    assertThat(kept(sends(recorded, "olga's"))).isNotNull();
    String before = olga.gets("secret.list", Item.table()).toString();

    assertThat(reason(sends(recorded, "theirs"))).isEqualTo(Reason.CONFLICT);

    assertThat(olga.gets("secret.list", Item.table())).hasToString(before);
  }

  @Test
  void whatIsKeptIsNotLetGoOfAgain() {
    Cid content = olga.puts("kept");
    Item.TableBuilder params = Item.table().put("cid", content);
    assertThat(kept(olga.asks("content.pin", params))).isNotNull();
    Call recorded = prepare("content.unpin", params);
    assertThat(kept(olga.send(recorded))).isNotNull();
    assertThat(kept(olga.asks("content.pin", params))).isNotNull();

    assertThat(reason(olga.send(recorded))).isEqualTo(Reason.CONFLICT);

    assertThat(olga.gets("content.pins", Item.table()).toString()).contains(content.toString());
  }

  @Test
  void whatWasSignedBeforeTheAgentStartedCountsForNothing() {
    Cid one = olga.puts("one");
    Call recorded = proposal(Optional.empty(), one);
    assertThat(kept(olga.send(recorded))).isNotNull();
    Call late = proposal(Optional.of(one), olga.puts("two"));
    house.setClock(now.plusSeconds(1));
    house.restart();

    assertThat(reason(olga.send(recorded))).isEqualTo(Reason.CONFLICT);
    assertThat(reason(olga.send(late))).isEqualTo(Reason.CONFLICT);
    assertThat(head()).isEqualTo(one);
    olga.names("a", olga.puts("three"));
    assertThat(head()).isNotEqualTo(one);
  }

  @Test
  void whatWasRefusedMayBeSentAgain() {
    Cid one = olga.puts("one");
    Cid two = olga.puts("two");
    Call early = proposal(Optional.of(one), two);
    assertThat(reason(olga.send(early))).isEqualTo(Reason.CONFLICT);
    assertThat(kept(olga.send(proposal(Optional.empty(), one)))).isNotNull();

    assertThat(kept(olga.send(early))).isNotNull();

    assertThat(head()).isEqualTo(two);
  }

  @Test
  void aClockThatWasSetBackLocksNobodyOut() {
    house.setClock(now.minus(Duration.ofDays(1)));
    assertThat(kept(olga.send(proposal(Optional.empty(), olga.puts("one"))))).isNotNull();
  }

  @Test
  void whoMayOnlyCallOneThingIsHeldToItToo() {
    Person alice =
        olga.grants(
            stranger(),
            it ->
                it.may(
                    function("content.put"), function("content.pin"), function("content.unpin")));
    Cid hers = alice.puts("hers");
    Call recorded =
        alice.prepare(
            function("content.pin"),
            Item.table().put("cid", hers).build(),
            Input.none(),
            Terms.NONE);
    assertThat(kept(alice.send(recorded))).isNotNull();
    assertThat(reason(alice.send(recorded))).isEqualTo(Reason.CONFLICT);
  }

  @Test
  void soManyAreRememberedAndNoMoreAreMadeUntilSomeEnd() {
    AtomicReference<Instant> clock = new AtomicReference<>(now);
    Replays replays = new Replays(clock::get, 8); // of which anybody has two
    List<Call> calls =
        List.of(
            proposal(Optional.empty(), Cid.of(new byte[] {1})),
            proposal(Optional.empty(), Cid.of(new byte[] {2})),
            proposal(Optional.empty(), Cid.of(new byte[] {3})));
    assertThat(begun(replays, calls.get(0))).isEmpty();
    assertThat(begun(replays, calls.get(1))).isEmpty();
    assertThat(begun(replays, calls.get(2))).contains(Reason.EXHAUSTED);
    assertThat(begun(replays, calls.get(0))).contains(Reason.CONFLICT);

    replays.refused(calls.get(1));
    assertThat(begun(replays, calls.get(2))).isEmpty();

    clock.set(now.plusSeconds(300)); // where those signatures end
    assertThat(begun(replays, calls.get(1))).isEmpty();
  }

  @Test
  void whoFillsTheirShareHoldsUpNeitherOthersNorTheOwner() {
    Replays replays = new Replays(() -> now, 8);
    assertThat(begunOf(replays, Optional.of("mallory"), 10)).isEqualTo(2);
    assertThat(begunOf(replays, Optional.of("alice"), 10)).isEqualTo(2);
    assertThat(begunOf(replays, Optional.empty(), 3)).isEqualTo(3);
    assertThat(begunOf(replays, Optional.of("ben"), 10)).isEqualTo(2);
    assertThat(begunOf(replays, Optional.of("carol"), 10)).isEqualTo(2);
    assertThat(begunOf(replays, Optional.of("dora"), 10)).as("all of it is taken").isZero();
    assertThat(begunOf(replays, Optional.empty(), 3)).isEqualTo(3);
  }

  @Test
  void theOwnersEarlierCallsAreForgottenAndCountForNothingFromThenOn() {
    Instant began = now;
    Replays replays = new Replays(() -> now, 8);
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      now = began.plusSeconds(i);
      house.setClock(now);
      Call call = proposal(Optional.empty(), Cid.of(new byte[] {(byte) i}));
      calls.add(call);
      assertThat(begun(replays, call, Optional.empty())).as("%d", i).isEmpty();
      assertThat(replays.remembered()).isLessThan(8);
    }
    // Not one of them can be made again, remembered or not.
    for (Call call : calls) {
      assertThat(begun(replays, call, Optional.empty())).contains(Reason.CONFLICT);
    }
    assertThat(begunOf(replays, Optional.of("alice"), 10)).as("of others, too").isEqualTo(2);
    // A clock that was set back locks the owner out no longer than until the next second.
    now = began.minusSeconds(3600);
    house.setClock(now);
    assertThat(begunOf(replays, Optional.empty(), 1)).isEqualTo(1);
  }

  private int begunOf(Replays replays, Optional<String> turn, int calls) {
    int begun = 0;
    for (int i = 0; i < calls; i++) {
      Call call = proposal(Optional.empty(), Cid.of(new byte[] {(byte) serial++, 1}));
      begun += begun(replays, call, turn).isEmpty() ? 1 : 0;
    }
    return begun;
  }

  private static Optional<Reason> begun(Replays replays, Call call) {
    return begun(replays, call, Optional.of("alice"));
  }

  private static Optional<Reason> begun(Replays replays, Call call, Optional<String> turn) {
    try {
      replays.begin(call, turn);
      return Optional.empty();
    } catch (Refusal refusal) {
      return Optional.of(((Payload.NotPromised) refusal.payload()).reason());
    }
  }
}
