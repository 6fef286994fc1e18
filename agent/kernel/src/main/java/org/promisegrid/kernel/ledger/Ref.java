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
/// @param byOwner whether that was the home's owner
public record Ref(
    String name,
    Cid identity,
    Optional<Cid> base,
    Cid head,
    String by,
    boolean byOwner,
    Instant at) {

  byte[] encode() {
    return Rows.encode(
        Item.table()
            .put("name", name)
            .put("ref", identity)
            .put("base", base.map(Item::of))
            .put("head", head)
            .put("by", by)
            .put("owner", byOwner)
            .put("at", at.toEpochMilli()));
  }

  static Ref decode(byte[] row) {
    return Rows.fields(
        row,
        table ->
            new Ref(
                table.requiredText("name"),
                table.requiredLink("ref"),
                table.link("base"),
                table.requiredLink("head"),
                table.requiredText("by"),
                table.bool("owner").orElse(false),
                Instant.ofEpochMilli(table.requiredNumber("at", 0, Long.MAX_VALUE))));
  }
}
