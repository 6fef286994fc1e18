package org.promisegrid.kernel.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.content.StorageException;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;

/// What the journal and the one who applies it owe each other, when either has trouble.
@Timeout(600)
final class FollowerTest {

  private static final Cid FORMAT = Cid.of(new byte[] {1});

  private static final SigningKey KEY = SigningKey.generate(new SecureRandom());

  @TempDir Path home;

  /// Each call: the numbers it was given.
  private final List<List<Long>> applied = Collections.synchronizedList(new ArrayList<>());

  private Journal open(long from, Journal.Follower follower) {
    return open(from, Disk.real(), follower);
  }

  private Journal open(Disk disk, Journal.Follower follower) {
    return open(0, disk, follower);
  }

  private Journal open(long from, Disk disk, Journal.Follower follower) {
    return Journal.open(
        new Journal.Setup(home, FORMAT, KEY, InstantSource.system(), disk, Journal.SEGMENT),
        from,
        follower);
  }

  private void note(List<Entry.Stamped> entries) {
    applied.add(entries.stream().map(FollowerTest::number).toList());
  }

  private List<Long> flat() {
    return applied.stream().flatMap(List::stream).toList();
  }

  private static Entry entry(Entry.Kind kind, long number) {
    return new Entry(kind, Item.table().put("n", number).build());
  }

  private static long number(Entry.Stamped stamped) {
    return ((Item.Int) stamped.entry().detail().get("n").orElseThrow()).value();
  }

  @Test
  void aWriterWhoseCallerLeftDisturbsNobody() {
    AtomicBoolean interrupted = new AtomicBoolean();
    try (Journal journal =
        open(
            0,
            (entries, upTo) -> {
              interrupted.compareAndSet(false, Thread.currentThread().isInterrupted());
              note(entries);
            })) {
      Thread.currentThread().interrupt();
      journal.append(entry(Entry.Kind.PUT, 1));
      assertThat(Thread.interrupted()).isTrue();
      journal.append(entry(Entry.Kind.PUT, 2));
    }
    assertThat(interrupted).isFalse();
    assertThat(flat()).containsExactly(1L, 2L);
  }

  @Test
  void closingWhileInterruptedStillFlushes() {
    Journal journal = open(0, (entries, upTo) -> note(entries));
    journal.append(entry(Entry.Kind.ANSWERED, 1));
    Thread.currentThread().interrupt();
    journal.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(flat()).containsExactly(1L, 1L);
  }

  @Test
  void aFollowerThatFailsOnceIsGivenTheSameAgainBeforeAnythingElse() {
    AtomicBoolean fails = new AtomicBoolean(true);
    try (Journal journal =
        open(
            0,
            (entries, upTo) -> {
              if (fails.get()) {
                throw new IllegalStateException("no index");
              }
              note(entries);
            })) {
      assertThatThrownBy(() -> journal.append(entry(Entry.Kind.PUT, 1)))
          .isInstanceOf(JournalException.class)
          .hasRootCauseMessage("no index");
      long end = journal.end();
      assertThatThrownBy(() -> journal.append(entry(Entry.Kind.PUT, 2)))
          .isInstanceOf(JournalException.class);
      assertThat(journal.end()).as("nothing more is written").isEqualTo(end);
      assertThat(journal.read(0, 10).entries()).isEmpty();
      fails.set(false);
      journal.append(entry(Entry.Kind.PUT, 3));
      assertThat(flat()).containsExactly(1L, 3L);
      assertThat(journal.read(0, 10).entries()).hasSize(2);
    }
  }

