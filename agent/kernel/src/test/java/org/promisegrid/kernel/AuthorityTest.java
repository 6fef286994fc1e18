package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.SHOUT;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.kept;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.revoked;
import static org.promisegrid.kernel.Household.stranger;
import static org.promisegrid.kernel.Household.text;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.Program;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.token.Condition;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.kernel.token.Use;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Isolation;

/// Who may do what: Olga owns the home; Alice, Bob and Carol are given something; Mallory nothing.
@Timeout(600)
class AuthorityTest {

  @TempDir Path home;
  @TempDir Path elsewhere;
  private Household house;
  private Person olga;
  private Cid shout;
  private final AtomicInteger runs = new AtomicInteger();

  @BeforeEach
  void open() {
    house = new Household(home);
    olga = house.owner();
    shout =
        olga.defines(
            counted(SHOUT),
            it -> it.with("width", Item.table().put("type", "integer").put("default", 7)));
  }

  @AfterEach
  void close() {
    house.close();
  }

  private Program counted(Program program) {
    return it -> {
      runs.incrementAndGet();
      return program.run(it);
    };
  }

  private Reply shouts(Person who, String what) {
    return who.asks(shout, Item.EMPTY, input(what), Terms.NONE);
  }

  private Reply shouts(Person who, int width) {
    return who.asks(shout, width(width), input("x"), Terms.NONE);
  }

  private static Item.Table width(int width) {
    return Item.table().put("width", width).build();
  }

  @Test
  void olgaLetsAliceCallOneFunctionAndNothingElseIsThereForHer() {
    Cid other = olga.defines(SHOUT, it -> it);
    Person alice = olga.grants(stranger(), it -> it.may(shout));
    assertThat(text(shouts(alice, "hi"))).isEqualTo("HI[--WIDTH=7]");
    assertThat(reason(alice.asks(other, Item.EMPTY, input("hi"), Terms.NONE)))
        .isEqualTo(Reason.ABSENT);
    for (String name :
        List.of("content.put", "ref.list", "agent.status", "token.list", "call.list")) {
      assertThat(reason(alice.asks(name, Item.table()))).as(name).isEqualTo(Reason.ABSENT);
    }
  }

  @Test
  void whatIsNotCoveredReadsLikeWhatDoesNotExist() {
    Cid other = olga.defines(SHOUT, it -> it);
    Person alice = olga.grants(stranger(), it -> it.may(shout));
    assertThat(alice.asks(other, Item.EMPTY, Input.none(), Terms.NONE).payload())
        .isEqualTo(
            alice.asks(Cid.of(new byte[] {1}), Item.EMPTY, Input.none(), Terms.NONE).payload());
  }

  @Test
  void aliceLetsBobDoLessWithoutAskingAnybody() {
    Person alice = olga.grants(stranger(), it -> it.may(shout, function("agent.status")));
    Person bob =
        alice.grants(
            stranger(),
            it -> it.may(shout).when(Condition.param("width", Condition.Op.LE, Item.of(320))));
    assertThat(text(shouts(bob, 320))).isEqualTo("X[--WIDTH=320]");
    assertThat(reason(shouts(bob, 321))).isEqualTo(Reason.REFUSED);
    assertThat(reason(bob.asks("agent.status", Item.table()))).isEqualTo(Reason.ABSENT);
    assertThat(alice.gets("agent.status", Item.table()).get("node")).isPresent();
    assertThat(text(shouts(alice, 321))).isEqualTo("X[--WIDTH=321]");
  }

  @Test
  void whatBobGivesBeyondWhatHeHasHasNoEffect() {
    Person alice =
        olga.grants(stranger(), it -> it.may(shout).until(Instant.now().plusSeconds(600)));
    Person bob =
        alice.grants(
            stranger(),
            it ->
                it.may(shout, function("agent.status"), function("content.put"))
                    .until(Instant.now().plusSeconds(6000)));
    assertThat(reason(bob.asks("agent.status", Item.table()))).isEqualTo(Reason.ABSENT);
    assertThat(text(shouts(bob, "x"))).isEqualTo("X[--WIDTH=7]");
    house.setClock(Instant.now().plusSeconds(700));
    assertThat(reason(shouts(bob, "x"))).isEqualTo(Reason.UNAUTHORIZED);
  }

