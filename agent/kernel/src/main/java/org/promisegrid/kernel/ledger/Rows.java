package org.promisegrid.kernel.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// Reads and writes the tables that stand in rows of the index and in entries of the journal. Both
/// are of this agent's own making and verified, so that a wrong shape is its own defect.
final class Rows {

  private Rows() {}

  /// Turns a row into a value.
  @FunctionalInterface
  interface Reading<T> {
    T read(Item.Table table) throws MalformedException;
  }

  static byte[] encode(Item.Table table) {
    return Cbor.encode(table);
  }

  static <T> T read(byte[] row, Reading<T> reading) {
    try {
      if (Cbor.decode(row) instanceof Item.Table table) {
        return reading.read(table);
      }
      throw new MalformedException("not a table");
    } catch (MalformedException e) {
      throw new IllegalStateException("a row that this agent wrote doesn't read back", e);
    }
  }

  static Cid link(Item.Table table, String name) throws MalformedException {
    return optionalLink(table, name).orElseThrow(() -> missing(name));
  }

  static Optional<Cid> optionalLink(Item.Table table, String name) {
    return table.get(name).orElse(null) instanceof Item.Link(Cid cid)
        ? Optional.of(cid)
        : Optional.empty();
  }

  static List<Cid> links(Item.Table table, String name) throws MalformedException {
    if (!(table.get(name).orElse(null) instanceof Item.Array(List<Item> items))) {
      throw missing(name);
    }
    List<Cid> links = new ArrayList<>();
    for (Item item : items) {
      if (!(item instanceof Item.Link(Cid cid))) {
        throw missing(name);
      }
      links.add(cid);
    }
    return links;
  }

  static String text(Item.Table table, String name) throws MalformedException {
    if (table.get(name).orElse(null) instanceof Item.Text(String text)) {
      return text;
    }
    throw missing(name);
  }

  static long number(Item.Table table, String name) throws MalformedException {
    if (table.get(name).orElse(null) instanceof Item.Int(long number)) {
      return number;
    }
    throw missing(name);
  }

  static Optional<String> optionalText(Item.Table table, String name) {
    return table.get(name).orElse(null) instanceof Item.Text(String text)
        ? Optional.of(text)
        : Optional.empty();
  }

  static byte[] bytes(Item.Table table, String name) throws MalformedException {
    if (table.get(name).orElse(null) instanceof Item.Bytes bytes) {
      return bytes.value();
    }
    throw missing(name);
  }

  private static MalformedException missing(String name) {
    return new MalformedException("without a proper " + name);
  }
}