  @Test
  void aFollowerThatFailsForGoodIsToldWhenTheJournalIsClosed() {
    Journal journal =
        open(
            0,
            (entries, upTo) -> {
              throw new IllegalStateException("no index");
            });
    assertThatThrownBy(() -> journal.append(entry(Entry.Kind.PUT, 1)))
        .isInstanceOf(JournalException.class);
    assertThatThrownBy(journal::close)
        .isInstanceOf(JournalException.class)
        .hasRootCauseMessage("no index");
    assertThatThrownBy(journal::flush).isInstanceOf(JournalException.class);
    try (Journal again = open(0, (entries, upTo) -> note(entries))) {
      assertThat(again.last()).isPositive();
    }
    assertThat(flat()).containsExactly(1L);
  }

  @Test
  void aFollowerThatIsDamagedEndsTheJournalAtOnce() {
    Journal journal =
        open(
            0,
            (entries, upTo) -> {
              throw failure(StorageException.Kind.DAMAGED);
            });
    assertThat(journal.hasFailed()).isFalse();
    assertThatThrownBy(() -> journal.append(entry(Entry.Kind.PUT, 1)))
        .isInstanceOf(JournalException.class)
        .hasRootCauseInstanceOf(StorageException.class);
    assertThat(journal.hasFailed()).isTrue();
    journal.close();
    try (Journal again = open(0, (entries, upTo) -> note(entries))) {
      assertThat(again.hasFailed()).isFalse();
    }
    assertThat(flat()).containsExactly(1L);
  }

  @Test
  void aFollowerThatFailsAgainAndAgainEndsTheJournal() {
    AtomicInteger tries = new AtomicInteger();
    try (Journal journal =
        open(
            0,
            (entries, upTo) -> {
              tries.incrementAndGet();
              throw failure(StorageException.Kind.BROKEN);
            })) {
      for (int i = 1; !journal.hasFailed(); i++) {
        assertThat(i).isLessThanOrEqualTo(GroupCommit.MOST_TRIES);
        assertThatThrownBy(() -> journal.append(entry(Entry.Kind.PUT, 1)))
            .isInstanceOf(JournalException.class);
      }
      assertThat(tries).hasValue(GroupCommit.MOST_TRIES);
    }
  }

  @Test
  void whereTheFollowerLacksRoomItIsToldAsThatAndTriedUntilThereIsSome() {
    AtomicInteger tries = new AtomicInteger();
    // There is room, but the follower takes a while to notice: whoever waits goes on waiting.
    try (Journal journal =
        open(
            0,
            (entries, upTo) -> {
              if (tries.incrementAndGet() < 4) {
                throw failure(StorageException.Kind.EXHAUSTED);
              }
              note(entries);
            })) {
      journal.append(entry(Entry.Kind.PUT, 1));
      assertThat(tries).hasValue(4);
      assertThat(flat()).containsExactly(1L);
    }
    // There is none: it is told at once, and never held against the journal.
    AtomicBoolean full = new AtomicBoolean();
    Disk disk = new FullDisk(full);
    try (Journal journal =
        open(
            disk,
            (entries, upTo) -> {
              if (full.get()) {
                throw failure(StorageException.Kind.EXHAUSTED);
              }
              note(entries);
            })) {
      full.set(true);
      for (int i = 0; i < 2 * GroupCommit.MOST_TRIES; i++) {
        assertThatThrownBy(() -> journal.append(entry(Entry.Kind.REVOKED, 2)))
            .isInstanceOfSatisfying(
                JournalException.class,
                e -> assertThat(e.kind()).isEqualTo(JournalException.Kind.EXHAUSTED));
      }
      assertThat(journal.hasFailed()).isFalse();
      full.set(false);
      journal.append(entry(Entry.Kind.REVOKED, 3));
      assertThat(flat()).endsWith(2L, 3L);
    }
  }

  private static StorageException failure(StorageException.Kind kind) {
    return new StorageException(kind, "as it should", Path.of("index"), null);
  }

  /// The real one, which says that nothing is left.
  private record FullDisk(Disk disk, AtomicBoolean full) implements Disk {
    FullDisk(AtomicBoolean full) {
      this(Disk.real(), full);
    }

    @Override
    public File open(Path path) throws IOException {
      return disk.open(path);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      disk.rename(from, to);
    }

