package org.promisegrid.kernel.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toUnmodifiableSet;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.promisegrid.kernel.content.Database;
import org.promisegrid.kernel.content.RowKey;
import org.promisegrid.kernel.content.StorageException;
import org.promisegrid.kernel.message.Item;

/// Sorted tables that can be deleted and built again from content and journal.
///
/// Nothing is forced to disk: after a loss of power the index is as it was at some moment before,
/// and [#applied] tells from which journal offset on to apply again. What the journal hasn't
/// flushed yet is seen, and in memory alone ([Ahead]). Safe for many threads.
public final class Index implements AutoCloseable {

  private static final byte[] APPLIED = "applied".getBytes(UTF_8);
  static final byte[] LAST = "last".getBytes(UTF_8);
  static final byte[] RECKONING = "reckoning".getBytes(UTF_8);
  private static final byte[] FORMAT = "format".getBytes(UTF_8);

  /// What an index of this agent holds. One that holds less, because an earlier agent made it, is
  /// made anew: or what isn't in it would be taken for what isn't so.
  private static final byte[] CURRENT = "5".getBytes(UTF_8);

  private static final Set<String> EDGES = Set.of(Table.LINKS.name(), Table.BACKLINKS.name());

  private final Database database;
  private final Ahead ahead = new Ahead();
  private final AtomicLong cuts = new AtomicLong();

  /// Held while rows are changed.
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
    try {
      if (index.applied() == 0) {
        index.database.put(Table.META.name(), FORMAT, CURRENT);
      }
    } catch (RuntimeException e) {
      index.close(); // whoever makes it anew opens it again, in this process
      throw e;
    }
    return index;
  }

  /// The value of `key`, if it has one.
  public Optional<byte[]> get(Table table, byte[] key) {
    Optional<Ahead.Found> found = ahead.get(table, key);
    return found.isPresent() ? found.get().value() : database.get(table.name(), key);
  }

  /// The values of many keys, in their order; see [Database#all].
  public List<Optional<byte[]>> all(Table table, List<byte[]> keys) {
    // Looked at first: what leaves it meanwhile is in the database by then.
    List<Optional<Ahead.Found>> newer = keys.stream().map(key -> ahead.get(table, key)).toList();
    List<Optional<byte[]>> older = database.all(table.name(), keys);
    List<Optional<byte[]>> values = new ArrayList<>(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      values.add(newer.get(i).isPresent() ? newer.get(i).get().value() : older.get(i));
    }
    return values;
  }

  /// Visits what begins with `prefix`, in bytewise order, from `from` on, until the visitor says
  /// stop. Returns whether it saw everything. What is committed meanwhile isn't seen.
  public boolean scan(Table table, byte[] prefix, byte[] from, Database.Visitor visitor) {
    // Looked at first: what leaves it meanwhile is in the database by then.
    NavigableMap<byte[], Optional<byte[]>> newer = ahead.range(table, prefix, from);
    if (newer.isEmpty()) {
      return database.scan(table.name(), prefix, from, visitor);
    }
    Merge merge = new Merge(newer, visitor);
    return database.scan(table.name(), prefix, from, merge) && merge.finish();
  }

  /// Puts rows that are ahead among those of the database, in their order.
  private static final class Merge implements Database.Visitor {
    private final NavigableMap<byte[], Optional<byte[]>> newer;
    private final Database.Visitor visitor;

    Merge(NavigableMap<byte[], Optional<byte[]>> newer, Database.Visitor visitor) {
      this.newer = newer;
      this.visitor = visitor;
    }

    @Override
    public boolean visit(byte[] key, byte[] value) {
      while (!newer.isEmpty()) {
        int order = Arrays.compareUnsigned(newer.firstKey(), key);
        if (order > 0) {
          break;
        }
        if (!visit(newer.pollFirstEntry())) {
          return false;
        }
        if (order == 0) {
          return true;
        }
      }
      return visitor.visit(key, value);
    }

    boolean finish() {
      while (!newer.isEmpty()) {
        if (!visit(newer.pollFirstEntry())) {
          return false;
        }
      }
      return true;
    }

    private boolean visit(Map.Entry<byte[], Optional<byte[]>> row) {
      return row.getValue().isEmpty() || visitor.visit(row.getKey(), row.getValue().get());
    }
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

  /// The last journal entry that it has applied, and its hash; empty for a new index.
  public Optional<Last> last() {
    return get(Table.META, LAST)
        .map(value ->
            new Last(
                ByteBuffer.wrap(value).getLong(),
                Item.of(Arrays.copyOfRange(value, Long.BYTES, value.length))));
  }

  /// An entry of a journal, by its place and its hash.
  public record Last(long offset, Item.Bytes hash) {}

  /// Whether it holds all that an index of this agent does.
  public boolean isCurrent() {
    return get(Table.META, FORMAT).filter(found -> Arrays.equals(found, CURRENT)).isPresent();
  }

  /// Forgets everything, as if it were new.
  public void clear() {
    order.lock();
    try {
      ahead.clear();
      database.replace(List.of(new Database.Change(Table.META.name(), FORMAT, CURRENT)));
    } finally {
      cuts.incrementAndGet();
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

  /// How often edges were taken out: as long as this is the same, what was connected is.
  long cuts() {
    return cuts.get();
  }

  /// What was shown of the entry at `offset`, if that isn't in the database yet.
  Optional<List<Database.Change>> shown(long offset) {
    order.lock();
    try {
      return ahead.shown(offset);
    } finally {
      order.unlock();
    }
  }

  void show(List<Database.Change> changes, long offset) {
    order.lock();
    try {
      ahead.show(changes, offset);
    } finally {
      order.unlock();
    }
  }

  void commit(List<Database.Change> changes) {
    try {
      database.commit(changes);
    } finally {
      count(changes);
    }
  }

  void commit(List<Database.Change> changes, long applied) {
    // Many entries at once change some rows again and again.
    Map<RowKey, Database.Change> last = new LinkedHashMap<>();
    changes.forEach(change -> last.put(RowKey.of(change), change));
    List<Database.Change> all = new ArrayList<>(last.values());
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
      ahead.drop(applied);
    } finally {
      count(changes);
      order.unlock();
    }
  }

  /// Afterwards: who looks for a way meanwhile must not remember it as of then.
  private void count(List<Database.Change> changes) {
    if (changes.stream()
        .anyMatch(change -> change.value() == null && EDGES.contains(change.table()))) {
      cuts.incrementAndGet();
    }
  }
}
