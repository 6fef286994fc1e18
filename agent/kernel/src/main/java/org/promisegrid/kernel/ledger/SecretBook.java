package org.promisegrid.kernel.ledger;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.index.Table;
import org.promisegrid.kernel.index.Write;
import org.promisegrid.kernel.journal.Entry;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// Secrets by name: which version of each is the one that was put last. Nothing of what they are.
public final class SecretBook {

  private final Index index;
  private final Recording recording;

  SecretBook(Index index, Recording recording) {
    this.index = index;
    this.recording = recording;
  }

  /// A secret that is there.
  ///
  /// @param by who put this version
  public record Known(String name, long version, String by, Instant at) {}

  /// `by` put a version of a secret, which lies on the disk.
  public void put(String name, long version, String by) {
    append("put", Item.table().put("name", name).put("version", version).put("by", by));
  }

  /// `by` removed a secret, of which `version` was the last.
  public void removed(String name, long version, String by) {
    append("removed", Item.table().put("name", name).put("version", version).put("by", by));
  }

  /// `by` had all secrets sealed with another key.
  public void rekeyed(String by) {
    append("rekeyed", Item.table().put("by", by));
  }

  private void append(String event, Item.TableBuilder detail) {
    recording.append(Entry.Kind.SECRET, detail.put("event", event));
  }

  /// A secret that was put and not removed.
  public Optional<Known> find(String name) {
    return index.get(Table.SECRETS, key(name)).flatMap(SecretBook::known);
  }

  /// The last version that there was of a secret, 0 if there never was one.
  public long lastVersion(String name) {
    return index
        .get(Table.SECRETS, key(name))
        .map(row -> Rows.fields(row, it -> it.requiredNumber("version", 1, Long.MAX_VALUE)))
        .orElse(0L);
  }

  /// All that are there, by name.
  public List<Known> list() {
    List<Known> all = new ArrayList<>();
    index.scan(
        Table.SECRETS,
        new byte[0],
        (_, row) -> {
          known(row).ifPresent(all::add);
          return true;
        });
    return all;
  }

  private static Optional<Known> known(byte[] row) {
    return Rows.fields(
        row,
        it ->
            it.requiredText("event").equals("put")
                ? Optional.of(
                    new Known(
                        it.requiredText("name"),
                        it.requiredNumber("version", 1, Long.MAX_VALUE),
                        it.requiredText("by"),
                        Instant.ofEpochMilli(it.requiredNumber("at", 0, Long.MAX_VALUE))))
                : Optional.empty());
  }

  /// Brings the index to what an entry says.
  static void apply(Write write, Fields detail, Instant at) throws MalformedException {
    Optional<String> name = detail.text("name");
    if (name.isPresent()) { // else it is of no single secret
      write.put(
          Table.SECRETS,
          key(name.get()),
          Rows.encode(
              Item.table()
                  .put("name", name.get())
                  .put("version", detail.requiredNumber("version", 1, Long.MAX_VALUE))
                  .put("by", detail.requiredText("by"))
                  .put("event", detail.requiredText("event"))
                  .put("at", Math.max(0, at.toEpochMilli()))));
    }
  }

  private static byte[] key(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }
}
