package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.how;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.kept;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.text;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
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
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.How;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;

/// From a call to its receipt.
@Timeout(600)
class CallTest {

  /// Copies its input, in capitals.
  private static final Program SHOUT =
      it -> {
        String in = new String(it.in().readAllBytes(), StandardCharsets.UTF_8);
        it.out()
            .write(
                (in + it.arguments())
                    .toUpperCase(java.util.Locale.ROOT)
                    .getBytes(StandardCharsets.UTF_8));
        return 0;
      };

  @TempDir Path home;
  private Household house;
  private Person owner;
  private final AtomicInteger runs = new AtomicInteger();

  @BeforeEach
  void open() {
    house = new Household(home);
    owner = house.owner();
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

  private static Program exits(int code) {
    return it -> {
      it.out().write("so far".getBytes(StandardCharsets.UTF_8));
      it.log().write("why".getBytes(StandardCharsets.UTF_8));
      return code;
    };
  }

  private Reply calls(Cid function, String in, Terms terms) {
    return owner.asks(function, Item.EMPTY, input(in), terms);
  }

  @Test
  void aPureFunctionRunsOnceAndIsRememberedFromThenOn() {
    Cid shout = owner.defines(counted(SHOUT), it -> it);
    Reply first = calls(shout, "hello", Terms.NONE);
    Reply second = calls(shout, "hello", Terms.NONE);
    assertThat(text(first)).isEqualTo("HELLO[]").isEqualTo(text(second));
    assertThat(how(first)).isEqualTo(Answer.How.RUN);
    assertThat(how(second)).isEqualTo(Answer.How.CACHE);
    assertThat(receipt(second)).isEqualTo(receipt(first));
    house.restart();
    assertThat(how(calls(shout, "hello", Terms.NONE))).isEqualTo(Answer.How.CACHE);
    assertThat(runs).hasValue(1);
  }

  @Test
  void aReceiptSaysWhatRanWhereAndHowItEnded() {
    Cid shout = owner.defines(SHOUT, it -> it);
    Receipt.Body body = receipt(calls(shout, "x", Terms.NONE)).body();
    assertThat(body.function()).isEqualTo(shout);
    assertThat(body.input()).isEqualTo(Cid.of("x".getBytes(StandardCharsets.UTF_8)));
    assertThat(body.outcome()).isInstanceOf(Receipt.Ended.Kept.class);
    assertThat(body.target().toString()).isEqualTo("memory:one");
    assertThat(body.purity()).isEqualTo(Receipt.Purity.ENFORCED);
    assertThat(owner.reads(body.result().orElseThrow().cid()))
        .isEqualTo("X[]".getBytes(StandardCharsets.UTF_8));
    assertThat(body.explain()).isPresent();
  }

  @Test
  void anOtherExitCodeBreaksThePromiseAndItsOutputIsInTheReceipt() {
    Cid fails = owner.defines(counted(exits(3)), it -> it);
    Reply reply = calls(fails, "", Terms.NONE);
    Receipt.Body body = receipt(reply).body();
    assertThat(body.outcome())
        .isEqualTo(
            new Receipt.Ended.Broken(
                Receipt.What.EXIT, java.util.OptionalInt.of(3), java.util.Optional.empty()));
    assertThat(text(reply)).isEqualTo("so far");
    assertThat(body.log()).isEqualTo(Item.of("why".getBytes(StandardCharsets.UTF_8)));
    // A broken run is no result: the next caller gets one of their own.
    assertThat(how(calls(fails, "", Terms.NONE))).isEqualTo(Answer.How.RUN);
    assertThat(runs).hasValue(2);
  }

  @Test
  void anExitCodeThatTheFunctionCountsAsKeptIsAResult() {
    Cid finds = owner.defines(counted(exits(1)), it -> it.keeps(0, 1));
    assertThat(receipt(calls(finds, "", Terms.NONE)).body().outcome())
        .isEqualTo(new Receipt.Ended.Kept(java.util.OptionalInt.of(1)));
    assertThat(how(calls(finds, "", Terms.NONE))).isEqualTo(Answer.How.CACHE);
  }

  @Test
  void aThousandEqualCallsAtOnceAreOneRunAndAThousandAnswersAndAfterARestartNone()
      throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    Cid shout =
        owner.defines(
            counted(it -> {
              open.await();
              return SHOUT.run(it);
            }),
            it -> it);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Reply>> replies = new ArrayList<>();
      CountDownLatch came = new CountDownLatch(1000);
      for (int i = 0; i < 1000; i++) {
        Call call = owner.prepare(shout, Item.EMPTY, input("x"), Terms.NONE);
        replies.add(
            threads.submit(
                () -> house.kernel().handle(new Request(call, "test").whenTaken(came::countDown))));
      }
      came.await(); // all wait for the one run
      open.countDown();
      Map<How, Integer> answered = new EnumMap<>(How.class);
      for (Future<Reply> reply : replies) {
        assertThat(text(reply.get())).isEqualTo("X[]");
        answered.merge(how(reply.get()), 1, Integer::sum);
      }
      assertThat(answered).isEqualTo(Map.of(How.RUN, 1, How.JOINED, 999));
    }
    assertThat(runs).hasValue(1);
    house.restart();
    assertThat(text(calls(shout, "x", Terms.NONE))).isEqualTo("X[]");
    assertThat(runs).hasValue(1);
  }

  @Test
  void typedAndTextualInlineAndPutBoundAndPassedAreOneKey() {
    Cid shout =
        owner.defines(
            counted(SHOUT),
            it -> it.with("width", Item.table().put("type", "integer").put("default", 7)));
    Cid put = owner.puts("hello");
    Person bound =
        owner.grants(Household.stranger(), grant -> grant.may(shout).bind("width", Item.of(320)));
    List<Reply> replies =
        List.of(
            owner.asks(shout, Item.table().put("width", 320).build(), input("hello"), Terms.NONE),
            owner.asks(shout, Item.table().put("width", "320").build(), input("hello"), Terms.NONE),
            owner.asks(
                shout, Item.table().put("width", 320).build(), new Input.Content(put), Terms.NONE),
            bound.asks(shout, Item.EMPTY, input("hello"), Terms.NONE),
            bound.asks(shout, Item.table().put("width", 320).build(), input("hello"), Terms.NONE));
    assertThat(replies)
        .extracting(reply -> receipt(reply).body().key())
        .containsOnly(receipt(replies.getFirst()).body().key());
    assertThat(runs).hasValue(1);
    // A default that is spelled out is the default.
    owner.asks(shout, Item.EMPTY, input("hello"), Terms.NONE);
    owner.asks(shout, Item.table().put("width", 7).build(), input("hello"), Terms.NONE);
    assertThat(runs).hasValue(2);
  }

  @Test
  void refreshRunsAgainAndTwoResultsOfOneKeyAreReported() {
    Cid fickle =
        owner.defines(
            counted(it -> {
              it.out().write(runs.get());
              return 0;
            }),
            it -> it);
    Reply first = calls(fickle, "", Terms.NONE);
    Reply again = calls(fickle, "", nonce().toBuilder().cache(Terms.Cache.REFRESH).build());
    assertThat(how(again)).isEqualTo(Answer.How.RUN);
    assertThat(receipt(first).body().differs()).isEmpty();
    assertThat(receipt(again).body().differs()).contains(receipt(first).cid());
    assertThat(owner.reads(receipt(first).cid())).isNotEmpty();
  }

  @Test
  void cacheOnlyDoesNotRun() {
    Cid shout = owner.defines(counted(SHOUT), it -> it);
    Terms only = Terms.builder().cache(Terms.Cache.ONLY).build();
    assertThat(reason(calls(shout, "x", only))).isEqualTo(Answer.Reason.NOT_CACHED);
    calls(shout, "x", Terms.NONE);
    assertThat(how(calls(shout, "x", only))).isEqualTo(Answer.How.CACHE);
    assertThat(runs).hasValue(1);
  }

  @Test
  void whatIsNotPureNeedsANonceAndTheSameNonceIsTheSameCall() {
    Cid shout = owner.defines(counted(SHOUT), it -> it.impure());
    assertThat(reason(calls(shout, "x", Terms.NONE))).isEqualTo(Answer.Reason.INVALID);
    Terms once = nonce();
    Reply first = calls(shout, "x", once);
    assertThat(receipt(calls(shout, "x", once))).isEqualTo(receipt(first));
    assertThat(runs).hasValue(1);
    assertThat(reason(calls(shout, "other", once))).isEqualTo(Answer.Reason.CONFLICT);
    calls(shout, "x", nonce());
    assertThat(runs).hasValue(2);
    house.restart();
    assertThat(receipt(calls(shout, "x", once))).isEqualTo(receipt(first));
    assertThat(runs).hasValue(2);
  }

  @Test
  void aNonceThatNoOtherCallHasIsRememberedOnlyWhereItKeepsARunFromBeingRepeated()
      throws InterruptedException {
    Cid pure = owner.defines(counted(SHOUT), it -> it);
    Call call = owner.prepare(pure, Item.EMPTY, input("x"), nonce());
    assertThat(how(fresh(call))).isEqualTo(Answer.How.RUN);
    assertThat(how(fresh(call))).isEqualTo(Answer.How.CACHE);
    // It can be asked for by its name all the same.
    assertThat(kept(owner.asks("call.await", Item.table().put("call", call.cid())))).isNotNull();

    Call refreshing =
        owner.prepare(
            pure, Item.EMPTY, input("x"), nonce().toBuilder().cache(Terms.Cache.REFRESH).build());
    Receipt refreshed = receipt(fresh(refreshing));
    assertThat(receipt(fresh(refreshing))).isEqualTo(refreshed);
    assertThat(runs).hasValue(2);

    Cid impure = owner.defines(counted(SHOUT), it -> it.impure());
    Call once = owner.prepare(impure, Item.EMPTY, input("x"), nonce());
    Receipt first = receipt(fresh(once));
    assertThat(receipt(fresh(once))).isEqualTo(first);
    assertThat(runs).hasValue(3);
  }

  private Reply fresh(Call call) throws InterruptedException {
    return house.kernel().handle(new Request(call, "test").withFreshNonce());
  }

  @Test
  void twoCallsOfANonceAtOnceAreOneRun() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    Cid slow =
        owner.defines(
            counted(it -> {
              open.await();
              return 0;
            }),
            it -> it.impure());
    Terms once = nonce();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Reply> one = threads.submit(() -> calls(slow, "x", once));
      Future<Reply> two = threads.submit(() -> calls(slow, "x", once));
      while (runs.get() == 0) {
        Thread.onSpinWait();
      }
      open.countDown();
      assertThat(receipt(one.get())).isEqualTo(receipt(two.get()));
    }
    assertThat(runs).hasValue(1);
  }

  @Test
  void aNonceThatComesWithOtherArgumentsWhileTheFirstRunsIsAConflict() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    Cid pays =
        owner.defines(
            counted(it -> {
              open.await();
              return SHOUT.run(it);
            }),
            it -> it.impure());
    Terms once = nonce();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Reply> one = threads.submit(() -> calls(pays, "pay 1", once));
      while (runs.get() == 0) {
        Thread.onSpinWait();
      }
      assertThat(reason(calls(pays, "pay 2", once))).isEqualTo(Answer.Reason.CONFLICT);
      open.countDown();
      assertThat(text(one.get())).startsWith("PAY 1");
    }
    assertThat(runs).hasValue(1);
  }

  @Test
  void codeThatACallerCannotReadIsNotRunForThem() {
    Cid secret = owner.defines(counted(SHOUT), it -> it);
    Cid code =
        owner.gets("call.explain", Item.table().put("function", secret)).get("targets").stream()
            .map(targets ->
                Household.link((Item.Table) ((Item.Array) targets).items().getFirst(), "code"))
            .findFirst()
            .orElseThrow();
    Cid put = Household.function("content.put");
    Person guest =
        owner.grants(
            Household.stranger(),
            grant ->
                grant.may(
                    put,
                    Household.function("ref.propose"),
                    Household.function("ref.get"),
                    house.ref("mine")));
    Cid own =
        guest.puts(
            new Household.Shape(new org.promisegrid.sandbox.Form("memory", code))
                .keeps(0, 7)
                .descriptor()
                .encode());
    guest.names("mine", own);
    assertThat(reason(guest.asks(house.ref("mine"), Item.EMPTY, input("x"), Terms.NONE)))
        .isEqualTo(Answer.Reason.ABSENT);
    assertThat(runs).hasValue(0);
  }

  @Test
  void whatAResultLinksToIsNotReadThroughIt() {
    Cid secret = owner.puts("the owner's diary");
    byte[] message =
        org.promisegrid.kernel.message.Message.of(Cid.of(new byte[] {1}), Item.of(secret)).bytes();
    Cid writes =
        owner.defines(
            it -> {
              it.out().write(message);
              return 0;
            },
            it -> it);
    Cid result =
        receipt(owner.asks(writes, Item.EMPTY, Input.none(), Terms.NONE))
            .body()
            .result()
            .orElseThrow()
            .cid();
    owner.names("page", result);
    Person guest =
        owner.grants(
            Household.stranger(),
            grant -> grant.may(house.ref("page"), Household.function("content.get")));
    assertThat(guest.reads(result)).isEqualTo(message);
    assertThat(reason(guest.asks("content.get", Item.table().put("cid", secret))))
        .isEqualTo(Answer.Reason.ABSENT);
  }

  @Test
  void aCallerWhoseTimeIsOverLeavesAndTheRunGoesOnForTheOther() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    Cid slow =
        owner.defines(
            counted(it -> {
              open.await();
              return SHOUT.run(it);
            }),
            it -> it);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Reply> patient = threads.submit(() -> calls(slow, "x", Terms.NONE));
      while (runs.get() == 0) {
        Thread.onSpinWait();
      }
      Terms hurried = Terms.builder().within(Duration.ofMillis(1)).build();
      assertThat(reason(calls(slow, "x", hurried))).isEqualTo(Answer.Reason.DEADLINE);
      open.countDown();
      assertThat(text(patient.get())).isEqualTo("X[]");
    }
    assertThat(runs).hasValue(1);
  }

  @Test
  void whenTheLastCallerHasLeftTheRunIsStopped() throws Exception {
    CountDownLatch stopped = new CountDownLatch(1);
    Cid endless =
        owner.defines(
            counted(it -> {
              try {
                new CountDownLatch(1).await();
                return 0;
              } finally {
                stopped.countDown();
              }
            }),
            it -> it);
    Thread caller = Thread.startVirtualThread(() -> leavingQuietly(endless));
    while (runs.get() == 0) {
      Thread.onSpinWait();
    }
    caller.interrupt();
    stopped.await();
    caller.join();
  }

  private void leavingQuietly(Cid function) {
    try {
      calls(function, "", Terms.NONE);
    } catch (IllegalStateException e) {
      assertThat(e).hasCauseInstanceOf(InterruptedException.class);
    }
  }

  @Test
  void aCancelledCallIsAnsweredWithTheReceiptOfABrokenRun() throws Exception {
    Cid endless =
        owner.defines(
            counted(it -> {
              new CountDownLatch(1).await();
              return 0;
            }),
            it -> it);
    Call call = owner.prepare(endless, Item.EMPTY, Input.none(), Terms.NONE);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Reply> waiting = threads.submit(() -> owner.send(call));
      while (runs.get() == 0) {
        Thread.onSpinWait();
      }
      assertThat(owner.gets("call.cancel", Item.table().put("call", call.cid())).get("state"))
          .contains(Item.of("stopped"));
      assertThat(receipt(waiting.get()).body().outcome())
          .isInstanceOfSatisfying(
              Receipt.Ended.Broken.class,
              broken -> assertThat(broken.what()).isEqualTo(Receipt.What.CANCELLED));
    }
  }

  @Test
  void termsWhosePartIsNotBuiltAreRefusedAndNeverIgnored() {
    Cid shout = owner.defines(counted(SHOUT), it -> it);
    for (Terms terms :
        List.of(Terms.builder().hops(1).build(), Terms.builder().reply(shout).build())) {
      assertThat(reason(calls(shout, "x", terms)))
          .as(terms.toItem().toString())
          .isEqualTo(Answer.Reason.UNSUPPORTED);
    }
    Input pending = new Input.Pending(shout);
    assertThat(reason(owner.asks(shout, Item.EMPTY, pending, Terms.NONE)))
        .isEqualTo(Answer.Reason.UNSUPPORTED);
    assertThat(runs).hasValue(0);
  }

  @Test
  void aFunctionIsCalledByNameAndItsBindingGivesTheTerms() {
    Cid hungry =
        owner.defines(
            it -> {
              it.memory().allocate(2 << 20);
              return 0;
            },
            it -> it);
    Terms little =
        Terms.builder()
            .limits(
                new Terms.Bounds(
                    java.util.Optional.empty(),
                    java.util.OptionalLong.of(1 << 20),
                    java.util.OptionalLong.empty(),
                    java.util.OptionalLong.empty()))
            .build();
    owner.names("hungry", owner.binds(hungry, little));
    Reply reply = owner.asks(house.ref("hungry"), Item.EMPTY, Input.none(), Terms.NONE);
    assertThat(receipt(reply).body().function()).isEqualTo(hungry);
    assertThat(receipt(reply).body().outcome())
        .isInstanceOfSatisfying(
            Receipt.Ended.Broken.class,
            broken -> assertThat(broken.what()).isEqualTo(Receipt.What.MEMORY));
    // More memory, same function, same key: what is kept is remembered.
    assertThat(receipt(owner.asks(hungry, Item.EMPTY, Input.none(), Terms.NONE)).body().outcome())
        .isInstanceOf(Receipt.Ended.Kept.class);
  }

  @Test
  void anUnknownFunctionIsAbsentAndAWrongParameterNamed() {
    assertThat(reason(calls(Cid.of(new byte[] {9}), "", Terms.NONE)))
        .isEqualTo(Answer.Reason.ABSENT);
    Cid shout = owner.defines(SHOUT, it -> it);
    Reply wrong =
        owner.asks(shout, Item.table().put("colour", 1).build(), Input.none(), Terms.NONE);
    assertThat(wrong.payload())
        .isInstanceOfSatisfying(
            Answer.Payload.NotPromised.class,
            it -> {
              assertThat(it.reason()).isEqualTo(Answer.Reason.INVALID);
              assertThat(it.detail()).contains("colour");
            });
  }

  @Test
  void explainTellsWhereItWouldRunAndTheReceiptTellsWhereItRan() {
    Cid shout = owner.defines(SHOUT, it -> it);
    Item.Table before = owner.gets("call.explain", Item.table().put("function", shout));
    assertThat(before.get("cached")).contains(Item.FALSE);
    assertThat(before.get("chosen")).contains(Item.of(0));
    Receipt receipt = receipt(owner.asks(shout, Item.EMPTY, Input.none(), Terms.NONE));
    Item.Table after = owner.gets("call.explain", Item.table().put("receipt", receipt.cid()));
    assertThat(after.get("chosen")).contains(Item.of(0));
    assertThat(owner.gets("call.explain", Item.table().put("function", shout)).get("cached"))
        .contains(Item.TRUE);
  }
}
