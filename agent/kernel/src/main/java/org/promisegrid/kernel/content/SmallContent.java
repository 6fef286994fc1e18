package org.promisegrid.kernel.content;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.promisegrid.sandbox.Cid;

/// Content that is small enough for a database: its bytes by their digest.
final class SmallContent implements AutoCloseable {

  static final String TABLE = "content";

  /// What is copied at a time to get rid of what was removed.
  private static final long STEP = 256L << 20;

  /// What is worth copying the rest for, where nobody asked for it: a tenth.
  private static final long WORTH = 10;

  private final Database database;

  SmallContent(Database database) {
    this.database = database;
  }

  boolean has(Cid cid) {
    return database.has(TABLE, cid.digest());
  }

  /// Those of `cids` that are here.
  Set<Cid> among(List<Cid> cids) {
    List<Optional<byte[]>> rows = database.all(TABLE, cids.stream().map(Cid::digest).toList());
    Set<Cid> here = new HashSet<>();
    for (int i = 0; i < rows.size(); i++) {
      if (rows.get(i).isPresent()) {
        here.add(cids.get(i));
      }
    }
    return here;
  }

  OptionalLong extent(Cid cid) {
    Optional<byte[]> bytes = database.get(TABLE, cid.digest());
    return bytes.isPresent() ? OptionalLong.of(bytes.get().length) : OptionalLong.empty();
  }

  /// The bytes, if they are here and what they were.
  ///
  /// @throws CorruptContentException if the disk changed them
  Optional<byte[]> read(Cid cid) throws CorruptContentException {
    Optional<byte[]> bytes;
    try {
      bytes = database.get(TABLE, cid.digest());
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.DAMAGED) {
        throw new CorruptContentException(cid, "the database of small content is damaged", e);
      }
      throw e;
    }
    if (bytes.isPresent() && !cid.names(bytes.get())) {
      throw new CorruptContentException(cid, "its hash is another");
    }
    return bytes;
  }

  /// What is there under a name.
  enum Held {
    NOTHING,
    SAME,
    DAMAGED
  }

  Held held(Cid cid, byte[] bytes) {
    try {
      Optional<byte[]> held = database.get(TABLE, cid.digest());
      return held.map(value -> Arrays.equals(value, bytes) ? Held.SAME : Held.DAMAGED)
          .orElse(Held.NOTHING);
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.DAMAGED) {
        return Held.DAMAGED;
      }
      throw e;
    }
  }

  void put(Cid cid, byte[] bytes) {
    database.put(TABLE, cid.digest(), bytes);
  }

  /// Keeps all of them, or none.
  void put(List<Stored> names, List<byte[]> bytes) {
    List<Database.Change> changes = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      changes.add(new Database.Change(TABLE, names.get(i).cid().digest(), bytes.get(i)));
    }
    database.commit(changes);
  }

  /// Removes all of them, or none; what isn't here is no matter.
  void remove(List<Cid> cids) {
    database.commit(
        cids.stream().map(cid -> new Database.Change(TABLE, cid.digest(), null)).toList());
  }

  /// Whether so much of what the files hold was removed that compacting is worth what it costs.
  /// Counted each time, so a restart forgets none of it: that takes as long as going through all.
  boolean isWorthCompacting() {
    database.flush();
    long held = database.valuesInFiles(TABLE);
    long[] there = {0};
    byte[] all = {};
    var _ =
        database.scan(
            TABLE,
            all,
            all,
            (_, bytes) -> {
              there[0] += bytes.length;
              return true;
            });
    long gone = held - there[0];
    return gone > 0 && gone >= held / WORTH;
  }

  /// Reads all of it from the disk.
  ///
  /// @throws CorruptContentException with the first that isn't what its name says
  /// @throws StorageException `DAMAGED` if a file of the database is; its cause names it
  void verify() throws CorruptContentException {
    database.verify();
    List<Cid> wrong = new ArrayList<>();
    byte[] all = {};
    var _ =
        database.scan(
            TABLE,
            all,
            all,
            (digest, bytes) -> {
              Cid cid = Cid.ofDigest(digest);
              return cid.names(bytes) || !wrong.add(cid);
            });
    if (!wrong.isEmpty()) {
      throw new CorruptContentException(wrong.getFirst(), "its hash is another");
    }
  }

  /// Visits what begins with some bytes; returns whether the visitor saw everything.
  boolean visit(byte[] prefix, ContentStore.Visitor visitor) {
    return database.scan(
        TABLE,
        prefix,
        prefix,
        (digest, bytes) -> visitor.visit(Cid.ofDigest(digest), bytes.length));
  }

  /// How many bytes it takes on the disk, more or less.
  long size() {
    return database.size();
  }

  /// Takes what was removed off the disk, too, as far as there is room for what is copied on the
  /// way: whether there was. Holds its thread for as long as it takes.
  ///
  /// @param left asked between steps: whether nobody waits for it any more
  boolean compact(LongSupplier free, BooleanSupplier left) {
    database.flush();
    // All that begins with one byte, or with a few: the less room there is, the less at a time.
    int steps = Math.clamp(database.size() / STEP, 1, 256);
    for (int step = 0; step < steps; step++) {
      if (left.getAsBoolean() || free.getAsLong() < 2 * database.size() / steps) {
        return false;
      }
      byte[] from = {(byte) (256 * step / steps)};
      byte[] to = {(byte) (256 * (step + 1) / steps)};
      database.compact(
          TABLE,
          step == 0 ? Optional.empty() : Optional.of(from),
          step == steps - 1 ? Optional.empty() : Optional.of(to));
    }
    return true;
  }

  void copyTo(Path copy) {
    database.copyTo(copy);
  }

  @Override
  public void close() {
    database.close();
  }
}
