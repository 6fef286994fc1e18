package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.kept;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.receipted;
import static org.promisegrid.kernel.Household.revoked;
import static org.promisegrid.kernel.Household.stranger;
import static org.promisegrid.kernel.Household.text;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.dispatch.FairShare;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.kernel.token.Use;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Fitness;

/// Calls that wait for their turn, on a target with one place.
@Timeout(600)
final class WaitingTest {

  private static final Fitness ONE_PLACE =
      new Fitness(Fitness.Status.HEALTHY, "one place", new Fitness.Capacity(1, 1L << 40), Map.of());

  @TempDir Path home;
  private Household house;
  private Person olga;

  /// Who ran, in turn.
  private final List<String> ran = new CopyOnWriteArrayList<>();

  /// Runs that may end.
  private final Semaphore open = new Semaphore(0);

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeEach
  void open() throws Exception {
    MemoryTarget target = new MemoryTarget("one");
    target.become(ONE_PLACE);
    house = new Household(home, target);
    olga = house.owner();
    house.awaitMeasured();
  }

  @AfterEach
  void close() {
    house.close();
    threads.close();
  }

  /// A function that says who runs, and ends when it may.
  private Cid gated(String who) {
    return olga.defines(
        it -> {
          ran.add(who);
          open.acquire();
          return 0;
        },
        it -> it.impure());
  }

  private Call call(Person by, Cid function) {
    return by.prepare(function, Item.EMPTY, Input.none(), nonce());
  }

  private Future<Reply> send(Person by, Cid function) {
    Call call = call(by, function);
    return threads.submit(() -> by.send(call));
  }

  private FairShare.Load load() {
    return Objects.requireNonNull(house.kernel().measures().loads().get("memory:one"));
  }

  private static void until(java.util.function.BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void whoFloodsATargetLeavesOthersEverySecondRun() throws Exception {
    Cid flood = gated("mallory");
    Cid work = gated("alice");
    Person mallory = olga.grants(stranger(), it -> it.may(flood));
    Person alice = olga.grants(stranger(), it -> it.may(work));
    List<Future<Reply>> floods = new ArrayList<>();
    for (int i = 0; i < FairShare.WAITING + 1; i++) {
      floods.add(send(mallory, flood));
    }
    until(() -> load().running() == 1 && load().waiting() == FairShare.WAITING);
    // One more of hers finds the queue full, and is told when to come back.
    Reply full = mallory.send(call(mallory, flood));
    assertThat(reason(full)).isEqualTo(Reason.EXHAUSTED);
    assertThat(((Payload.NotPromised) full.payload()).more().get("retry_after")).isPresent();

    List<Future<Reply>> works = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      works.add(send(alice, work));
    }
    // Each of hers took the place of one of mallory's, which are told so.
    until(() -> floods.stream().filter(Future::isDone).count() == 10);
    open.release(21);
    for (Future<Reply> mine : works) {
      assertThat(receipted(mine.get())).isNotNull();
    }

    // The one that ran, then by turns: each run of hers waits for at most one more of mallory's.
    assertThat(ran.subList(0, 21).stream().filter("alice"::equals)).hasSize(10);
    for (int i = 1; i + 1 < 21; i++) {
      assertThat(List.of(ran.get(i), ran.get(i + 1))).contains("alice");
    }
  }

  @Test
  void aCallThatGoesOnAndComesToNothingIsRemembered() throws Exception {
    Cid holding = gated("olga");
    Cid waits = gated("waits");
    Future<Reply> first = send(olga, holding);
    until(() -> load().running() == 1);
    Call call = call(olga, waits);
    CountDownLatch taken = new CountDownLatch(1);
    Future<Reply> second =
        threads.submit(
            () -> house.kernel().handle(new Request(call, "test").whenTaken(taken::countDown)));
    taken.await();
    until(() -> load().waiting() == 1);
    assertThat(listed(call)).isEqualTo("running");

    olga.gets("call.cancel", Item.table().put("call", call.cid()));
    assertThat(reason(second.get())).isEqualTo(Reason.REFUSED);

    assertThat(awaited(call)).isEqualTo(second.get().payload());
    assertThat(listed(call)).isEqualTo("ended");
    open.release();
    assertThat(receipted(first.get())).isNotNull();
    house.restart();
    assertThat(awaited(call)).isEqualTo(second.get().payload());
    assertThat(ran).doesNotContain("waits");
  }

