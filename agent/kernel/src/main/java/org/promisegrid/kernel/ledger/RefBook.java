package org.promisegrid.kernel.ledger;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.index.Table;
import org.promisegrid.kernel.journal.Entry;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// Refs: what each points to, and what it pointed to before.
public final class RefBook {

  private final Index index;
  private final Recording recording;

  RefBook(Index index, Recording recording) {
    this.index = index;
    this.recording = recording;
  }

  /// `by` moved a ref from `base` to `head`. The caller holds whatever keeps another from moving
  /// it.
  ///
  /// @param byOwner whether that is the home's owner, whose bindings may ask for more
  public void moved(
      String name, Cid ref, Optional<Cid> base, Cid head, String by, boolean byOwner) {
    recording.append(Entry.Kind.REF, entry(name, ref, base, head, by, byOwner));
  }

  /// Likewise, of a stack.
  ///
  /// @param halting whether less runs by it than before: that must go on where the disk is full
  public void moved(
      String name,
      Cid ref,
      Optional<Cid> base,
      Cid head,
      String by,
      boolean byOwner,
      ServiceBook.Under under,
      boolean halting) {
    recording.append(
        halting ? Entry.Kind.HALTED : Entry.Kind.REF,
        entry(name, ref, base, head, by, byOwner)
            .put("declared", links(under.declared()))
            .put("started", links(under.started())));
  }

  private static Item links(List<Cid> cids) {
    return Item.array(cids.stream().map(Item::of).toList());
  }

  private static Item.TableBuilder entry(
      String name, Cid ref, Optional<Cid> base, Cid head, String by, boolean byOwner) {
    return Item.table()
        .put("name", name)
        .put("ref", ref)
        .put("base", base.map(Item::of))
        .put("head", head)
        .put("by", by)
        .put("owner", byOwner);
  }

  /// A ref by its name.
  public Optional<Ref> find(String name) {
    return index.get(Table.REFS, Keys.name(name)).map(Ref::decode);
  }

  /// A ref by its identity.
  public Optional<Ref> find(Cid identity) {
    return index
        .get(Table.REFS, Keys.identity(identity))
        .flatMap(name -> find(new String(name, StandardCharsets.UTF_8)));
  }

  /// Refs whose names begin with `prefix`, after the name `after`.
  public List<Ref> list(String prefix, Optional<String> after, int most) {
    byte[] from = after.map(name -> Keys.name(name + '\0')).orElseGet(() -> Keys.name(prefix));
    List<Ref> refs = new ArrayList<>();
    index.scan(
        Table.REFS,
        Keys.name(prefix),
        from,
        (key, row) -> {
          refs.add(Ref.decode(row));
          return refs.size() < most;
        });
    return refs;
  }

  /// A head that a ref has had.
  ///
  /// @param offset of the journal's entry that it became it by
  public record Moved(long offset, Ref ref) {}

  /// The heads that a ref has had, newest first.
  ///
  /// @param before only those older than the one at this offset
  public List<Moved> log(String name, OptionalLong before, int most) {
    List<Moved> heads = new ArrayList<>();
    index.scan(
        Table.REF_LOG,
        Keys.log(name),
        before.isPresent() ? Keys.log(name, before.getAsLong() - 1) : Keys.log(name),
        (key, row) -> {
          heads.add(new Moved(Keys.offset(key), Ref.decode(row)));
          return heads.size() < most;
        });
    return heads;
  }
}
