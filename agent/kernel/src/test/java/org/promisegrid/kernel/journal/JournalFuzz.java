package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// Any bytes, as a file of a journal, are what the node wrote, or damage that is named. What an
/// audit calls sound can be opened, and then gives as many entries as the audit counted.
///
/// The first byte says what the others are: see [#files].
public final class JournalFuzz {

  private static final int FIRST = 0;
  private static final int ARCHIVE = 1;
  private static final int SECOND = 2;
  private static final int PIECES = 3;
  static final int BLOCKS = 4;
  private static final int SHAPES = 5;

  private static final GenuineJournal GENUINE = GenuineJournal.write();

  private JournalFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    if (data.length > 0) {
      isSound(data);
    }
  }

  /// Reads a journal as agents and auditors do; returns whether it is as the node wrote it.
  static boolean isSound(byte[] data) throws IOException {
    Path folder = Files.createTempDirectory("journal-fuzz");
    try {
      for (var file : files(data[0], Arrays.copyOfRange(data, 1, data.length)).entrySet()) {
        Files.write(folder.resolve(file.getKey()), file.getValue());
      }
      return read(folder);
    } finally {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }

  /// Inputs to begin with: a genuine journal in each of the ways that it can be spoilt.
  static List<byte[]> seeds() {
    return List.of(
        seed(FIRST, GENUINE.first()),
        seed(ARCHIVE, GENUINE.archive()),
        seed(SECOND, GENUINE.second()),
        seed(PIECES, GENUINE.pieces()),
        seed(BLOCKS, GENUINE.blocks()));
  }

  private static byte[] seed(int shape, byte[] bytes) {
    byte[] seed = new byte[bytes.length + 1];
    seed[0] = (byte) shape;
    System.arraycopy(bytes, 0, seed, 1, bytes.length);
    return seed;
  }

  /// Writes the seeds into a folder, for a fuzzer to begin with.
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    List<byte[]> seeds = seeds();
    for (int i = 0; i < seeds.size(); i++) {
      Files.write(folder.resolve("seed-" + i), seeds.get(i));
    }
  }

  /// A damaged file beside a genuine one; or records and blocks whose sums are made right, so that
  /// what is behind them is reached.
  private static Map<String, byte[]> files(byte shape, byte[] bytes) {
    String first = "%020d".formatted(0);
    String second = "%020d".formatted(GENUINE.first().length);
    return switch (Math.floorMod(shape, SHAPES)) {
      case FIRST -> Map.of(first, bytes, second, GENUINE.second());
      case ARCHIVE -> Map.of(first + Segments.ARCHIVED, bytes, second, GENUINE.second());
      case SECOND -> Map.of(first, GENUINE.first(), second, bytes);
      case PIECES -> Map.of(first, GenuineJournal.chained(bytes));
      default ->
          Map.of(
              first + Segments.ARCHIVED, GenuineJournal.archived(bytes), second, GENUINE.second());
    };
  }

  private static boolean read(Path folder) {
    Optional<Audit.Found> sound = audit(folder);
    long entries;
    try {
      entries = open(folder);
    } catch (JournalException e) {
      requireDamage(e);
      if (sound.isPresent()) {
        throw new AssertionError("an audit called it sound", e);
      }
      return false;
    }
    if (sound.isPresent()) {
      if (entries != sound.get().entries()) {
        throw new AssertionError(entries + " entries, and the audit says " + sound.get());
      }
      Audit.Found after = audit(folder).orElseThrow();
      if (after.entries() != entries || after.unsealed() != 0) {
        throw new AssertionError("opened and closed it is " + after);
      }
    }
    return sound.isPresent();
  }

  private static Optional<Audit.Found> audit(Path folder) {
    try {
      return Optional.of(
          Audit.verify(
              folder,
              GenuineJournal.FORMAT,
              GenuineJournal.KEY.did(),
              Optional.empty(),
              OptionalLong.empty()));
    } catch (JournalException e) {
      requireDamage(e);
      return Optional.empty();
    }
  }

  /// Opens and closes it; returns how many entries it has.
  private static long open(Path folder) {
    AtomicLong entries = new AtomicLong();
    Journal.open(
            GenuineJournal.setup(folder, Journal.SEGMENT, InstantSource.system()),
            0,
            (some, _) -> entries.addAndGet(some.size()))
        .close();
    return entries.get();
  }

  private static void requireDamage(JournalException e) {
    if (e.kind() != JournalException.Kind.CORRUPT) {
      throw new AssertionError("bad bytes are no failure of the disk", e);
    }
  }
}
