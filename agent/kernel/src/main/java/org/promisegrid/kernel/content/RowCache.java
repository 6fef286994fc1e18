package org.promisegrid.kernel.content;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
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

  private final Cache<RowKey, Optional<byte[]>> rows =
      Caffeine.newBuilder()
          .maximumWeight(CAPACITY)
          .weigher(RowCache::weight)
          // It tidies up in no time; handing that to another thread costs more.
          .executor(Runnable::run)
          .build();

  private static int weight(RowKey row, Optional<byte[]> value) {
    return OVERHEAD + row.length() + value.map(bytes -> bytes.length).orElse(0);
  }

  /// The value of `key`, from `lookup` if it isn't known.
  Optional<byte[]> get(String table, byte[] key, Supplier<Optional<byte[]>> lookup) {
    RowKey row = new RowKey(table, key);
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
      rows.invalidate(RowKey.of(change));
    }
  }

  /// Forgets everything; nothing may be looked up meanwhile.
  void clear() {
    rows.invalidateAll();
  }
}