  @Test
  void bobBindsAParameterAndCarolCannotBindItAnew() {
    Person bob = olga.grants(stranger(), it -> it.may(shout));
    Person carol = bob.grants(stranger(), it -> it.may(shout).bind("width", Item.of(64)));
    assertThat(text(shouts(carol, "x"))).isEqualTo("X[--WIDTH=64]");
    assertThat(text(shouts(carol, 64))).isEqualTo("X[--WIDTH=64]");
    assertThat(reason(shouts(carol, 65))).isEqualTo(Reason.REFUSED);
    Person dave = carol.grants(stranger(), it -> it.may(shout).bind("width", Item.of(65)));
    assertThat(reason(shouts(dave, "x"))).isEqualTo(Reason.UNAUTHORIZED);
    Person erin = carol.grants(stranger(), it -> it.may(shout));
    assertThat(text(shouts(erin, "x"))).isEqualTo("X[--WIDTH=64]");
    assertThat(reason(shouts(erin, 65))).isEqualTo(Reason.REFUSED);
  }

  @Test
  void aBoundParameterOfAKernelFunctionHoldsAsWell() {
    olga.names("tools/shout", shout);
    olga.names("tools/other", shout);
    Person alice =
        olga.grants(
            stranger(), it -> it.may(function("ref.get")).bind("name", Item.of("tools/shout")));
    assertThat(alice.gets("ref.get", Item.table()).get("name")).contains(Item.of("tools/shout"));
    assertThat(reason(alice.asks("ref.get", Item.table().put("name", "tools/other"))))
        .isEqualTo(Reason.REFUSED);
  }

  @Test
  void aStrangerLearnsNothingFromHowItIsRefused() {
    Person mallory = nobodyOfThisNode();
    Person expired =
        olga.grants(
            stranger(),
            it ->
                it.may(shout)
                    .from(Instant.now().minusSeconds(600))
                    .until(Instant.now().minusSeconds(60)));
    Person early =
        olga.grants(stranger(), it -> it.may(shout).from(Instant.now().plusSeconds(600)));
    Person unsigned = olga.grants(stranger(), it -> it.may(shout));
    Call signed = unsigned.prepare(shout, Item.EMPTY, Input.none(), Terms.NONE);
    Call.Request request = new Call.Request(shout, Item.EMPTY, Input.none(), Terms.NONE);
    List<byte[]> chain = unsigned.chain.links().stream().map(Item.Bytes::value).toList();
    byte[] scratched = chain.getFirst().clone();
    scratched[scratched.length - 1] ^= 1;
    List<byte[]> damaged = new ArrayList<>(chain);
    damaged.set(0, scratched);
    List<Reply> replies =
        List.of(
            shouts(mallory, "x"),
            shouts(expired, "x"),
            shouts(early, "x"),
            unsigned.send(request.proved(chain, Optional.empty())),
            unsigned.send(request.proved(chain, Optional.of(new byte[] {1, 2, 3}))),
            unsigned.send(request.proved(damaged, signed.signature())),
            unsigned.send(request.proved(List.of(new byte[] {0}), Optional.empty())),
            unsigned.send(request.proved(chain.subList(0, 1), signed.signature())),
            unsigned.send(request.proved(chain.reversed(), signed.signature())));
    assertThat(replies).extracting(Household::reason).containsOnly(Reason.UNAUTHORIZED);
    assertThat(replies).extracting(Reply::payload).containsOnly(replies.getFirst().payload());
    assertThat(runs).hasValue(0);
  }

  /// Somebody with a good chain from another node.
  private Person nobodyOfThisNode() {
    try (Household other = new Household(elsewhere)) {
      Person stranger = other.owner();
      return house.owner().with(stranger.chain).as(stranger.key.orElseThrow());
    }
  }

