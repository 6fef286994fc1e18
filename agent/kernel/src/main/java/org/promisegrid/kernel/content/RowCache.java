package org.promisegrid.kernel.content;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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

  /// Of longer values is known only that they are there: they are read once, by whoever wants all
  /// of them.
  private static final int LONGEST = 4 << 10;

  private static final byte[] LONG = {};

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
    AtomicReference<@Nullable Optional<byte[]>> fresh = new AtomicReference<>();
    Optional<byte[]> known = find(table, key, lookup, fresh);
    if (!isLong(known)) {
      return known;
    }
    Optional<byte[]> found = fresh.get();
    return found == null ? lookup.get() : found;
  }

  /// Whether `key` has a value, by `lookup` if that isn't known.
  boolean has(String table, byte[] key, Supplier<Optional<byte[]>> lookup) {
    return find(table, key, lookup, new AtomicReference<>()).isPresent();
  }

  /// @param fresh gets what was looked up, if something had to be
  private Optional<byte[]> find(
      String table,
      byte[] key,
      Supplier<Optional<byte[]>> lookup,
      AtomicReference<@Nullable Optional<byte[]>> fresh) {
    RowKey row = new RowKey(table, key);
    Optional<byte[]> known = rows.getIfPresent(row);
    return known != null
        ? known
        : rows.get(
            row,
            _ -> {
              Optional<byte[]> found = lookup.get();
              fresh.set(found);
              return found.isPresent() && found.get().length > LONGEST ? Optional.of(LONG) : found;
            });
  }

  /// It is that very array: an empty value is one like any other.
  @SuppressWarnings("ReferenceEquality")
  private static boolean isLong(Optional<byte[]> known) {
    return known.isPresent() && known.get() == LONG;
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
