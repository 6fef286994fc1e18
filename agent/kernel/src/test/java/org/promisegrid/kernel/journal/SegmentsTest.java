package org.promisegrid.kernel.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.journal.JournalException.Kind;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.token.SigningKey;

/// Segments, checkpoints, seals, archives: that they read as one journal, and that whatever isn't
/// what the node wrote is found and named.
@Timeout(600)
final class SegmentsTest {

  private static final long SMALL = 2000;

  @TempDir Path home;
  private JournalFolder folder;

  @BeforeEach
  void folder() {
    folder = new JournalFolder(home.resolve("journal"));
  }

  private static List<Long> numbers(int from, int to) {
    return LongStream.range(from, to).boxed().toList();
  }

  private JournalException damaged() {
    JournalException e = catchThrowableOfType(JournalException.class, () -> folder.audit());
    assertThat(e).isNotNull();
    assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
    return e;
  }

  private JournalException refused() {
    JournalException e =
        catchThrowableOfType(JournalException.class, () -> folder.open(0, SMALL).close());
    assertThat(e).isNotNull();
    assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
    return e;
  }

  /// Without archives, so that a test can change bytes.
  private List<Path> plain(int entries) throws IOException {
    folder.write(0, entries, SMALL);
    for (Path file : folder.files()) {
      String name = file.getFileName().toString();
      if (name.endsWith(".gz")) {
        Files.write(file.resolveSibling(name.substring(0, 20)), expand(Files.readAllBytes(file)));
        Files.delete(file);
      }
    }
    return folder.files();
  }