  @Test
  void aTokenRevokedInTheMiddleEndsAllBelowItAndIsNamed() {
    Person alice = olga.grants(stranger(), it -> it.may(shout));
    Person bob = alice.grants(stranger(), it -> it.may(shout));
    Person carol = bob.grants(stranger(), it -> it.may(shout));
    Person dave = bob.bearer(Instant.now().plusSeconds(600), it -> it.may(shout));
    Person sibling = alice.grants(stranger(), it -> it.may(shout));
    for (Person each : List.of(alice, bob, carol, dave, sibling)) {
      assertThat(text(shouts(each, "x"))).isEqualTo("X[--WIDTH=7]");
    }
    // By its issuer, with a token that says nothing of revoking.
    assertThat(alice.gets("token.revoke", Item.table().put("token", bob.token())).get("token"))
        .contains(Item.of(bob.token()));
    for (Person each : List.of(bob, carol, dave)) {
      assertThat(revoked(shouts(each, "x"))).isEqualTo(bob.token());
      assertThat(revoked(each.asks("content.get", Item.table().put("cid", shout))))
          .isEqualTo(bob.token());
    }
    assertThat(text(shouts(alice, "x"))).isEqualTo("X[--WIDTH=7]");
    assertThat(text(shouts(sibling, "x"))).isEqualTo("X[--WIDTH=7]");
    house.restart();
    assertThat(revoked(shouts(carol, "x"))).isEqualTo(bob.token());
    assertThat(text(shouts(sibling, "x"))).isEqualTo("X[--WIDTH=7]");
  }

  @Test
  void onlyWhoIssuedATokenOrOneAboveItMayRevokeIt() {
    Person alice = olga.grants(stranger(), it -> it.may(shout));
    Person bob = alice.grants(stranger(), it -> it.may(shout));
    Person carol = bob.grants(stranger(), it -> it.may(shout));
    Person mallory = olga.grants(stranger(), it -> it.may(shout, function("token.revoke")));
    shouts(carol, "x");
    for (Person each : List.of(carol, mallory)) {
      assertThat(reason(each.asks("token.revoke", Item.table().put("token", bob.token()))))
          .isEqualTo(Reason.ABSENT);
      assertThat(reason(each.asks("token.revoke", Item.table().put("token", carol.token()))))
          .isEqualTo(Reason.ABSENT);
    }
    // Who holds a token didn't issue it.
    assertThat(reason(bob.asks("token.revoke", Item.table().put("token", bob.token()))))
        .isEqualTo(Reason.ABSENT);
    assertThat(
            reason(alice.asks("token.revoke", Item.table().put("token", Cid.of(new byte[] {7})))))
        .isEqualTo(Reason.ABSENT);
    assertThat(text(shouts(carol, "x"))).isEqualTo("X[--WIDTH=7]");
    // Two above may; again changes nothing.
    for (int i = 0; i < 2; i++) {
      assertThat(alice.gets("token.revoke", Item.table().put("token", carol.token()))).isNotNull();
    }
    assertThat(revoked(shouts(carol, "x"))).isEqualTo(carol.token());
    assertThat(text(shouts(bob, "x"))).isEqualTo("X[--WIDTH=7]");
    assertThat(kept(olga.asks("token.revoke", Item.table().put("token", bob.token())))).isNotNull();
    assertThat(revoked(shouts(bob, "x"))).isEqualTo(bob.token());
  }

  @Test
  void aTokenThatWasNeverSeenIsRevokedByShowingItsChain() {
    Person alice = olga.grants(stranger(), it -> it.may(shout));
    Person bob = alice.grants(stranger(), it -> it.may(shout));
    assertThat(reason(alice.asks("token.revoke", Item.table().put("token", bob.token()))))
        .isEqualTo(Reason.ABSENT);
    Item.Bytes chain = Item.of(org.promisegrid.kernel.message.Cbor.encode(bob.chain.toItem()));
    Person mallory = olga.grants(stranger(), it -> it.may(shout));
    assertThat(reason(mallory.asks("token.revoke", Item.table().put("token", chain))))
        .isEqualTo(Reason.ABSENT);
    assertThat(text(shouts(bob, "x"))).isEqualTo("X[--WIDTH=7]");
    assertThat(alice.gets("token.revoke", Item.table().put("token", chain)).get("token"))
        .contains(Item.of(bob.token()));
    assertThat(revoked(shouts(bob, "x"))).isEqualTo(bob.token());
    assertThat(
            reason(alice.asks("token.revoke", Item.table().put("token", Item.of(new byte[] {1})))))
        .isEqualTo(Reason.INVALID);
  }

