package org.promisegrid.kernel.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.dispatch.Admission.Candidate;
import org.promisegrid.kernel.dispatch.Admission.Refuse;
import org.promisegrid.kernel.dispatch.Admission.Run;
import org.promisegrid.kernel.dispatch.Admission.Slot;
import org.promisegrid.kernel.dispatch.Admission.Ticket;
import org.promisegrid.kernel.dispatch.Admission.Wait;
import org.promisegrid.kernel.dispatch.FairShare.Load;
import org.promisegrid.sandbox.Fitness.Capacity;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Target;

final class FairShareTest {

  private static final Target TARGET = new Target("memory", "here");

  private final AtomicLong ticks = new AtomicLong();
  private final FairShare fair = new FairShare(InstantSource.system(), ticks::get, 4);

  @Test
  void asManyRunAsThereIsRoomAndTheRestWait() throws Exception {
    Slot first = run("alice", 2);
    Slot second = run("bob", 2);
    Ticket third = wait("carol", 2);
    assertThat(fair.load(TARGET)).isEqualTo(new Load(2, 1));
    second.close();
    Slot granted = granted(third);
    assertThat(fair.load(TARGET)).isEqualTo(new Load(2, 0));
    granted.close();
    first.close();
    assertThat(fair.load(TARGET)).isEqualTo(new Load(0, 0));
  }

  @Test
  void targetsHaveTheirOwnQueues() {
    run("alice", 1);
    assertThat(
            fair.admit(
                new Candidate("alice", new Target("memory", "there"), room(1), Limits.DEFAULT)))
        .isInstanceOf(Run.class);
  }

