package org.promisegrid.kernel.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toUnmodifiableSet;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.promisegrid.kernel.content.Database;
import org.promisegrid.kernel.content.StorageException;

/// Sorted tables that can be deleted and built again from content and journal.
///
/// Nothing is forced to disk: after a loss of power the index is as it was at some moment before,
/// and [#applied] tells from which journal offset on to apply again. Safe for many threads.
public final class Index implements AutoCloseable {

  private static final byte[] APPLIED = "applied".getBytes(UTF_8);
  private static final byte[] FORMAT = "format".getBytes(UTF_8);

  /// What an index of this agent holds. One that holds less, because an earlier agent made it, is
  /// made anew: or what isn't in it would be taken for what isn't so.
  private static final byte[] CURRENT = "2".getBytes(UTF_8);

  private final Database database;
  private final ReentrantLock order = new ReentrantLock();

  private Index(Database database) {
    this.database = database;
  }

  /// Opens the index in `directory`, making it if it isn't there.
  ///
  /// @throws StorageException `DAMAGED`, with the path: close, delete that folder, open, rebuild
  public static Index open(Path directory) {
    Index index =
        new Index(
            Database.open(
                directory,
                Arrays.stream(Table.values()).map(Table::name).collect(toUnmodifiableSet()),
                Database.Durability.BUFFERED));
    if (index.applied() == 0) {
      index.database.put(Table.META.name(), FORMAT, CURRENT);
    }
    return index;
  }

  /// The value of `key`, if it has one.
  public Optional<byte[]> get(Table table, byte[] key) {
    return database.get(table.name(), key);
  }

  /// Visits what begins with `prefix`, in bytewise order, from `from` on, until the visitor says
  /// stop. Returns whether it saw everything. What is committed meanwhile isn't seen.
  public boolean scan(Table table, byte[] prefix, byte[] from, Database.Visitor visitor) {
    return database.scan(table.name(), prefix, from, visitor);
  }

  /// All that begins with `prefix`; see [#scan(Table, byte\[\], byte\[\], Database.Visitor)].
  public boolean scan(Table table, byte[] prefix, Database.Visitor visitor) {
    return scan(table, prefix, prefix, visitor);
  }

  /// Up to `limit` entries that begin with `prefix`, from `from` on.
  public Page list(Table table, byte[] prefix, byte[] from, int limit) {
    List<Entry> entries = new ArrayList<>();
    boolean all =
        scan(
            table,
            prefix,
            from,
            (key, value) -> {
              if (entries.size() == limit) {
                return false;
              }
              entries.add(new Entry(key, value));
              return true;
            });
    return new Page(entries, !all);
  }

  /// What [#list] found, and whether there is more behind it.
  public record Page(List<Entry> entries, boolean more) {
    public Page {
      entries = List.copyOf(entries);
    }
  }

  /// A key and its value. Nobody compares entries.
  @SuppressWarnings("ArrayRecordComponent")
  public record Entry(byte[] key, byte[] value) {}

  /// Starts a set of changes. Nothing happens until it is committed; one that isn't costs nothing.
  public Write write() {
    return new Write(this);
  }

  /// The journal offset up to which the index has applied; 0 for a new index.
  public long applied() {
    return get(Table.META, APPLIED).map(value -> ByteBuffer.wrap(value).getLong()).orElse(0L);
  }

  /// Whether it holds all that an index of this agent does.
  public boolean isCurrent() {
    return get(Table.META, FORMAT).filter(found -> Arrays.equals(found, CURRENT)).isPresent();
  }

  /// Forgets everything, as if it were new.
  public void clear() {
    order.lock();
    try {
      database.replace(List.of(new Database.Change(Table.META.name(), FORMAT, CURRENT)));
    } finally {
      order.unlock();
    }
  }

  /// Where it is.
  public Path directory() {
    return database.directory();
  }

  /// Closes the index; using it afterwards is an [IllegalStateException]. Idempotent.
  @Override
  public void close() {
    database.close();
  }

  void commit(List<Database.Change> changes) {
    database.commit(changes);
  }

  void commit(List<Database.Change> changes, long applied) {
    List<Database.Change> all = new ArrayList<>(changes);
    all.add(
        new Database.Change(
            Table.META.name(), APPLIED, ByteBuffer.allocate(Long.BYTES).putLong(applied).array()));
    order.lock();
    try {
      long before = applied();
      if (applied < before) {
        throw new IllegalStateException(
            "the index has applied the journal up to " + before + ", not just " + applied);
      }
      database.commit(all);
    } finally {
      order.unlock();
    }
  }
}