  @Test
  void aCallThatWasTakenOnRunsWhenItIsSentAgain() throws Exception {
    Cid waits = gated("waits");
    Call call = call(olga, waits);
    CountDownLatch taken = new CountDownLatch(1);
    Future<Reply> first =
        threads.submit(
            () -> house.kernel().handle(new Request(call, "test").whenTaken(taken::countDown)));
    taken.await();
    open.release();
    Reply reply = first.get();

    assertThat(awaited(call)).isEqualTo(reply.payload());
    assertThat(receipt(olga.send(call))).isEqualTo(receipt(reply));
    assertThat(ran).hasSize(1);
  }

  private Payload awaited(Call call) throws Exception {
    Item.Table value = olga.gets("call.await", Item.table().put("call", call.cid()));
    byte[] message = ((Item.Bytes) value.get("message").orElseThrow()).value();
    return Answer.decode(Message.decode(message)).payload();
  }

  private String listed(Call call) {
    Item.Array calls = (Item.Array) olga.gets("call.list", Item.table()).get("calls").orElseThrow();
    return calls.items().stream()
        .map(Item.Table.class::cast)
        .filter(line -> line.get("call").equals(java.util.Optional.of(Item.of(call.cid()))))
        .map(line -> ((Item.Text) line.get("state").orElseThrow()).value())
        .findAny()
        .orElse("absent");
  }

  @Test
  void aTokenThatIsRevokedMeanwhileKeepsARunFromBeginning() throws Exception {
    Cid holding = gated("olga");
    Cid work = gated("alice");
    Person alice = olga.grants(stranger(), it -> it.may(work));
    Future<Reply> first = send(olga, holding);
    until(() -> load().running() == 1);
    Call call = call(alice, work);
    Future<Reply> second = threads.submit(() -> alice.send(call));
    until(() -> load().waiting() == 1);

    olga.gets("token.revoke", Item.table().put("token", alice.token()));
    open.release();

    assertThat(receipted(first.get())).isNotNull();
    assertThat(revoked(second.get())).isEqualTo(alice.token());
    assertThat(ran).containsExactly("olga");
  }

  @Test
  void whoJoinedTheRunOfSomebodyRevokedHasOneOfTheirOwn() throws Exception {
    Cid holding = gated("olga");
    Cid pure =
        olga.defines(
            it -> {
              ran.add("pure");
              it.out().write("done".getBytes(StandardCharsets.UTF_8));
              return 0;
            },
            it -> it);
    Person alice = olga.grants(stranger(), it -> it.may(pure));
    Person bob = olga.grants(stranger(), it -> it.may(pure));
    Future<Reply> first = send(olga, holding);
    until(() -> load().running() == 1);
    Call hers = alice.prepare(pure, Item.EMPTY, Input.none(), Terms.NONE);
    Future<Reply> second = threads.submit(() -> alice.send(hers));
    until(() -> load().waiting() == 1);
    Call his = bob.prepare(pure, Item.EMPTY, Input.none(), Terms.NONE);
    CountDownLatch joined = new CountDownLatch(1);
    Future<Reply> third =
        threads.submit(
            () -> house.kernel().handle(new Request(his, "test").whenTaken(joined::countDown)));
    joined.await();
    Follow.EventStream watched =
        ((Follow.Events) bob.asks("call.watch", Item.table().put("call", his.cid())).follow())
            .stream();

    olga.gets("token.revoke", Item.table().put("token", alice.token()));
    open.release();

    assertThat(receipted(first.get())).isNotNull();
    assertThat(revoked(second.get())).isEqualTo(alice.token());
    assertThat(text(third.get())).isEqualTo("done");
    // Whoever watches his call sees his run, and nothing of her token.
    Item.Table ended = Item.EMPTY;
    while (watched.next(Duration.ofMinutes(5)) instanceof Follow.Next.Came(Event event)) {
      ended = event.detail();
    }
    watched.close();
    assertThat(ended.toString()).contains("receipt").doesNotContain("revoked");
    assertThat(ran).containsExactly("olga", "pure");
  }

