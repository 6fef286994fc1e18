package org.promisegrid.kernel.content;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A key of a table, compared by its bytes. Nobody may change the array any more.
public final class RowKey {

  private final String table;
  private final byte[] key;
  private final int hash;

  public RowKey(String table, byte[] key) {
    this.table = table;
    this.key = key;
    this.hash = 31 * table.hashCode() + Arrays.hashCode(key);
  }

  /// The key that a change gives a value, or takes out.
  public static RowKey of(Database.Change change) {
    return new RowKey(change.table(), change.key());
  }

  /// How many bytes the key has.
  int length() {
    return key.length;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RowKey row
        && hash == row.hash
        && table.equals(row.table)
        && Arrays.equals(key, row.key);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
