package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.stranger;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Fitness;

/// Runs that outlive the agent that began them, on the memory driver's target, which keeps its
/// sandboxes across kernels as an engine does. A copy of a home that is open is what an agent
/// leaves behind that is killed at that moment.
@Timeout(600)
class TakenUpTest {

  private static final Fitness WELL =
      new Fitness(Fitness.Status.HEALTHY, "", new Fitness.Capacity(4, 1L << 40), Map.of());
  private static final Fitness AWAY =
      Fitness.unfit(Fitness.Status.UNDETECTED, "the engine isn't there");

  @TempDir Path home;
  @TempDir Path copy;

  private final MemoryTarget target = MemoryTarget.keeping("one");
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger runs = new AtomicInteger();
  private final CountDownLatch open = new CountDownLatch(1);

  private Household house;
  private Person alice;
  private Cid acts;
  private Call call;
  private Future<Reply> first;

  @BeforeEach
  void somebodyCalls() throws InterruptedException {
    target.become(WELL);
    house = new Household(home, target);
    begin(true, nonce());
  }

  /// Somebody calls, and it runs.
  private void begin(boolean impure, Terms terms) throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    Person olga = house.owner();
    acts =
        olga.defines(
            it -> {
              runs.incrementAndGet();
              it.out().write("begun, ".getBytes(StandardCharsets.UTF_8));
              it.log().write("logged".getBytes(StandardCharsets.UTF_8));
              running.countDown();
              open.await();
              it.in().transferTo(it.out());
              return 0;
            },
            it -> impure ? it.impure() : it);
    alice =
        olga.grants(
            stranger(), it -> it.may(acts, function("call.watch"), function("call.cancel")));
    call = alice.prepare(acts, Item.EMPTY, input("and done"), terms);
    first = threads.submit(() -> alice.send(call));
    running.await();
  }

  @AfterEach
  void end() throws Exception {
    open.countDown();
    house.lend(house);
    var _ = first.get();
    house.close();
    threads.close();
  }

  private Household next(MemoryTarget on) {
    RestartTest.copy(home, copy);
    Household after = new Household(copy, on);
    house.lend(after);
    return after;
  }

  /// The run goes on, and nobody has an answer.
  private void assertUnanswered() {
    assertThat(reason(alice.asks("call.await", Item.table().put("call", call.cid()))))
        .isEqualTo(Reason.DEADLINE);
  }

  /// What it wrote before is here.
  private void awaitOutput() throws InterruptedException {
    Reply watch = alice.asks("call.watch", Item.table().put("call", call.cid()));
    try (Follow.EventStream events = ((Follow.Events) watch.follow()).stream()) {
      Event seen = ((Follow.Next.Came) events.next(Duration.ofMinutes(5))).event();
      assertThat(seen.kind()).isEqualTo("output");
    }
  }

  private static Receipt.Ended.Broken broken(Receipt receipt) {
    return (Receipt.Ended.Broken) receipt.body().outcome();
  }

  @Test
  void theSameCallGetsItsReceipt() throws Exception {
    try (Household after = next(target)) {
      assertUnanswered();
      Future<Reply> again = threads.submit(() -> alice.send(call));
      awaitOutput();
      open.countDown();
      Receipt receipt = receipt(again.get());
      assertThat(receipt.body().outcome()).isEqualTo(new Receipt.Ended.Kept(OptionalInt.of(0)));
      assertThat(alice.reads(receipt.body().result().orElseThrow().cid()))
          .asString(StandardCharsets.UTF_8)
          .isEqualTo("begun, and done");
      assertThat(receipt.body().log().value()).asString(StandardCharsets.UTF_8).isEqualTo("logged");
      assertThat(runs).hasValue(1);
      // Whoever asks later, or of the agent after this one, gets the same.
      assertThat(receipt(alice.send(call))).isEqualTo(receipt);
      after.restart();
      assertThat(receipt(alice.send(call))).isEqualTo(receipt);
      assertThat(runs).hasValue(1);
    }
  }

  @Test
  void anEngineThatIsAwayIsWaitedFor() throws Exception {
    target.become(AWAY);
    try (Household after = next(target)) {
      assertUnanswered();
      // An agent that ends meanwhile leaves it to the next.
      after.restart();
      assertUnanswered();
      Future<Reply> again = threads.submit(() -> alice.send(call));
      target.become(WELL);
      awaitOutput();
      open.countDown();
      assertThat(receipt(again.get()).body().outcome())
          .isEqualTo(new Receipt.Ended.Kept(OptionalInt.of(0)));
      assertThat(runs).hasValue(1);
    }
  }

  @Test
  void whatItsTargetKnowsNothingOfIsLost() throws Exception {
    MemoryTarget empty = MemoryTarget.keeping("one");
    try (Household after = next(empty)) {
      assertThat(broken(receipt(alice.send(call))).what()).isEqualTo(Receipt.What.LOST);
      assertThat(after.kernel().isReady()).isTrue();
      assertThat(runs).hasValue(1);
    }
  }

  @Test
  void whatRanWhereNoTargetIsAnyMoreIsLostAtOnce() throws Exception {
    try (Household after = next(MemoryTarget.keeping("another"))) {
      assertThat(broken(receipt(alice.send(call))).what()).isEqualTo(Receipt.What.LOST);
      assertThat(after.kernel().isReady()).isTrue();
    }
  }

  @Test
  void itIsCancelledLikeAnyOther() throws Exception {
    try (Household after = next(target)) {
      awaitOutput();
      Item.Table cancelled = alice.gets("call.cancel", Item.table().put("call", call.cid()));
      assertThat(cancelled.get("state")).contains(Item.of("stopped"));
      var _ = alice.gets("call.await", Item.table().put("call", call.cid()).put("within", 600_000));
      assertThat(broken(receipt(alice.send(call))).what()).isEqualTo(Receipt.What.CANCELLED);
      assertThat(after.kernel().isReady()).isTrue();
      assertThat(runs).hasValue(1);
    }
  }

  @Test
  void itsLimitsAreWhatTheyWere() throws Exception {
    Terms.Bounds bounds =
        new Terms.Bounds(
            Optional.empty(), OptionalLong.empty(), OptionalLong.of(8), OptionalLong.empty());
    begin(true, nonce().toBuilder().limits(bounds).build());
    try (Household after = next(target)) {
      awaitOutput();
      open.countDown();
      assertThat(broken(receipt(alice.send(call))).what()).isEqualTo(Receipt.What.OUTPUT);
      assertThat(after.kernel().isReady()).isTrue();
    }
  }

  /// Of a pure function's run nothing is written down when it begins: it may begin anew.
  @Test
  void whatNobodyWillAskForIsClosed() throws Exception {
    begin(false, nonce());
    try (Household after = next(target)) {
      assertThat(receipt(first.get()).body().outcome()).isInstanceOf(Receipt.Ended.Broken.class);
      assertThat(open.getCount()).isEqualTo(1);
      assertThat(after.kernel().isReady()).isTrue();
    }
  }
}
