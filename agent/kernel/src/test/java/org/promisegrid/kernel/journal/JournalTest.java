package org.promisegrid.kernel.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;

class JournalTest {

  private static final Cid FORMAT =
      Cid.of("a format".getBytes(java.nio.charset.StandardCharsets.UTF_8));

  private static final SigningKey KEY = SigningKey.generate(new SecureRandom());

  @TempDir Path home;

  private final List<Long> applied = Collections.synchronizedList(new ArrayList<>());
  private volatile long appliedUpTo;

  private Journal open(long from) {
    return Journal.open(
        new Journal.Setup(home, FORMAT, KEY, InstantSource.system(), Disk.real(), Journal.SEGMENT),
        from,
        (entries, upTo) -> {
          entries.forEach(entry -> applied.add(number(entry)));
          if (upTo > 0) {
            appliedUpTo = upTo;
          }
        });
  }

  private static Entry entry(Entry.Kind kind, long number) {
    return new Entry(kind, Item.table().put("n", number).build());
  }

  private static long number(Entry.Stamped stamped) {
    return ((Item.Int) stamped.entry().detail().get("n").orElseThrow()).value();
  }

  private void write(int count) {
    try (Journal journal = open(appliedUpTo)) {
      for (int i = 0; i < count; i++) {
        journal.append(entry(Entry.Kind.PUT, i));
      }
    }
  }

  @Test
  void aDurableEntryIsAppliedWhenAppendReturnsAndIsThereAfterReopening() {
    try (Journal journal = open(0)) {
      journal.append(entry(Entry.Kind.PUT, 7));
      assertThat(applied).containsExactly(7L);
    }
    applied.clear();
    try (Journal journal = open(0)) {
      assertThat(applied).containsExactly(7L);
      assertThat(journal.read(0, 10).entries()).extracting(JournalTest::number).containsExactly(7L);
    }
  }

  @Test
  void whatIsAppliedAlreadyIsNotAppliedAgain() {
    write(10);
    applied.clear();
    open(appliedUpTo).close();
    assertThat(applied).isEmpty();
  }

  @Test
  void whoeverWaitsForTheStateToBeBuiltHearsHowFarItIs(@TempDir Path folder) {
    JournalFolder many = new JournalFolder(folder.resolve("many"));
    try (Journal journal = many.open(0, Journal.SEGMENT, JournalFolder.KEY, new HastyDisk())) {
      for (int i = 0; i < 2500; i++) {
        journal.append(entry(Entry.Kind.ANSWERED, i));
      }
    }
    List<Long> heard = new ArrayList<>();
    List<Long> of = new ArrayList<>();
    List<Integer> entries = new ArrayList<>();
    Journal.Setup setup =
        new Journal.Setup(
            many.path,
            JournalFolder.FORMAT,
            JournalFolder.KEY,
            InstantSource.system(),
            Disk.real(),
            Journal.SEGMENT);
    Journal.open(
            setup,
            0,
            (some, _) -> entries.add(some.size()),
            (upTo, end) -> {
              heard.add(upTo);
              of.add(end);
            })
        .close();

    assertThat(entries).containsExactly(1000, 1000, 500);
    long end = Journal.end(many.path);
    assertThat(heard).hasSize(3).isSorted().doesNotHaveDuplicates();
    assertThat(of).containsOnly(end);
    assertThat(heard.getLast()).isLessThanOrEqualTo(end);
  }

  @Test
  void aStateThatIsAheadOfTheJournalIsBuiltAnewFromTheStart() {
    write(3);
    applied.clear();
    open(appliedUpTo + 1000).close();
    assertThat(applied).containsExactly(0L, 1L, 2L);
  }

  @Test
  void aJournalThatWentOnOtherwiseDoesNotHoldWhatAnotherDoes(@TempDir Path folder) {
    JournalFolder one = new JournalFolder(folder.resolve("one"));
    JournalFolder other = new JournalFolder(folder.resolve("other"));
    one.write(1, 4, Journal.SEGMENT);
    other.write(4, 7, Journal.SEGMENT);
    List<Entry.Stamped> entries;
    try (Journal journal = one.open(one.appliedUpTo, Journal.SEGMENT)) {
      entries = journal.read(0, 10).entries();
    }

    for (Entry.Stamped entry : entries) {
      assertThat(Journal.isBoundary(other.path, entry.offset())).isTrue();
      assertThat(Journal.holds(one.path, entry.offset(), entry.hash())).isTrue();
      assertThat(Journal.holds(other.path, entry.offset(), entry.hash())).isFalse();
      assertThat(Journal.holds(one.path, entry.offset() + 1, entry.hash())).isFalse();
    }
    assertThat(entries).hasSize(3);
    assertThat(Journal.end(one.path)).isEqualTo(one.appliedUpTo);
    assertThat(Journal.holds(one.path, one.appliedUpTo, entries.getLast().hash())).isFalse();
  }

