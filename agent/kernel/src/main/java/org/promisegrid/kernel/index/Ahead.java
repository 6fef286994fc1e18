package org.promisegrid.kernel.index;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.content.Database;
import org.promisegrid.kernel.content.Database.Change;
import org.promisegrid.kernel.content.RowKey;

/// Rows that are ahead of the database: those of journal entries that everybody sees already, and
/// that the database gets when the journal is flushed, all of them with one write. In memory alone:
/// what an agent that is killed loses of it stands in the journal.
///
/// Any number of threads may look; changes come from one at a time.
final class Ahead {

  /// A row as the entry at `offset` left it. Nobody compares them.
  @SuppressWarnings("ArrayRecordComponent")
  private record Row(byte[] key, byte @Nullable [] value, long offset) {}

  private final Map<String, Map<RowKey, Row>> tables =
      Stream.of(Table.values())
          .collect(Collectors.toUnmodifiableMap(Table::name, _ -> new ConcurrentHashMap<>()));

  /// By the offsets of their entries.
  private final NavigableMap<Long, List<Change>> shown = new TreeMap<>();

  /// What a row is.
  ///
  /// @param value absent if it was taken out
  record Found(Optional<byte[]> value) {}

  /// The row of a key; empty if the database has the last word.
  Optional<Found> get(Table table, byte[] key) {
    Map<RowKey, Row> rows = rows(table.name());
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    Row row = rows.get(new RowKey(table.name(), key));
    return row == null
        ? Optional.empty()
        : Optional.of(new Found(Optional.ofNullable(row.value())));
  }

  /// The rows that begin with `prefix`, from `from` on; a null value is one that was taken out.
  ///
  /// Every row is looked at: there are as many as are written in half a second at most.
  NavigableMap<byte[], Optional<byte[]>> range(Table table, byte[] prefix, byte[] from) {
    NavigableMap<byte[], Optional<byte[]>> range = new TreeMap<>(Arrays::compareUnsigned);
    for (Row row : rows(table.name()).values()) {
      byte[] key = row.key();
      if (Database.startsWith(key, prefix) && Arrays.compareUnsigned(key, from) >= 0) {
        range.put(key, Optional.ofNullable(row.value()));
      }
    }
    return range;
  }

  /// Shows the changes that the entry at `offset` makes. Entries may come in another order than
  /// they were written in.
  void show(List<Change> changes, long offset) {
    shown.put(offset, changes);
    for (Change change : changes) {
      Row row = new Row(change.key(), change.value(), offset);
      rows(change.table())
          .merge(
              RowKey.of(change),
              row,
              (before, after) -> before.offset() > after.offset() ? before : after);
    }
  }

  /// What was shown of the entry at `offset`.
  Optional<List<Change>> shown(long offset) {
    return Optional.ofNullable(shown.get(offset));
  }

  /// The database has the entries before `applied` now.
  void drop(long applied) {
    NavigableMap<Long, List<Change>> over = shown.headMap(applied, false);
    for (List<Change> changes : over.values()) {
      for (Change change : changes) {
        rows(change.table())
            .computeIfPresent(RowKey.of(change), (_, row) -> row.offset() < applied ? null : row);
      }
    }
    over.clear();
  }

  /// Forgets everything.
  void clear() {
    shown.clear();
    tables.values().forEach(Map::clear);
  }

  private Map<RowKey, Row> rows(String table) {
    Map<RowKey, Row> rows = tables.get(table);
    if (rows == null) {
      throw new IllegalArgumentException("no table " + table);
    }
    return rows;
  }
}