  @Test
  void aTokenThatMalloryCapturedIsOfNoUseWithAnotherKey() {
    Person alice = olga.grants(stranger(), it -> it.may(shout));
    SigningKey key = stranger();
    Person mallory = alice.as(key);
    assertThat(reason(shouts(mallory, "x"))).isEqualTo(Reason.UNAUTHORIZED);
    // A signature is for one call: on another payload it is none.
    Call call = alice.prepare(shout, Item.EMPTY, input("mine"), Terms.NONE);
    Call.Request other = new Call.Request(shout, Item.EMPTY, input("other"), Terms.NONE);
    assertThat(
            reason(
                alice.send(
                    other.proved(
                        alice.chain.links().stream().map(Item.Bytes::value).toList(),
                        call.signature()))))
        .isEqualTo(Reason.UNAUTHORIZED);
  }

  @Test
  void aCallThatMalloryCapturedIsOfNoUseAtAnotherNode() {
    // Both nodes let Alice in, with one key.
    SigningKey key = stranger();
    try (Household other = new Household(elsewhere)) {
      Person there = other.owner().grants(key, it -> it.may(function("agent.status")));
      Person here = olga.grants(key, it -> it.may(function("agent.status")));
      Call call = here.prepare(function("agent.status"), Item.EMPTY, Input.none(), Terms.NONE);
      assertThat(kept(here.send(call))).isNotNull();
      assertThat(reason(there.send(call))).isEqualTo(Reason.UNAUTHORIZED);
      // With the chain of the node that it is sent to, the signature is still for another.
      Call.Request request =
          new Call.Request(function("agent.status"), Item.EMPTY, Input.none(), Terms.NONE);
      assertThat(
              reason(
                  there.send(
                      request.proved(
                          there.chain.links().stream().map(Item.Bytes::value).toList(),
                          call.signature()))))
          .isEqualTo(Reason.UNAUTHORIZED);
    }
  }

  @Test
  void aCallIsVoidOnceItsSignatureHasEnded() {
    Call call = olga.prepare(shout, Item.EMPTY, input("x"), Terms.NONE);
    assertThat(text(olga.send(call))).isEqualTo("X[--WIDTH=7]");
    house.setClock(Instant.now().plusSeconds(301));
    assertThat(reason(olga.send(call))).isEqualTo(Reason.UNAUTHORIZED);
  }

  @Test
  void aBearerTokenIsGoodUntilItsTimeAndForNobodyToPassOn() {
    Instant until = Instant.now().plusSeconds(60);
    house.setClock(until.minusSeconds(60));
    Person bearer = olga.bearer(until, it -> it.may(shout));
    assertThat(text(shouts(bearer, "x"))).isEqualTo("X[--WIDTH=7]");
    house.setClock(until.minusSeconds(1));
    assertThat(text(shouts(bearer, "x"))).isEqualTo("X[--WIDTH=7]");
    house.setClock(until.plusSeconds(1));
    assertThat(reason(shouts(bearer, "x"))).isEqualTo(Reason.UNAUTHORIZED);
  }