  @Test
  void anAgentThatEndsLetsRunAndWaitWhatWasBegunAndBeginsNothingMore() throws Exception {
    Cid work = gated("work");
    Future<Reply> running = send(olga, work);
    until(() -> load().running() == 1);
    Future<Reply> waiting = send(olga, work);
    until(() -> load().waiting() == 1);

    Future<Boolean> drained = threads.submit(() -> house.kernel().drain(Duration.ofMinutes(1)));
    until(() -> !house.kernel().isReady());
    Reply late = olga.send(call(olga, work));

    assertThat(reason(late)).isEqualTo(Reason.EXHAUSTED);
    assertThat(((Payload.NotPromised) late.payload()).more().get("retry_after")).isPresent();
    assertThat(kept(olga.asks("agent.status", Item.table()))).isNotNull();
    assertThat(drained.isDone()).isFalse();
    open.release(2);
    assertThat(drained.get()).isTrue();
    assertThat(receipted(running.get())).isNotNull();
    assertThat(receipted(waiting.get())).isNotNull();
  }

  @Test
  void anAgentDoesNotWaitForEverForWhatRuns() throws Exception {
    Cid work = gated("work");
    Future<Reply> running = send(olga, work);
    until(() -> ran.size() == 1);

    assertThat(house.kernel().drain(Duration.ofMillis(1))).isFalse();
    house.kernel().close();

    assertThat(receipt(running.get()).body().outcome().toString()).contains("CANCELLED");
  }

  @Test
  void aHundredUsesAreAHundredHoweverManyCallersAndRestarts() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    Cid counts =
        olga.defines(
            it -> {
              runs.incrementAndGet();
              return 0;
            },
            it -> it.impure());
    Person alice = olga.grants(stranger(), it -> it.may(counts).at(Use.calls(100)));
    AtomicInteger begun = new AtomicInteger();

    int before = callers(alice, counts, () -> begun.incrementAndGet() <= 60);
    house.restart();
    int after = callers(alice, counts, () -> true);

    assertThat(before).isEqualTo(60);
    assertThat(before + after).isEqualTo(100);
    assertThat(runs).hasValue(100);
    house.restart();
    assertThat(reason(alice.send(call(alice, counts)))).isEqualTo(Reason.EXHAUSTED);
    assertThat(runs).hasValue(100);
  }

  /// A hundred callers at once, each of whom calls again and again while they may; how many calls
  /// were answered.
  private int callers(Person person, Cid function, java.util.function.BooleanSupplier more)
      throws Exception {
    List<Future<Integer>> callers = new ArrayList<>();
    CountDownLatch all = new CountDownLatch(100);
    for (int i = 0; i < 100; i++) {
      callers.add(
          threads.submit(() -> {
            all.countDown();
            all.await();
            int answered = 0;
            while (more.getAsBoolean()) {
              if (!(person.send(call(person, function)).payload() instanceof Payload.Receipted)) {
                break;
              }
              answered++;
            }
            return answered;
          }));
    }
    int answered = 0;
    for (Future<Integer> caller : callers) {
      answered += caller.get();
    }
    return answered;
  }

  @Test
  void onePrincipalHasSoManyCallsAnsweredAtATimeAndTheOwnerAny() throws Exception {
    house.close();
    house = new Household(home, new Allowance(1000, 1, 10, Duration.ofHours(1)));
    olga = house.owner();
    Cid work = gated("alice");
    Person alice = olga.grants(stranger(), it -> it.may(work, function("content.put")));
    Person friend = alice.grants(stranger(), it -> it.may(work));
    Person bob = olga.grants(stranger(), it -> it.may(function("agent.status")));
    Future<Reply> running = send(alice, work);
    until(() -> ran.size() == 1);

    Reply crowded = friend.send(call(friend, work));
    assertThat(reason(crowded)).isEqualTo(Reason.EXHAUSTED);
    assertThat(((Payload.NotPromised) crowded.payload()).more().get("limit"))
        .contains(Item.of("calls"));
    assertThat(kept(bob.asks("agent.status", Item.table()))).isNotNull();
    assertThat(kept(olga.asks("agent.status", Item.table()))).isNotNull();
    open.release();
    assertThat(receipted(running.get())).isNotNull();
    assertThat(reason(put(alice, 11))).isEqualTo(Reason.TOO_LARGE);
    assertThat(kept(put(alice, 10))).isNotNull();
    assertThat(olga.puts(new byte[11])).isNotNull();
  }

  private static Reply put(Person person, int size) {
    byte[] bytes = new byte[size];
    return person.send(
        person.prepare(
            function("content.put"),
            Item.table().put("size", size).build(),
            Input.none(),
            Terms.NONE),
        java.util.Optional.of(
            new org.promisegrid.kernel.syscall.Body(
                new java.io.ByteArrayInputStream(bytes), java.util.OptionalLong.of(size))));
  }
}