  @Test
  @Timeout(600)
  void whatIsWrittenWhileTheDiskStallsIsBounded() throws Exception {
    AtomicBoolean stalls = new AtomicBoolean();
    CountDownLatch stalled = new CountDownLatch(1);
    CountDownLatch goesOn = new CountDownLatch(1);
    Disk disk =
        new HastyDisk(() -> {
          if (stalls.get()) {
            stalled.countDown();
            pass(goesOn);
          }
        });
    JournalFolder folder = new JournalFolder(home);
    int size = 10_000;
    int all = (int) (3 * GroupCommit.MOST_AHEAD / size);
    Entry entry =
        new Entry(Entry.Kind.CALLED, Item.table().put("n", 1).put("more", new byte[size]).build());
    try (Journal journal = folder.open(0, Journal.SEGMENT, KEY, disk)) {
      stalls.set(true);
      AtomicInteger written = new AtomicInteger();
      Thread writer =
          Thread.ofPlatform()
              .start(() -> {
                while (written.get() < all) {
                  journal.append(entry);
                  written.incrementAndGet();
                }
              });
      try {
        stalled.await();
        // From now on it waits for nothing else: the journal's own thread holds nothing.
        while (writer.getState() != Thread.State.WAITING
            && writer.getState() != Thread.State.TERMINATED) {
          Thread.onSpinWait();
        }
        assertThat(written.get()).isLessThan((int) (GroupCommit.MOST_AHEAD / size) + 1);
      } finally {
        goesOn.countDown();
      }
      writer.join();
      assertThat(written).hasValue(all);
      journal.flush();
      assertThat(journal.read(0, all + 1).entries()).hasSize(all);
    }
  }

  private static void pass(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void manyWritersAtOnceAreAllRecordedOnceAndInTheOrderOfTheirOffsets() throws Exception {
    try (Journal journal = open(0)) {
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Long>> writers = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
          Entry entry = entry(i % 2 == 0 ? Entry.Kind.PUT : Entry.Kind.ANSWERED, i);
          writers.add(threads.submit(() -> journal.append(entry)));
        }
        for (Future<Long> writer : writers) {
          writer.get();
        }
      }
      assertThat(applied).containsAll(LongStream.range(0, 500).boxed().toList());
      assertThat(journal.read(0, 1000).entries())
          .extracting(Entry.Stamped::offset)
          .isSorted()
          .hasSize(500);
    }
  }

  @Test
  void aRecordCutOffAtTheEndIsDroppedAtEveryPossibleCut() throws IOException {
    write(2);
    Path file = home.resolve("0".repeat(20));
    byte[] whole = Files.readAllBytes(file);
    int last;
    try (Journal journal = open(appliedUpTo)) {
      last = (int) journal.read(0, 10).entries().get(1).offset();
    }
    int sealed = last + Records.HEAD + ByteBuffer.wrap(whole).getInt(last) + Records.HASH;
    for (int length = last; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      applied.clear();
      open(0).close();
      // The entry isn't sealed any more, and it is whole: nobody needs to lose it.
      assertThat(applied)
          .as("cut at %d", length)
          .isEqualTo(length < sealed ? List.of(0L) : List.of(0L, 1L));
      // Sealed again, if it has to be.
      assertThat(Files.size(file)).isEqualTo(length < sealed ? last : whole.length);
    }
  }

  @Test
  void zeroesThatAPowerCutLeftAtTheEndAreDropped() throws IOException {
    write(2);
    Files.write(home.resolve("0".repeat(20)), new byte[5000], StandardOpenOption.APPEND);
    applied.clear();
    write(1);
    assertThat(applied).containsExactly(0L);
  }

  @Test
  void anyFlippedBitIsFoundAndItsPlaceNamed() throws IOException {
    write(3);
    Path file = home.resolve("0".repeat(20));
    byte[] whole = Files.readAllBytes(file);
    int seal;
    try (Journal journal = open(appliedUpTo)) {
      int last = (int) journal.read(0, 10).entries().getLast().offset();
      seal = last + Records.HEAD + ByteBuffer.wrap(whole).getInt(last) + Records.HASH;
    }
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      Files.write(file, damaged);
      assertCorrupt(at, appliedUpTo);
      // Without what was made of it, nobody knows whether the last seal reached the disk.
      if (at < seal) {
        assertCorrupt(at, 0);
      }
    }
  }

  private void assertCorrupt(int at, long known) {
    assertThatThrownBy(() -> open(known))
        .as("flipped at %d, known up to %d", at, known)
        .isInstanceOf(JournalException.class)
        .extracting(e -> ((JournalException) e).kind())
        .isEqualTo(JournalException.Kind.CORRUPT);
  }

  @Test
  void aJournalOfAnUnknownFormatIsRefused() {
    write(1);
    Cid other = Cid.of(new byte[] {1});
    assertThatThrownBy(() ->
            Journal.open(
                new Journal.Setup(
                    home, other, KEY, InstantSource.system(), Disk.real(), Journal.SEGMENT),
                0,
                (entries, upTo) -> {}))
        .isInstanceOf(JournalException.class)
        .hasMessageContaining("format");
  }

  @Test
  void readingResumesAtTheOffsetWhereItStoppedAndNowhereElse() {
    write(5);
    try (Journal journal = open(appliedUpTo)) {
      Journal.Page first = journal.read(0, 2);
      assertThat(journal.read(first.next(), 10).entries())
          .extracting(JournalTest::number)
          .containsExactly(2L, 3L, 4L);
      assertThat(journal.read(journal.end(), 10).entries()).isEmpty();
      assertThatThrownBy(() -> journal.read(first.next() + 1, 10))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> journal.read(journal.end() + 1, 10))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aReaderWaitsForTheNextEntry() throws InterruptedException {
    try (Journal journal = open(0)) {
      long end = journal.end();
      assertThat(journal.await(end, Duration.ZERO)).isFalse();
      Thread writer = Thread.startVirtualThread(() -> journal.append(entry(Entry.Kind.PUT, 1)));
      assertThat(journal.await(end, Duration.ofMinutes(5))).isTrue();
      writer.join();
    }
  }
}