  @Test
  void aTokenForTenCallsIsGoodForTenCallsHoweverManyComeAtOnce() throws Exception {
    Person alice = olga.grants(stranger(), it -> it.may(shout).at(Use.calls(10)));
    List<Reply> replies = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Reply>> futures = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        String in = "call " + i;
        futures.add(threads.submit(() -> shouts(alice, in)));
      }
      for (Future<Reply> future : futures) {
        replies.add(future.get());
      }
    }
    assertThat(replies)
        .filteredOn(reply ->
            reply.payload() instanceof org.promisegrid.kernel.message.Answer.Payload.Receipted)
        .hasSize(10);
    assertThat(replies)
        .filteredOn(reply ->
            reply.payload() instanceof org.promisegrid.kernel.message.Answer.Payload.NotPromised it
                && it.reason() == Reason.EXHAUSTED)
        .hasSize(90);
    assertThat(runs).hasValue(10);
    house.restart();
    assertThat(reason(shouts(alice, "once more"))).isEqualTo(Reason.EXHAUSTED);
    assertThat(runs).hasValue(10);
    // A cached result is an answer as well: it takes a use.
    assertThat(reason(shouts(alice, "call 0"))).isEqualTo(Reason.EXHAUSTED);
  }

  @Test
  void usesOfALinkAboveAreSharedByAllBelowIt() {
    Person alice = olga.grants(stranger(), it -> it.may(shout).at(Use.calls(3)));
    Person bob = alice.grants(stranger(), it -> it.may(shout).at(Use.calls(2)));
    Person carol = alice.grants(stranger(), it -> it.may(shout));
    assertThat(text(shouts(bob, "1"))).isNotEmpty();
    assertThat(text(shouts(carol, "2"))).isNotEmpty();
    house.restart();
    assertThat(text(shouts(bob, "3"))).isNotEmpty();
    for (Person each : List.of(alice, bob, carol)) {
      assertThat(reason(shouts(each, "4"))).isEqualTo(Reason.EXHAUSTED);
    }
  }

  @Test
  void aCallThatIsRefusedForAnythingElseTakesNoUse() {
    Cid fails = olga.defines(_ -> 0, it -> it.with("n", Item.table().put("type", "integer")));
    Person alice =
        olga.grants(
            stranger(),
            it ->
                it.may(fails)
                    .at(Use.calls(1))
                    .when(Condition.param("n", Condition.Op.LE, Item.of(9))));
    Item.Table ten = Item.table().put("n", 10).build();
    assertThat(reason(alice.asks(fails, ten, Input.none(), Terms.NONE))).isEqualTo(Reason.REFUSED);
    assertThat(reason(alice.asks(fails, Item.EMPTY, Input.none(), Terms.NONE)))
        .isEqualTo(Reason.INVALID);
    assertThat(reason(alice.asks(shout, Item.EMPTY, Input.none(), Terms.NONE)))
        .isEqualTo(Reason.ABSENT);
    // Nor does what looks after one's calls.
    assertThat(reason(alice.asks("content.get", Item.table().put("cid", Cid.of(new byte[] {5})))))
        .isEqualTo(Reason.ABSENT);
    Item.Table nine = Item.table().put("n", 9).build();
    Reply reply = alice.asks(fails, nine, Input.none(), Terms.NONE);
    assertThat(receipt(reply)).isNotNull();
    assertThat(alice.reads(receipt(reply).cid())).isNotEmpty();
    assertThat(reason(alice.asks(fails, nine, Input.none(), Terms.NONE)))
        .isEqualTo(Reason.EXHAUSTED);
  }

  @Test
  void aRetryWithTheSameNonceTakesNoUse() {
    Person alice = olga.grants(stranger(), it -> it.may(shout).at(Use.calls(2)));
    Terms once = nonce();
    Reply first = alice.asks(shout, Item.EMPTY, input("x"), once);
    for (int i = 0; i < 5; i++) {
      assertThat(receipt(alice.asks(shout, Item.EMPTY, input("x"), once)))
          .isEqualTo(receipt(first));
    }
    house.restart();
    assertThat(receipt(alice.asks(shout, Item.EMPTY, input("x"), once))).isEqualTo(receipt(first));
    assertThat(text(shouts(alice, "y"))).isNotEmpty();
    assertThat(reason(shouts(alice, "z"))).isEqualTo(Reason.EXHAUSTED);
  }

  @Test
  void retriesThatComeWhileTheFirstStillRunsTakeNoUseEither() throws Exception {
    java.util.concurrent.CountDownLatch open = new java.util.concurrent.CountDownLatch(1);
    for (boolean pure : new boolean[] {true, false}) {
      AtomicInteger began = new AtomicInteger();
      Cid slow =
          olga.defines(
              it -> {
                began.incrementAndGet();
                open.await();
                return 0;
              },
              it -> pure ? it : it.impure());
      Person alice = olga.grants(stranger(), it -> it.may(slow).at(Use.calls(2)));
      Terms once = nonce();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Reply>> futures = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          futures.add(threads.submit(() -> alice.asks(slow, Item.EMPTY, input("x"), once)));
        }
        while (began.get() == 0) {
          Thread.onSpinWait();
        }
        futures.add(threads.submit(() -> alice.asks(slow, Item.EMPTY, input("x"), once)));
        open.countDown();
        for (Future<Reply> future : futures) {
          assertThat(receipt(future.get())).isEqualTo(receipt(futures.getFirst().get()));
        }
      }
      assertThat(began).hasValue(1);
      assertThat(receipt(alice.asks(slow, Item.EMPTY, input("y"), nonce()))).isNotNull();
      assertThat(reason(alice.asks(slow, Item.EMPTY, input("z"), nonce())))
          .isEqualTo(Reason.EXHAUSTED);
    }
  }

  @Test
  void aRateIsKept() {
    Person alice =
        olga.grants(stranger(), it -> it.may(shout).at(Use.rate(2, Duration.ofHours(1))));
    Instant now = Instant.now();
    house.setClock(now);
    assertThat(text(shouts(alice, "1"))).isNotEmpty();
    assertThat(text(shouts(alice, "2"))).isNotEmpty();
    Reply third = shouts(alice, "3");
    assertThat(reason(third)).isEqualTo(Reason.EXHAUSTED);
    assertThat(third.payload())
        .isInstanceOfSatisfying(
            org.promisegrid.kernel.message.Answer.Payload.NotPromised.class,
            it -> assertThat(it.more().get("retry_after")).isPresent());
    house.setClock(now.plus(Duration.ofMinutes(31)));
    assertThat(text(shouts(alice, "3"))).isNotEmpty();
    assertThat(reason(shouts(alice, "4"))).isEqualTo(Reason.EXHAUSTED);
  }

  @Test
  void conditionsAreHeldAgainstWhatWillRunDefaultsAndBindingIncluded() {
    Person alice =
        olga.grants(
            stranger(),
            it ->
                it.may(shout)
                    .when(Condition.param("width", Condition.Op.GT, Item.of(7)))
                    .when(Condition.term("cache", Condition.Op.ABSENT, Item.NULL)));
    assertThat(reason(shouts(alice, "x"))).isEqualTo(Reason.REFUSED); // the default is 7
    assertThat(text(shouts(alice, 8))).isEqualTo("X[--WIDTH=8]");
    // As text it is the same number.
    assertThat(
            text(alice.asks(shout, Item.table().put("width", "8").build(), input("x"), Terms.NONE)))
        .isEqualTo("X[--WIDTH=8]");
    Terms only = Terms.builder().cache(Terms.Cache.ONLY).build();
    assertThat(reason(alice.asks(shout, width(8), input("x"), only))).isEqualTo(Reason.REFUSED);
  }

  @Test
  void conditionsOnInputAndFunctionAndOnTermsOfABindingHold() {
    Cid approved = Cid.of("approved".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    Person alice =
        olga.grants(
            stranger(),
            it ->
                it.may(shout)
                    .when(
                        new Condition(
                            List.of("input"), Condition.Op.IN, Item.array(Item.of(approved)))));
    assertThat(text(shouts(alice, "approved"))).startsWith("APPROVED");
    assertThat(reason(shouts(alice, "other"))).isEqualTo(Reason.REFUSED);
    Terms costly = Terms.builder().price(1_000_000_000).build();
    olga.names("shout", olga.binds(shout, costly));
    Person bob =
        olga.grants(
            stranger(),
            it ->
                it.may(house.ref("shout"))
                    .when(Condition.term("price", Condition.Op.LE, Item.of(1_000_000_000))));
    assertThat(text(bob.asks(house.ref("shout"), Item.EMPTY, input("b"), Terms.NONE)))
        .startsWith("B");
    assertThat(
            reason(
                bob.asks(
                    house.ref("shout"),
                    Item.EMPTY,
                    input("b"),
                    Terms.builder().price(1_000_000_001).build())))
        .isEqualTo(Reason.REFUSED);
  }

  @Test
  void aRefInATokenCoversWhatItsHeadNamesNow() {
    Cid other =
        olga.defines(
            it -> {
              it.out().write('o');
              return 0;
            },
            it -> it);
    olga.names("tool", shout);
    Cid tool = house.ref("tool");
    Person alice = olga.grants(stranger(), it -> it.may(tool));
    assertThat(receipt(alice.asks(tool, Item.EMPTY, input("x"), Terms.NONE)).body().function())
        .isEqualTo(shout);
    // By its own hash it isn't named, so it isn't there.
    assertThat(reason(shouts(alice, "x"))).isEqualTo(Reason.ABSENT);
    olga.names("tool", other);
    assertThat(receipt(alice.asks(tool, Item.EMPTY, input("x"), Terms.NONE)).body().function())
        .isEqualTo(other);
    // Down the chain a link may name the function that the ref names.
    Person bob = alice.grants(stranger(), it -> it.may(other));
    assertThat(receipt(bob.asks(tool, Item.EMPTY, input("x"), Terms.NONE)).body().function())
        .isEqualTo(other);
    olga.names("tool", shout);
    assertThat(reason(bob.asks(tool, Item.EMPTY, input("x"), Terms.NONE))).isEqualTo(Reason.ABSENT);
  }

  @Test
  void noIsolationAtAllIsForTheOwnerAndForBindings() {
    house.target.isolate(Isolation.ANY);
    Terms any = Terms.builder().isolation(Isolation.ANY).build();
    Person alice = olga.grants(stranger(), it -> it.may(shout, house.ref("bound")));
    assertThat(reason(shouts(olga, "x"))).isEqualTo(Reason.UNABLE);
    assertThat(reason(alice.asks(shout, Item.EMPTY, input("x"), any))).isEqualTo(Reason.UNABLE);
    assertThat(runs).hasValue(0);
    assertThat(text(olga.asks(shout, Item.EMPTY, input("x"), any))).isNotEmpty();
    olga.names("bound", olga.binds(shout, any));
    assertThat(text(alice.asks(house.ref("bound"), Item.EMPTY, input("y"), Terms.NONE)))
        .isNotEmpty();
    assertThat(runs).hasValue(2);
  }

  @Test
  void onlyTheOwnerAndBindingsOfTheOwnersLetARunTakeLongerThanTheNodeLetsAnybody() {
    Terms longer = lasting(Duration.ofHours(2));
    Person alice =
        olga.grants(stranger(), it -> it.may(shout, house.ref("hers"), house.ref("his")));
    assertThat(text(alice.asks(shout, width(1), input("x"), lasting(Duration.ofHours(1)))))
        .isNotEmpty();
    assertThat(reason(alice.asks(shout, width(2), input("x"), longer))).isEqualTo(Reason.REFUSED);
    assertThat(text(olga.asks(shout, width(3), input("x"), longer))).isNotEmpty();
    Cid binding = olga.binds(shout, longer);
    olga.names("hers", binding);
    assertThat(text(alice.asks(house.ref("hers"), width(4), input("x"), Terms.NONE))).isNotEmpty();
    assertThat(
            reason(
                alice.asks(house.ref("hers"), width(5), input("x"), lasting(Duration.ofHours(3)))))
        .isEqualTo(Reason.REFUSED);
    Person deputy =
        olga.grants(
            stranger(), it -> it.may(shout, function("ref.propose"), function("ref.get"), binding));
    deputy.names("his", binding);
    assertThat(reason(alice.asks(house.ref("his"), width(6), input("x"), Terms.NONE)))
        .isEqualTo(Reason.REFUSED);
  }

  private static Terms lasting(Duration time) {
    return Terms.builder()
        .limits(
            new Terms.Bounds(
                Optional.of(time),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty()))
        .build();
  }

  @Test
  void theOwnersWordForABindingIsLostWhenAnotherMovesTheRefAndGivenAnew() {
    house.target.isolate(Isolation.ANY);
    Terms any = Terms.builder().isolation(Isolation.ANY).build();
    Cid binding = olga.binds(shout, any);
    Person deputy =
        olga.grants(
            stranger(), it -> it.may(shout, function("ref.propose"), function("ref.get"), binding));
    Person alice = olga.grants(stranger(), it -> it.may(house.ref("bound")));
    olga.names("bound", olga.puts("something else"));
    deputy.names("bound", binding);
    assertThat(reason(alice.asks(house.ref("bound"), Item.EMPTY, input("x"), Terms.NONE)))
        .isEqualTo(Reason.UNABLE);

    olga.names("bound", binding);

    assertThat(text(alice.asks(house.ref("bound"), Item.EMPTY, input("x"), Terms.NONE)))
        .isNotEmpty();
  }

  @Test
  void theOwnerTakesBackWhatTheNodeIssuedToOthersAndNeverTheirOwn() {
    Person steward = house.root(stranger(), it -> it);
    assertThat(steward.asks("agent.status", Item.table()).payload())
        .isInstanceOf(org.promisegrid.kernel.message.Answer.Payload.Kept.class);

    olga.gets("token.revoke", Item.table().put("token", steward.token()));

    assertThat(Household.revoked(steward.asks("agent.status", Item.table())))
        .isEqualTo(steward.token());
    assertThat(reason(olga.asks("token.revoke", Item.table().put("token", olga.token()))))
        .isEqualTo(Reason.INVALID);
    assertThat(reason(olga.asks("token.revoke", Item.table().put("token", shout))))
        .isEqualTo(Reason.ABSENT);
  }

  @Test
  void whatNobodyCouldDoCostsNoUse() {
    Person alice = olga.grants(stranger(), it -> it.may(function("ref.list")).at(Use.calls(1)));
    assertThat(reason(alice.asks("ref.list", Item.table().put("no", "such"))))
        .isEqualTo(Reason.INVALID);
    assertThat(reason(alice.asks(function("ref.list"), Item.EMPTY, input("x"), Terms.NONE)))
        .isEqualTo(Reason.INVALID);
    assertThat(Household.kept(alice.asks("ref.list", Item.table()))).isNotNull();
    assertThat(reason(alice.asks("ref.list", Item.table()))).isEqualTo(Reason.EXHAUSTED);
  }

  @Test
  void noIsolationAtAllIsNotForWhoeverMovesARef() {
    house.target.isolate(Isolation.ANY);
    Terms any = Terms.builder().isolation(Isolation.ANY).build();
    Person mallory =
        olga.grants(
            stranger(),
            it ->
                it.may(
                    shout,
                    house.ref("mine"),
                    function("content.put"),
                    function("ref.propose"),
                    function("ref.get")));
    mallory.names("mine", mallory.binds(shout, any));
    assertThat(reason(mallory.asks(house.ref("mine"), Item.EMPTY, input("x"), any)))
        .isEqualTo(Reason.UNABLE);
    assertThat(runs).hasValue(0);
  }

  @Test
  void tokenListShowsTheOwnerAllAndOthersTheirOwn() {
    Person alice =
        olga.grants(
            stranger(),
            it -> it.may(shout, function("token.list")).at(Use.calls(9)).bind("width", Item.of(5)));
    Person bob = olga.grants(stranger(), it -> it.may(shout, function("token.list")));
    Person carol = bob.bearer(Instant.now().plusSeconds(60), it -> it.may(shout));
    shouts(alice, "x");
    shouts(bob, "x");
    shouts(carol, "x");
    assertThat(tokens(olga)).contains(olga.token(), alice.token(), bob.token(), carol.token());
    assertThat(tokens(bob))
        .contains(olga.token(), bob.token(), carol.token())
        .doesNotContain(alice.token());
    assertThat(tokens(house.owner())).doesNotContain(Cid.of(new byte[] {1}));
    Item.Table line = line(olga, alice.token());
    assertThat(line.get("used")).contains(Item.of(1));
    assertThat(line.get("calls")).contains(Item.of(9));
    assertThat(line.get("bound")).contains(Item.table().put("width", 5).build());
    assertThat(line.get("revoked")).contains(Item.FALSE);
    assertThat(line.get("audience")).contains(Item.of(alice.did().toString()));
    assertThat(line.get("parent")).contains(Item.of(olga.token()));
    assertThat(line(olga, olga.token()).get("functions")).isEmpty();
    assertThat(line(olga, carol.token()).get("audience")).isEmpty();
    olga.gets("token.revoke", Item.table().put("token", alice.token()));
    assertThat(line(olga, alice.token()).get("revoked")).contains(Item.TRUE);
    // Page by page.
    List<Cid> paged = new ArrayList<>();
    Optional<Item> after = Optional.empty();
    do {
      Item.Table page = olga.gets("token.list", Item.table().put("limit", 1).put("after", after));
      ((Item.Array) page.get("tokens").orElseThrow())
          .items()
          .forEach(it -> paged.add(Household.link((Item.Table) it, "token")));
      after = page.get("next");
    } while (after.isPresent());
    assertThat(paged).containsExactlyElementsOf(tokens(olga));
  }

  private static List<Cid> tokens(Person who) {
    return ((Item.Array) who.gets("token.list", Item.table()).get("tokens").orElseThrow())
        .items().stream().map(it -> Household.link((Item.Table) it, "token")).toList();
  }

  private static Item.Table line(Person who, Cid token) {
    return ((Item.Array) who.gets("token.list", Item.table()).get("tokens").orElseThrow())
        .items().stream()
            .map(Item.Table.class::cast)
            .filter(it -> Household.link(it, "token").equals(token))
            .findAny()
            .orElseThrow();
  }
}