    @Override
    public void remove(Path path) throws IOException {
      disk.remove(path);
    }

    @Override
    public long usable(Path directory) throws IOException {
      return full.get() ? 0 : disk.usable(directory);
    }
  }

  @Test
  void whatNeedNotBeOnTheDiskIsAppliedAtOnceAndAgainInItsPlace() {
    try (Journal journal = open(0, (entries, upTo) -> note(entries))) {
      journal.append(entry(Entry.Kind.ANSWERED, 1));
      // At least once: the journal may have flushed it by now.
      assertThat(flat()).isNotEmpty().containsOnly(1L);
      journal.append(entry(Entry.Kind.PUT, 2));
      // Whoever holds `upTo` of the second must hold the first, however slow its writer was.
      assertThat(flat()).endsWith(1L, 2L);
    }
  }

  @Test
  void whatWasFlushedMeanwhileIsNotAppliedLate() throws Exception {
    CountDownLatch second = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (Journal journal =
        open(
            0,
            (entries, upTo) -> {
              note(entries);
              if (number(entries.getFirst()) == 1) {
                second.countDown();
                awaited(go);
              }
            })) {
      Thread first = Thread.startVirtualThread(() -> journal.append(entry(Entry.Kind.PUT, 1)));
      second.await();
      // Written while the first is being applied: it has to wait for its turn.
      long end = journal.end();
      Thread slow = Thread.startVirtualThread(() -> journal.append(entry(Entry.Kind.ANSWERED, 2)));
      // The third must stand behind it in the journal.
      while (journal.end() == end) {
        Thread.onSpinWait();
      }
      Thread last = Thread.startVirtualThread(() -> journal.append(entry(Entry.Kind.PUT, 3)));
      go.countDown();
      first.join();
      slow.join();
      last.join();
      journal.flush();
    }
    List<Long> order = flat();
    long highest = 0;
    for (List<Long> call : applied) {
      if (call.size() == 1 && call.getFirst() == 2) {
        assertThat(highest).as("%s", order).isLessThan(3);
      }
      highest = Math.max(highest, Collections.max(call));
    }
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void readersSeeOnlyWhatIsOnTheDisk() throws Exception {
    AtomicBoolean fails = new AtomicBoolean();
    try (Journal journal =
        open(
            0,
            (entries, upTo) -> {
              if (fails.get() && upTo > 0) {
                throw new IllegalStateException("no index");
              }
            })) {
      journal.append(entry(Entry.Kind.PUT, 1));
      long last = journal.last();
      long end = journal.end();
      fails.set(true);
      journal.append(entry(Entry.Kind.ANSWERED, 2));
      assertThat(journal.await(end, Duration.ZERO)).isFalse();
      assertThat(journal.last()).isEqualTo(last);
      assertThat(journal.read(0, 10).next()).isEqualTo(end);
      fails.set(false);
      assertThat(journal.read(0, 10).entries()).hasSize(2);
      assertThat(journal.await(end, Duration.ZERO)).isTrue();
      assertThat(journal.last()).isEqualTo(end);
    }
  }

  @Test
  void aStateThatTheJournalDoesNotHoldIsForgottenBeforeEverythingComesAgain() {
    long end;
    try (Journal journal = open(0, (entries, upTo) -> note(entries))) {
      journal.append(entry(Entry.Kind.PUT, 1));
      end = journal.end();
    }
    for (long elsewhere : new long[] {end - 1, end + 1, 1}) {
      List<String> told = new ArrayList<>();
      open(
              elsewhere,
              new Journal.Follower() {
                @Override
                public void apply(List<Entry.Stamped> entries, long upTo) {
                  told.add("apply");
                }

                @Override
                public void forget() {
                  told.add("forget");
                }
              })
          .close();
      assertThat(told).as("%d of %d", elsewhere, end).containsExactly("forget", "apply");
    }
  }
}
