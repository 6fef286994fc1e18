package org.promisegrid.kernel.ledger;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.index.Leases;
import org.promisegrid.kernel.index.Pins;
import org.promisegrid.kernel.index.Reaches;
import org.promisegrid.kernel.index.Reckoning;
import org.promisegrid.kernel.index.Table;
import org.promisegrid.kernel.journal.Entry;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.kernel.token.Claims;
import org.promisegrid.sandbox.Cid;

/// What is kept, for whom and how long: pins and leases, and all else that names content.
public final class KeepBook {

  /// Names in one entry of the journal.
  private static final int MOST = 4096;

  private final Index index;
  private final Supplier<Reckoning> reckoning;
  private final Recording recording;

  KeepBook(Index index, Supplier<Reckoning> reckoning, Recording recording) {
    this.index = index;
    this.reckoning = reckoning;
    this.recording = recording;
  }

  /// `by` wants content kept until they say otherwise.
  public void pinned(String by, Cid cid, String note) {
    Item.TableBuilder detail = Item.table().put("by", by).put("cid", cid);
    if (!note.isEmpty()) {
      detail.put("note", note);
    }
    recording.append(Entry.Kind.PINNED, detail);
  }

  /// `by` doesn't any more.
  public void unpinned(String by, Cid cid) {
    recording.append(Entry.Kind.UNPINNED, Item.table().put("by", by).put("cid", cid));
  }

  /// Content was used, or its lease begins anew for another reason.
  public void renewed(List<Cid> cids) {
    for (int from = 0; from < cids.size(); from += MOST) {
      List<Cid> some = cids.subList(from, Math.min(cids.size(), from + MOST));
      recording.append(Entry.Kind.RENEWED, Item.table().put("cids", links(some)));
    }
  }

  /// What is known of the clock, which leases are counted by.
  public Reckoning reckoning() {
    return reckoning.get();
  }

  /// Content is about to be removed.
  ///
  /// @param call what asked for it; empty where the agent does it by itself
  /// @param bytes how many it has in all
  /// @param keys of results that were remembered
  public void collected(
      Optional<Cid> call, Collection<Cid> cids, long bytes, Collection<Cid> keys) {
    Item.TableBuilder detail = Item.table();
    call.ifPresent(it -> detail.put("call", it));
    detail.put("cids", links(cids)).put("bytes", bytes);
    if (!keys.isEmpty()) {
      detail.put("keys", links(keys));
    }
    recording.append(Entry.Kind.COLLECTED, detail);
  }

  private static Item links(Collection<Cid> cids) {
    return Item.array(cids.stream().map(Item::of).toList());
  }

  /// What `by` has pinned under that name.
  public Optional<Pins.Pin> pin(String by, Cid cid) {
    return Pins.find(index, by, cid);
  }

  /// Pins of a principal, or of all; see [Pins#list].
  public List<Pins.Pin> pins(Optional<String> by, Optional<Pins.Pin> after, int most) {
    return Pins.list(index, by, after, most);
  }

  /// When content was last put or used.
  public Optional<Instant> lastUse(Cid cid) {
    return Leases.find(index, cid);
  }

  /// How far content may travel.
  public Reach reach(Cid cid) {
    return Reaches.find(index, cid);
  }

  /// Visits all content that was ever put or used, and is here still, with when it last was.
  public void leases(Leases.Visitor visitor) {
    Leases.visit(index, visitor);
  }

  /// Visits what stands for itself, whenever it was used: what is pinned, what refs point to, and
  /// what tokens name that are good at `now`.
  public void roots(Instant now, Consumer<Cid> visitor) {
    Pins.visit(index, visitor);
    scan(Table.REFS, Keys.name(""), (_, row) -> visitor.accept(Ref.decode(row).head()));
    scan(
        Table.TOKENS,
        new byte[0],
        (key, row) -> {
          Claims claims = Rows.read(row, Claims::of);
          if (isGood(key, claims, now)) {
            claims.functions().ifPresent(all -> all.forEach(visitor));
            claims.bound().values().forEach(value -> links(value, visitor));
          }
        });
  }

  /// Whether a token is, with all those that it was made from: what ends or revokes one of them
  /// ends what is below.
  private boolean isGood(byte[] token, Claims claims, Instant now) {
    byte[] key = token;
    Claims link = claims;
    while (true) {
      boolean over = link.until().filter(until -> !now.isBefore(until)).isPresent();
      if (over || index.get(Table.REVOKED, key).isPresent()) {
        return false;
      }
      if (link.parent().isEmpty()) {
        return true;
      }
      key = link.parent().get().bytes();
      Optional<byte[]> above = index.get(Table.TOKENS, key);
      if (above.isEmpty()) {
        return true; // nothing is known against it
      }
      link = Rows.read(above.get(), Claims::of);
    }
  }

  private static void links(Item item, Consumer<Cid> visitor) {
    switch (item) {
      case Item.Link(Cid cid) -> visitor.accept(cid);
      case Item.Array array -> array.items().forEach(each -> links(each, visitor));
      case Item.Table table -> table.entries().values().forEach(each -> links(each, visitor));
      case Item.Tagged tagged -> links(tagged.item(), visitor);
      case Item.Null _, Item.Bool _, Item.Int _, Item.Text _, Item.Bytes _ -> {}
    }
  }

  /// Visits the receipts of calls that may come again and be answered alike: those whose identities
  /// are remembered at `now`, and those whose runs began and have no end.
  public void awaited(Instant now, Consumer<Cid> visitor) {
    scan(
        Table.CALLS,
        Keys.identity(),
        (_, row) ->
            Rows.fields(
                    row,
                    table ->
                        now.toEpochMilli() < table.requiredNumber("until", 0, Long.MAX_VALUE)
                            ? Optional.of(table.requiredLink("call"))
                            : Optional.<Cid>empty())
                .ifPresent(call -> receipt(call, visitor)));
    scan(Table.CALLS, Keys.open(), (key, _) -> receipt(Keys.call(key), visitor));
  }

  private void receipt(Cid call, Consumer<Cid> visitor) {
    index
        .get(Table.CALLS, Keys.call(call))
        .map(CallRecord::decode)
        .ifPresent(record -> {
          record.end().map(CallRecord.End::receipt).ifPresent(visitor);
          record.lost().ifPresent(visitor);
        });
  }

  /// Visits the receipts that are remembered, each with its key.
  public void results(BiConsumer<Cid, Cid> visitor) {
    scan(
        Table.RECEIPTS,
        new byte[0],
        (key, row) -> visitor.accept(Cid.fromBytes(key), Cid.fromBytes(row)));
  }

  private void scan(Table table, byte[] prefix, BiConsumer<byte[], byte[]> visitor) {
    var _ =
        index.scan(
            table,
            prefix,
            (key, row) -> {
              visitor.accept(key, row);
              return true;
            });
  }
}
