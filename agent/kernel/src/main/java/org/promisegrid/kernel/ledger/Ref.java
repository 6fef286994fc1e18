package org.promisegrid.kernel.ledger;

import java.time.Instant;
import java.util.Optional;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// A named, moving pointer, as it was set once.
///
/// @param identity the name of the ref itself, whatever its head is
/// @param base what it pointed to before
/// @param by the principal who moved it
public record Ref(
    String name, Cid identity, Optional<Cid> base, Cid head, String by, Instant at) {

  byte[] encode() {
    return Rows.encode(
        Item.table()
            .put("name", name)
            .put("ref", identity)
            .put("base", base.map(Item::of))
            .put("head", head)
            .put("by", by)
            .put("at", at.toEpochMilli())
            .build());
  }

  static Ref decode(byte[] row) {
    return Rows.read(
        row,
        table ->
            new Ref(
                Rows.text(table, "name"),
                Rows.link(table, "ref"),
                Rows.optionalLink(table, "base"),
                Rows.link(table, "head"),
                Rows.text(table, "by"),
                Instant.ofEpochMilli(Rows.number(table, "at"))));
  }
}
