package org.promisegrid.kernel.index;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.promisegrid.kernel.content.Database;
import org.promisegrid.kernel.message.Item;

/// Changes of the [Index] that happen together or not at all. Of one thread; used once.
public final class Write {

  private final Index index;
  private final List<Database.Change> changes = new ArrayList<>();
  private boolean done;

  Write(Index index) {
    this.index = index;
  }

  /// Gives `key` a value; the arrays belong to this write from now on.
  public Write put(Table table, byte[] key, byte[] value) {
    changes.add(new Database.Change(table.name(), key, value));
    return this;
  }

  /// Takes `key` out, if it is there.
  public Write delete(Table table, byte[] key) {
    changes.add(new Database.Change(table.name(), key, null));
    return this;
  }

  /// Notes the last of the entries that are applied: which journal this index belongs to.
  public Write last(long offset, Item.Bytes hash) {
    byte[] value = hash.value();
    return put(
        Table.META,
        Index.LAST,
        ByteBuffer.allocate(Long.BYTES + value.length).putLong(offset).put(value).array());
  }

  /// Makes the changes, and notes that the journal is applied up to `applied` (exclusive, or
  /// whatever the journal counts by). Offsets never go back: entries are committed in their order.
  ///
  /// @throws IllegalStateException if the index has already applied more
  public void commit(long applied) {
    finish();
    index.commit(changes, applied);
  }

  /// Shows the changes of the entry at `offset` to whoever looks from now on. The database gets
  /// them by a later write that adds them ([#addShown]) and is committed beyond that offset.
  public void show(long offset) {
    finish();
    index.show(changes, offset);
  }

  /// Adds the changes that were shown of the entry at `offset`.
  ///
  /// @return whether they were
  public boolean addShown(long offset) {
    Optional<List<Database.Change>> shown = index.shown(offset);
    shown.ifPresent(changes::addAll);
    return shown.isPresent();
  }

  /// Makes changes that no journal entry stands for, such as those of a rebuild from content.
  public void commit() {
    finish();
    index.commit(changes);
  }

  private void finish() {
    if (done) {
      throw new IllegalStateException("already committed");
    }
    done = true;
  }
}
