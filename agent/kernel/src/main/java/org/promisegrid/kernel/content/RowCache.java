package org.promisegrid.kernel.content;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// What a [Database] was asked for lately, found or not. Asking the native library again would cost
/// more than all else that a remembered call does.
///
/// A row that is being looked up while it is written is never kept as it was before: the lookup
/// holds its place, and [#forget] waits for it.
final class RowCache {

  /// Of keys, values and what stands around them.
  private static final long CAPACITY = 8L << 20;

  /// What an entry takes beside its bytes, roughly.
  private static final int OVERHEAD = 200;

  /// Longer values are read once, by whoever wants all of them.
  private static final int LONGEST = 4 << 10;

  private final Cache<Row, Optional<byte[]>> rows =
      Caffeine.newBuilder().maximumWeight(CAPACITY).weigher(RowCache::weight).build();

  /// A key of a table. The array isn't changed by anybody.
  private static final class Row {
    private final String table;
    private final byte[] key;
    private final int hash;

    Row(String table, byte[] key) {
      this.table = table;
      this.key = key;
      this.hash = 31 * table.hashCode() + Arrays.hashCode(key);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Row row
          && hash == row.hash
          && table.equals(row.table)
          && Arrays.equals(key, row.key);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  private static int weight(Row row, Optional<byte[]> value) {
    return OVERHEAD + row.key.length + value.map(bytes -> bytes.length).orElse(0);
  }

  /// The value of `key`, from `lookup` if it isn't known.
  Optional<byte[]> get(String table, byte[] key, Supplier<Optional<byte[]>> lookup) {
    Row row = new Row(table, key);
    Optional<byte[]> known = rows.getIfPresent(row);
    if (known == null) {
      known = rows.get(row, _ -> lookup.get());
      if (known.isPresent() && known.get().length > LONGEST) {
        rows.invalidate(row);
      }
    }
    return known;
  }

  /// Forgets the rows of changes that have been made.
  void forget(List<Database.Change> changes) {
    for (Database.Change change : changes) {
      rows.invalidate(new Row(change.table(), change.key()));
    }
  }

  /// Forgets everything; nothing may be looked up meanwhile.
  void clear() {
    rows.invalidateAll();
  }
}