  @Test
  void issuersTakeTurnsHoweverManyEachHasWaiting() throws Exception {
    FairShare wide = new FairShare(InstantSource.system(), ticks::get, 100);
    Slot slot = ((Run) wide.admit(candidate("flood", 1))).slot();
    List<Ticket> flood = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      flood.add(((Wait) wide.admit(candidate("flood", 1))).ticket());
    }
    Ticket alice = ((Wait) wide.admit(candidate("alice", 1))).ticket();
    Ticket bob = ((Wait) wide.admit(candidate("bob", 1))).ticket();
    slot.close();
    Slot next = granted(flood.getFirst());
    next.close();
    next = granted(alice);
    next.close();
    next = granted(bob);
    next.close();
    assertThat(wide.load(TARGET)).isEqualTo(new Load(1, 48));
    granted(flood.get(1)).close();
  }

  @Test
  void withinAnIssuerTheOldestGoesFirst() throws Exception {
    Slot slot = run("alice", 1);
    Ticket older = wait("alice", 1);
    Ticket newer = wait("alice", 1);
    slot.close();
    assertThat(fair.load(TARGET)).isEqualTo(new Load(1, 1));
    granted(older).close();
    granted(newer).close();
  }

  @Test
  void aFullQueueRefusesAndSaysWhenToComeBack() {
    run("alice", 1);
    for (int i = 0; i < 4; i++) {
      wait("alice", 1);
    }
    Refuse refused = (Refuse) fair.admit(candidate("alice", 1));
    assertThat(refused.reason()).isEqualTo(Admission.Reason.EXHAUSTED);
    // Five before it and itself... four wait, then its own turn: five turns of an assumed second.
    assertThat(refused.retryAfter()).isEqualTo(Duration.ofSeconds(5));
    assertThat(fair.load(TARGET)).isEqualTo(new Load(1, 4));
  }

  @Test
  void whenALargeOneGivesUpThoseBehindItNeedNotWaitForAnEnd() throws Exception {
    Slot running = ((Run) fair.admit(sized("alice", 600))).slot();
    Ticket large = ((Wait) fair.admit(sized("bob", 900))).ticket();
    Ticket small = ((Wait) fair.admit(sized("carol", 200))).ticket();
    assertThat(fair.load(TARGET)).isEqualTo(new Load(1, 2));

    large.close();

    assertThat(fair.load(TARGET)).isEqualTo(new Load(2, 0));
    granted(small).close();
    running.close();
  }

  @Test
  void whenALargeOneIsTooLateThoseBehindItGoOn() throws Exception {
    Slot running = ((Run) fair.admit(sized("alice", 600))).slot();
    Ticket large = ((Wait) fair.admit(sized("bob", 900))).ticket();
    Ticket small = ((Wait) fair.admit(sized("carol", 200))).ticket();

    assertThat(large.await(Optional.of(Instant.EPOCH))).isInstanceOf(Refuse.class);

    granted(small).close();
    running.close();
  }

  @Test
  void howLongRunsLastIsLearned() {
    for (int i = 0; i < 200; i++) {
      Slot slot = run("alice", 1);
      ticks.addAndGet(Duration.ofSeconds(20).toNanos());
      slot.close();
    }
    run("alice", 1);
    assertThat(fair.backlog(candidate("bob", 1)))
        .isBetween(Duration.ofSeconds(19), Duration.ofSeconds(20));
  }

  @Test
  void aFloodCannotKeepOthersOutByFillingTheQueue() throws Exception {
    Slot slot = run("flood", 1);
    List<Ticket> flood = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      flood.add(wait("flood", 1));
    }
    Ticket alice = wait("alice", 1);
    assertThat(fair.load(TARGET)).isEqualTo(new Load(1, 4));
    assertThat(flood.get(3).await(Optional.empty())).isInstanceOf(Refuse.class);
    Ticket bob = wait("bob", 1);
    assertThat(flood.get(2).await(Optional.empty())).isInstanceOf(Refuse.class);
    // Two of the flood's, one each of the others: nobody has more than one too many now.
    assertThat(fair.admit(candidate("flood", 1))).isInstanceOf(Refuse.class);
    assertThat(fair.admit(candidate("alice", 1))).isInstanceOf(Refuse.class);
    slot.close();
    granted(flood.getFirst()).close();
    granted(alice).close();
    granted(bob).close();
    granted(flood.get(1)).close();
    assertThat(fair.load(TARGET)).isEqualTo(new Load(0, 0));
  }

  @Test
  void aPlaceIsGivenBackOnce() {
    Slot first = run("alice", 2);
    run("alice", 2);
    first.close();
    first.close();
    assertThat(fair.load(TARGET)).isEqualTo(new Load(1, 0));
    run("alice", 2);
    assertThat(fair.admit(candidate("alice", 2))).isInstanceOf(Wait.class);
  }

  @Test
  void aTicketThatIsClosedLeavesTheQueueOrGivesItsPlaceOn() throws Exception {
    Slot slot = run("alice", 1);
    Ticket left = wait("bob", 1);
    Ticket granted = wait("bob", 1);
    Ticket last = wait("carol", 1);
    left.close();
    left.close();
    assertThat(fair.load(TARGET)).isEqualTo(new Load(1, 2));
    slot.close(); // granted, not taken
    granted.close();
    granted.close();
    granted(last).close();
    assertThat(fair.load(TARGET)).isEqualTo(new Load(0, 0));
  }

  @Test
  void aTicketThatIsTakenIsNotGivenBackByClosingIt() throws Exception {
    Slot slot = run("alice", 1);
    Ticket ticket = wait("bob", 1);
    slot.close();
    Slot taken = granted(ticket);
    ticket.close();
    assertThat(fair.load(TARGET)).isEqualTo(new Load(1, 0));
    taken.close();
  }

  @Test
  void aDeadlineEndsTheWait() throws Exception {
    run("alice", 1);
    Ticket late = wait("bob", 1);
    Refuse refused = (Refuse) late.await(Optional.of(Instant.now().plusMillis(20)));
    assertThat(refused.reason()).isEqualTo(Admission.Reason.DEADLINE);
    assertThat(fair.load(TARGET)).isEqualTo(new Load(1, 0));
  }

  @Test
  void anInterruptedWaiterLeavesTheQueue() throws Exception {
    Slot slot = run("alice", 1);
    Ticket ticket = wait("bob", 1);
    Ticket next = wait("carol", 1);
    AtomicReference<Object> result = new AtomicReference<>();
    Thread waiter =
        Thread.ofVirtual()
            .start(() -> {
              try {
                result.set(ticket.await(Optional.empty()));
              } catch (InterruptedException e) {
                result.set(e);
              }
            });
    waiter.interrupt();
    waiter.join();
    assertThat(result.get()).isInstanceOf(InterruptedException.class);
    assertThat(fair.load(TARGET)).isEqualTo(new Load(1, 1));
    slot.close();
    granted(next).close();
  }

  @Test
  void aTargetThatGrewLetsInThoseWhoWaitFirst() throws Exception {
    run("alice", 1);
    Ticket waiting = wait("bob", 1);
    Ticket newcomer = wait("carol", 2);
    granted(waiting);
    assertThat(fair.load(TARGET)).isEqualTo(new Load(2, 1));
    newcomer.close();
  }

  @Test
  void memoryIsSharedOutTooAndNobodyOvertakesOneThatNeedsMuch() throws Exception {
    Slot half = ((Run) fair.admit(sized("alice", 500))).slot();
    Ticket large = ((Wait) fair.admit(sized("bob", 800))).ticket();
    Ticket small = ((Wait) fair.admit(sized("carol", 100))).ticket();
    assertThat(fair.load(TARGET)).isEqualTo(new Load(1, 2));
    half.close();
    Slot big = granted(large);
    Slot little = granted(small);
    assertThat(fair.admit(sized("dave", 101))).isInstanceOf(Wait.class);
    big.close();
    little.close();
    assertThat(fair.load(TARGET).waiting()).isZero();
  }

  @Test
  void whatIsLargerThanATargetThatShrankRunsAlone() {
    assertThat(fair.admit(sized("alice", 5000))).isInstanceOf(Run.class);
    assertThat(fair.admit(sized("bob", 1))).isInstanceOf(Wait.class);
  }

  @Test
  void neverMoreThanThereIsRoomForAndNobodyIsForgotten() throws Exception {
    FairShare busy = new FairShare(InstantSource.system(), System::nanoTime, 1000);
    int room = 3;
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger ran = new AtomicInteger();
    AtomicInteger interrupted = new AtomicInteger();
    CountDownLatch begin = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      String issuer = "issuer " + i % 7;
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  begin.await();
                  Admission.Ruling ruling = busy.admit(candidate(issuer, room));
                  if (ruling instanceof Wait(Ticket ticket)) {
                    try (ticket) {
                      ruling = ticket.await(Optional.empty());
                    }
                  }
                  try (Slot slot = ((Run) ruling).slot()) {
                    assertThat(slot).isNotNull();
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    ran.incrementAndGet();
                    inside.decrementAndGet();
                  }
                } catch (InterruptedException e) {
                  interrupted.incrementAndGet();
                }
              }));
    }
    begin.countDown();
    for (int i = 0; i < 400; i += 5) {
      threads.get(i).interrupt();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(ran.get() + interrupted.get()).isEqualTo(400);
    assertThat(ran.get()).isGreaterThanOrEqualTo(320);
    assertThat(most.get()).isBetween(1, room);
    assertThat(inside).hasValue(0);
    assertThat(busy.load(TARGET)).isEqualTo(new Load(0, 0));
  }

  private Slot run(String issuer, int room) {
    return ((Run) fair.admit(candidate(issuer, room))).slot();
  }

  private Ticket wait(String issuer, int room) {
    return ((Wait) fair.admit(candidate(issuer, room))).ticket();
  }

  private static Slot granted(Ticket ticket) throws InterruptedException {
    return ((Run) ticket.await(Optional.of(Instant.now().plusSeconds(600)))).slot();
  }

  private static Candidate candidate(String issuer, int room) {
    return new Candidate(issuer, TARGET, room(room), Limits.DEFAULT);
  }

  private static Candidate sized(String issuer, long memory) {
    return new Candidate(
        issuer, TARGET, new Capacity(10, 1000), new Limits(Duration.ofSeconds(1), memory, 1, 1));
  }

  private static Capacity room(int sandboxes) {
    return new Capacity(sandboxes, 1L << 40);
  }
}
