package org.promisegrid.kernel.ledger;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// Reads and writes the tables that stand in rows of the index. They are of this agent's own
/// making: a wrong shape is a defect of its own.
final class Rows {

  private Rows() {}

  /// Turns a row into a value.
  @FunctionalInterface
  interface Reading<T> {
    T read(Item.Table table) throws MalformedException;
  }

  static byte[] encode(Item.TableBuilder table) {
    return Cbor.encode(table.build());
  }

  static <T> T read(byte[] row, Reading<T> reading) {
    try {
      if (Cbor.decode(row) instanceof Item.Table table) {
        return reading.read(table);
      }
      throw new MalformedException("not a table");
    } catch (MalformedException e) {
      throw defect(e);
    }
  }

  static Item item(byte[] row) {
    try {
      return Cbor.decode(row);
    } catch (MalformedException e) {
      throw defect(e);
    }
  }

  private static IllegalStateException defect(MalformedException e) {
    return new IllegalStateException("a row that this agent wrote doesn't read back", e);
  }

  /// Takes a row apart by the names of its fields.
  static <T> T fields(byte[] row, FieldReading<T> reading) {
    return read(row, table -> reading.read(Fields.of(table, "a row")));
  }

  /// Turns named fields into a value.
  @FunctionalInterface
  interface FieldReading<T> {
    T read(Fields fields) throws MalformedException;
  }

  static Instant time(Fields fields, String name) throws MalformedException {
    return Instant.ofEpochMilli(fields.requiredNumber(name, 0, Long.MAX_VALUE));
  }

  static List<Cid> links(Fields fields, String name) throws MalformedException {
    List<Cid> links = new ArrayList<>();
    for (Item item : fields.array(name).orElse(List.of())) {
      if (!(item instanceof Item.Link(Cid cid))) {
        throw new MalformedException(name + " holds something else than links");
      }
      links.add(cid);
    }
    return links;
  }
}
