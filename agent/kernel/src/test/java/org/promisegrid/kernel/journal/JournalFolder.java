package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;

/// A journal's folder, with who writes to it and what was made of it.
final class JournalFolder {

  static final Cid FORMAT = Cid.of("a format".getBytes(StandardCharsets.UTF_8));
  static final SigningKey KEY = SigningKey.generate(new SecureRandom());

  final Path path;
  final List<Long> applied = Collections.synchronizedList(new ArrayList<>());
  volatile long appliedUpTo;

  JournalFolder(Path path) {
    this.path = path;
  }

  Journal open(long from, long segment) {
    return open(from, segment, KEY, Disk.real());
  }

  Journal open(long from, long segment, SigningKey key, Disk disk) {
    return Journal.open(
        new Journal.Setup(path, FORMAT, key, InstantSource.system(), disk, segment),
        from,
        (entries, upTo) -> {
          entries.forEach(entry -> applied.add(number(entry)));
          if (upTo > 0) {
            appliedUpTo = upTo;
          }
        });
  }

  /// Writes entries with these numbers, each durably.
  void write(int from, int to, long segment) {
    try (Journal journal = open(appliedUpTo, segment)) {
      for (int i = from; i < to; i++) {
        journal.append(entry(Entry.Kind.PUT, i));
      }
    }
  }

  Audit.Found audit() {
    return Audit.verify(path, FORMAT, KEY.did(), Optional.empty(), OptionalLong.empty());
  }

  static Entry entry(Entry.Kind kind, long number) {
    return new Entry(kind, Item.table().put("n", number).build());
  }

  static long number(Entry.Stamped stamped) {
    return ((Item.Int) stamped.entry().detail().get("n").orElseThrow()).value();
  }

  /// All that is in the folder, in order.
  List<Path> files() {
    try (Stream<Path> files = Files.list(path)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Waits until every closed segment is archived.
  void awaitArchived() {
    long deadline = System.nanoTime() + 300_000_000_000L;
    while (files().stream().filter(file -> !file.toString().endsWith(".gz")).count() > 1) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not archived within five minutes: " + files());
      }
      LockSupport.parkNanos(1_000_000);
    }
  }
}