  private static byte[] expand(byte[] archive) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(archive))) {
      return in.readAllBytes();
    }
  }

  @Test
  void manySegmentsReadAsOneWhetherArchivedOrNot() throws Exception {
    try (Journal journal = folder.open(0, SMALL)) {
      for (int i = 0; i < 100; i++) {
        journal.append(JournalFolder.entry(Entry.Kind.PUT, i));
      }
      folder.awaitArchived();
      assertThat(folder.files()).hasSizeGreaterThan(10);
      List<Long> read = new ArrayList<>();
      List<Long> offsets = new ArrayList<>();
      long next = 0;
      while (next < journal.end()) {
        Journal.Page page = journal.read(next, 7);
        page.entries().forEach(entry -> read.add(JournalFolder.number(entry)));
        page.entries().forEach(entry -> offsets.add(entry.offset()));
        next = page.next();
      }
      assertThat(read).isEqualTo(numbers(0, 100));
      assertThat(offsets).isSorted().doesNotHaveDuplicates();
      // Every entry is found again by its offset alone.
      for (int i = 0; i < 100; i++) {
        assertThat(journal.read(offsets.get(i), 1).entries())
            .extracting(JournalFolder::number)
            .containsExactly((long) i);
      }
      Audit.Found found = journal.audit(Optional.empty());
      assertThat(found.entries()).isEqualTo(100);
      assertThat(found.unsealed()).isZero();
      assertThat(found.sealed()).isEqualTo(found.end());
    }
    assertThat(folder.applied).isEqualTo(numbers(0, 100));
    folder.applied.clear();
    folder.open(0, SMALL).close();
    assertThat(folder.applied).as("from archives").isEqualTo(numbers(0, 100));
    folder.applied.clear();
    folder.open(folder.appliedUpTo, SMALL).close();
    assertThat(folder.applied).as("what is applied isn't again").isEmpty();
    Audit.Found found = folder.audit();
    assertThat(found.segments()).isEqualTo(folder.files().size());
    assertThat(found.archived()).isEqualTo(found.segments() - 1);
  }

  @Test
  void anyGunzipExpandsAnArchive() throws Exception {
    folder.write(0, 30, Journal.SEGMENT);
    byte[] whole = Files.readAllBytes(folder.files().getFirst());
    Path archive = home.resolve("archive.gz");
    for (int length : new int[] {1, 65_279, 65_280, 65_281, 300_000}) {
      byte[] bytes = new byte[length];
      new SecureRandom().nextBytes(bytes); // what can't be made smaller has to fit, too
      System.arraycopy(whole, 0, bytes, 0, Math.min(whole.length, length));
      try (var out = Files.newOutputStream(archive);
          Archive.Writer writer = new Archive.Writer(out)) {
        for (int at = 0; at < length; at += Archive.Writer.block()) {
          int size = Math.min(Archive.Writer.block(), length - at);
          writer.write(Arrays.copyOfRange(bytes, at, at + size), size);
        }
      }
      assertThat(expand(Files.readAllBytes(archive))).isEqualTo(bytes);
      try (Archive read = Archive.open(archive)) {
        assertThat(read.size()).isEqualTo(length);
        ByteBuffer last = ByteBuffer.allocate(1);
        read.read(last, length - 1);
        assertThat(last.get(0)).isEqualTo(bytes[length - 1]);
      }
    }
  }

  @Test
  void whereverArchivingWasCutOffOneGoodCopyIsLeft() throws Exception {
    List<Path> files = plain(40);
    Path first = files.getFirst();
    Path archive = first.resolveSibling(first.getFileName() + ".gz");
    byte[] segment = Files.readAllBytes(first);
    folder.write(40, 41, SMALL);
    folder.open(folder.appliedUpTo, SMALL).close();
    try (Journal journal = folder.open(folder.appliedUpTo, SMALL)) {
      folder.awaitArchived();
      assertThat(journal.audit(Optional.empty()).entries()).isEqualTo(41);
    }
    byte[] good = Files.readAllBytes(archive);
    assertThat(first).doesNotExist();
    // While it was written, before it was renamed, before the segment was deleted.
    for (byte[] half : List.of(new byte[0], Arrays.copyOf(good, good.length / 2), good)) {
      for (String name : List.of(archive + ".new", archive.toString())) {
        Files.deleteIfExists(archive);
        Files.write(first, segment);
        Files.write(Path.of(name), half);
        folder.applied.clear();
        try (Journal journal = folder.open(0, SMALL)) {
          assertThat(folder.applied).isEqualTo(numbers(0, 41));
          folder.awaitArchived();
          assertThat(journal.audit(Optional.empty()).entries()).isEqualTo(41);
        }
        assertThat(folder.files()).noneMatch(file -> file.toString().endsWith(".new"));
        assertThat(expand(Files.readAllBytes(archive))).isEqualTo(segment);
      }
    }
  }

  @Test
  void aSegmentWhoseBeginningWasCutOffIsMadeAgain() throws Exception {
    folder.write(0, 10, SMALL);
    int before = folder.files().size();
    Files.write(home.resolve("journal/00000000000000009999.new"), new byte[50]);
    folder.write(10, 12, SMALL);
    folder.applied.clear();
    folder.open(0, SMALL).close();
    assertThat(folder.applied).isEqualTo(numbers(0, 12));
    assertThat(folder.files().size()).isBetween(before, before + 1);
    assertThat(folder.files()).noneMatch(file -> file.toString().endsWith(".new"));
  }

  @Test
  void aSegmentThatIsMissingIsNamed() throws Exception {
    List<Path> files = plain(40);
    Path aside = home.resolve("aside");
    for (int i = 0; i < files.size() - 1; i++) {
      Files.move(files.get(i), aside, StandardCopyOption.REPLACE_EXISTING);
      assertThat(damaged()).hasMessageContaining(files.get(i).toString());
      assertThat(refused()).hasMessageContaining(files.get(i).toString());
      Files.move(aside, files.get(i));
    }
    assertThat(folder.audit().entries()).isEqualTo(40);
  }

  @Test
  void anyFlippedBitOfAnySegmentIsFoundByAnAuditAndItsSegmentNamed() throws Exception {
    List<Path> files = plain(14);
    assertThat(files.size()).isGreaterThan(1);
    for (Path file : files) {
      byte[] whole = Files.readAllBytes(file);
      for (int at = 0; at < whole.length; at++) {
        byte[] flipped = whole.clone();
        flipped[at] ^= 0x04;
        Files.write(file, flipped);
        JournalException e = damaged();
        assertThat(e).as("flipped at %d", at).hasMessageContaining(file.toString());
        if (at >= SegmentReader.FORMAT) {
          assertThat(e.damage().orElseThrow().at()).isLessThanOrEqualTo(at);
        }
      }
      Files.write(file, whole);
    }
  }

  @Test
  void anyFlippedBitOfAnArchiveIsFoundOrChangesNothing() throws Exception {
    try (Journal journal = folder.open(0, SMALL)) {
      for (int i = 0; i < 14; i++) {
        journal.append(JournalFolder.entry(Entry.Kind.PUT, i));
      }
      folder.awaitArchived();
    }
    Path file = folder.files().getFirst();
    byte[] whole = Files.readAllBytes(file);
    int found = 0;
    for (int at = 0; at < whole.length; at++) {
      byte[] flipped = whole.clone();
      flipped[at] ^= 0x04;
      Files.write(file, flipped);
      try {
        assertThat(folder.audit().entries()).isEqualTo(14);
      } catch (JournalException e) {
        assertThat(e).hasMessageContaining(file.toString());
        assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
        found++;
      }
    }
    assertThat(found).isGreaterThan(whole.length * 9 / 10);
  }

  /// The records of a segment behind its checkpoint: bodies only.
  private static List<byte[]> bodies(byte[] segment) {
    List<byte[]> bodies = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(segment).position(SegmentReader.FORMAT);
    while (in.hasRemaining()) {
      byte[] body = new byte[in.getInt()];
      in.getInt();
      in.get(body);
      in.position(in.position() + Records.HASH);
      bodies.add(body);
    }
    return bodies;
  }

  /// A segment with these records, all hashes right.
  private static byte[] chained(byte[] format, Item.Bytes before, List<byte[]> bodies) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(format);
    Item.Bytes hash = before;
    for (byte[] body : bodies) {
      hash = Records.hash(hash, body);
      out.writeBytes(Records.encode(body, hash));
    }
    return out.toByteArray();
  }

  private static Item.Bytes before(List<byte[]> bodies) throws Exception {
    return ((Mark.Checkpoint) Mark.decode(Item.of(bodies.getFirst())).mark()).before();
  }

  private byte[] rewritten(byte[] segment, int record, byte[] with) throws Exception {
    List<byte[]> bodies = bodies(segment);
    bodies.set(record, with);
    return chained(JournalFolder.FORMAT.bytes(), before(bodies(segment)), bodies);
  }

  @Test
  void aHistoryThatWasRewrittenWithRightHashesIsFoundByItsSeals() throws Exception {
    List<Path> files = plain(40);
    byte[] lie =
        org.promisegrid.kernel.message.Cbor.encode(
            JournalFolder.entry(Entry.Kind.PUT, 666).toItem(1));
    for (Path file : List.of(files.getFirst(), files.getLast())) {
      byte[] whole = Files.readAllBytes(file);
      Files.write(file, rewritten(whole, 1, lie));
      assertThat(damaged())
          .hasMessageContaining(file.toString())
          .hasMessageContaining("a seal over something else");
      Files.write(file, whole);
    }
    assertThat(folder.audit().entries()).isEqualTo(40);
  }

  @Test
  void aSealOfAnotherKeyIsFoundByStartAndAudit() throws Exception {
    folder.write(0, 3, Journal.SEGMENT);
    Path file = folder.files().getFirst();
    byte[] whole = Files.readAllBytes(file);
    List<byte[]> bodies = bodies(whole);
    int last = bodies.size() - 1;
    Mark.Seal seal = (Mark.Seal) Mark.decode(Item.of(bodies.get(last))).mark();
    SigningKey other = SigningKey.generate(new SecureRandom());
    Files.write(file, rewritten(whole, last, seal.sign(other, JournalFolder.FORMAT)));
    assertThat(damaged()).hasMessageContaining("a seal that the node didn't sign");
    assertThat(refused()).hasMessageContaining("a seal that the node didn't sign");
    // The node's own, for another purpose.
    Files.write(
        file,
        rewritten(
            whole,
            last,
            seal.sign(JournalFolder.KEY, org.promisegrid.sandbox.Cid.of(new byte[] {7}))));
    assertThat(refused()).hasMessageContaining("a seal that the node didn't sign");
  }

  @Test
  void aForgedCheckpointIsFoundByStartAndAudit() throws Exception {
    List<Path> files = plain(40);
    Path second = files.get(1);
    byte[] whole = Files.readAllBytes(second);
    Mark.Checkpoint own = (Mark.Checkpoint) Mark.decode(Item.of(bodies(whole).getFirst())).mark();
    SigningKey other = SigningKey.generate(new SecureRandom());
    Files.write(second, rewritten(whole, 0, own.sign(other, JournalFolder.FORMAT)));
    assertThat(damaged()).hasMessageContaining("a checkpoint that the node didn't sign");
    assertThat(refused())
        .hasMessageContaining(second.toString())
        .hasMessageContaining("a checkpoint that the node didn't sign");
    Mark.Checkpoint theirs =
        new Mark.Checkpoint(own.begin(), own.before(), own.previous(), other.did(), own.millis());
    Files.write(second, rewritten(whole, 0, theirs.sign(other, JournalFolder.FORMAT)));
    assertThat(refused()).hasMessageContaining("a checkpoint of another node");
    // The node's own, about another past: of another home with the same key.
    Mark.Checkpoint past =
        new Mark.Checkpoint(
            own.begin(), own.before(), Records.BEFORE_THE_FIRST, own.node(), own.millis());
    Files.write(second, rewritten(whole, 0, past.sign(JournalFolder.KEY, JournalFolder.FORMAT)));
    assertThat(refused()).hasMessageContaining("doesn't follow the segment before");
  }

  @Test
  void sealsThatWereTakenAwayAreMissedByWhoAppliedThem() throws Exception {
    folder.write(0, 3, Journal.SEGMENT);
    Path file = folder.files().getFirst();
    byte[] whole = Files.readAllBytes(file);
    List<byte[]> bodies = bodies(whole);
    bodies.subList(1, bodies.size()).removeIf(body -> Mark.isOne(Item.of(body)));
    // As long as before, so that what was applied is still the end of a record.
    byte[] padding =
        org.promisegrid.kernel.message.Cbor.encode(
            new Entry(
                    Entry.Kind.TARGET,
                    Item.table().put("n", 9).put("detail", "x".repeat(1)).build())
                .toItem(1));
    int missing = whole.length - chained(new byte[36], Records.BEFORE_THE_FIRST, bodies).length;
    bodies.add(
        org.promisegrid.kernel.message.Cbor.encode(
            new Entry(
                    Entry.Kind.TARGET,
                    Item.table()
                        .put("n", 9)
                        .put("detail", "x".repeat(missing - padding.length - 40))
                        .build())
                .toItem(1)));
    byte[] stripped = chained(JournalFolder.FORMAT.bytes(), Records.BEFORE_THE_FIRST, bodies);
    // Longer texts have a longer length.
    int off = whole.length - stripped.length;
    bodies.set(
        bodies.size() - 1,
        org.promisegrid.kernel.message.Cbor.encode(
            new Entry(
                    Entry.Kind.TARGET,
                    Item.table()
                        .put("n", 9)
                        .put("detail", "x".repeat(missing - padding.length - 40 + off))
                        .build())
                .toItem(1)));
    stripped = chained(JournalFolder.FORMAT.bytes(), Records.BEFORE_THE_FIRST, bodies);
    assertThat(stripped).hasSameSizeAs(whole);
    Files.write(file, stripped);
    assertThat(folder.audit().unsealed()).isEqualTo(4);
    JournalException e =
        catchThrowableOfType(
            JournalException.class, () -> folder.open(folder.appliedUpTo, Journal.SEGMENT).close());
    assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
    assertThat(e).hasMessageContaining("no seal from here on");
  }

  @Test
  void aTailThatWasNotSealedWhenTheAgentWasKilledIsKeptAndSealed() throws Exception {
    folder.write(0, 3, Journal.SEGMENT);
    Path file = folder.files().getFirst();
    byte[] whole = Files.readAllBytes(file);
    List<byte[]> bodies = bodies(whole);
    int seal = Records.HEAD + bodies.getLast().length + Records.HASH;
    Files.write(file, Arrays.copyOf(whole, whole.length - seal));
    assertThat(folder.audit().unsealed()).isEqualTo(1);
    folder.applied.clear();
    try (Journal journal = folder.open(0, Journal.SEGMENT)) {
      assertThat(folder.applied).isEqualTo(numbers(0, 3));
      assertThat(journal.audit(Optional.empty()).unsealed()).isZero();
    }
    assertThat(folder.audit().seals()).isEqualTo(3);
  }

  @Test
  void anAuditBesideWritesIsOfWhatWasAcknowledged() throws Exception {
    try (Journal journal = folder.open(0, SMALL)) {
      Thread writer =
          Thread.ofVirtual()
              .start(() -> {
                for (int i = 0; i < 300; i++) {
                  journal.append(
                      JournalFolder.entry(i % 3 == 0 ? Entry.Kind.CALLED : Entry.Kind.PUT, i));
                }
              });
      long before = 0;
      while (writer.isAlive()) {
        Audit.Found found = journal.audit(Optional.empty());
        assertThat(found.entries()).isGreaterThanOrEqualTo(before);
        before = found.entries();
      }
      writer.join();
      assertThat(journal.audit(Optional.empty()).entries()).isEqualTo(300);
    }
  }

  @Test
  void aJournalThatAppearsToEndBeforeWhatWasAcknowledgedIsDamaged() throws Exception {
    try (Journal journal = folder.open(0, Journal.SEGMENT)) {
      journal.append(JournalFolder.entry(Entry.Kind.PUT, 1));
      long end = journal.end();
      journal.append(JournalFolder.entry(Entry.Kind.PUT, 2));
      Path file = folder.files().getFirst();
      Files.write(file, Arrays.copyOf(Files.readAllBytes(file), (int) end));
      JournalException e =
          catchThrowableOfType(JournalException.class, () -> journal.audit(Optional.empty()));
      assertThat(e).hasMessageContaining("what was written behind is gone");
    }
  }

  @Test
  void aJournalOfAnOlderKindIsRefused() throws Exception {
    Files.createDirectories(folder.path);
    Files.write(folder.path.resolve("journal"), new byte[76]);
    assertThat(refused()).hasMessageContaining("of an older format");
  }

  @Test
  void whatWasNotedIsMissedWhenTheEndIsCutOff() throws Exception {
    List<Path> files = plain(12);
    Audit.Found early = folder.audit();
    byte[] whole = Files.readAllBytes(files.getLast());
    folder.write(12, 13, SMALL);
    Audit.Found late = folder.audit();
    for (Audit.Found noted : List.of(early, late)) {
      Audit.Found again = verify(noted);
      assertThat(again.sealed()).isEqualTo(late.sealed());
    }
    for (Path file : folder.files()) {
      if (file.compareTo(files.getLast()) > 0) {
        Files.delete(file);
      }
    }
    Files.write(files.getLast(), whole);
    assertThat(verify(early).sealed()).isEqualTo(early.sealed());
    assertThat(folder.audit().sealed()).as("nothing shows").isEqualTo(early.sealed());
    JournalException e = catchThrowableOfType(JournalException.class, () -> verify(late));
    assertThat(e.kind()).isEqualTo(Kind.CORRUPT);
    assertThat(e).hasMessageContaining("the record that was noted");
  }

  private Audit.Found verify(Audit.Found noted) {
    return Audit.verify(
        folder.path,
        JournalFolder.FORMAT,
        JournalFolder.KEY.did(),
        Optional.of(new Audit.Noted(noted.sealed(), noted.hash())),
        OptionalLong.empty());
  }
}
