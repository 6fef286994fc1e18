package org.promisegrid.kernel.function;

import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.promisegrid.kernel.message.Item;

/// Values as the text that a program reads. JSON is written without white space, with names in the
/// order of the encoding, numbers of the schema type `number` as JSON numbers, links and bytes as
/// in [DAG-JSON](https://ipld.io/specs/codecs/dag-json/spec/): one text for a value, so that equal
/// keys mean equal arguments.
final class JsonText {

  private static final HexFormat HEX = HexFormat.of();

  private JsonText() {}

  /// A value that stands alone: text as it is, a link's CID, bytes in base64 without padding, and
  /// JSON for everything else.
  static String plain(Type type, Item value) {
    return switch (value) {
      case Item.Text(String text) -> text;
      case Item.Link(var cid) -> cid.toString();
      case Item.Bytes bytes -> base64(bytes);
      case Item.Null _, Item.Bool _, Item.Int _, Item.Tagged _, Item.Array _, Item.Table _ ->
          json(type, value);
    };
  }

  static String json(Type type, Item value) {
    StringBuilder out = new StringBuilder();
    write(out, type, value);
    return out.toString();
  }

  private static void write(StringBuilder out, Type type, Item value) {
    switch (type) {
      case Type.Num _ when value instanceof Item.Text(String digits) -> out.append(digits);
      case Type.Array array when value instanceof Item.Array(List<Item> items) -> {
        String separator = "[";
        for (Item item : items) {
          write(out.append(separator), array.items().type(), item);
          separator = ",";
        }
        out.append(items.isEmpty() ? "[]" : "]");
      }
      case Type.Table table when value instanceof Item.Table(Map<Item, Item> entries) ->
          object(out, table, entries);
      case Type.Null _,
          Type.Bool _,
          Type.Int _,
          Type.Num _,
          Type.Text _,
          Type.Bytes _,
          Type.Link _,
          Type.Array _,
          Type.Table _ ->
          any(out, value);
    }
  }

  private static void object(StringBuilder out, Type.Table table, Map<Item, Item> entries) {
    String separator = "{";
    for (Map.Entry<Item, Item> entry : entries.entrySet()) {
      String name = ((Item.Text) entry.getKey()).value();
      quote(out.append(separator), name);
      out.append(':');
      separator = ",";
      Schema property = table.properties().get(name);
      if (property != null) {
        write(out, property.type(), entry.getValue());
      } else if (table.rest() instanceof Type.Rest.Each(Schema each)) {
        write(out, each.type(), entry.getValue());
      } else {
        any(out, entry.getValue());
      }
    }
    out.append(entries.isEmpty() ? "{}" : "}");
  }

  /// A value that no schema describes further.
  private static void any(StringBuilder out, Item value) {
    switch (value) {
      case Item.Null _, Item.Bool _, Item.Int _ -> out.append(value);
      case Item.Text(String text) -> quote(out, text);
      case Item.Link(var cid) -> out.append("{\"/\":\"").append(cid).append("\"}");
      case Item.Bytes bytes ->
          out.append("{\"/\":{\"bytes\":\"").append(base64(bytes)).append("\"}}");
      case Item.Array(List<Item> items) -> {
        String separator = "[";
        for (Item item : items) {
          any(out.append(separator), item);
          separator = ",";
        }
        out.append(items.isEmpty() ? "[]" : "]");
      }
      case Item.Table(Map<Item, Item> entries) -> {
        String separator = "{";
        for (Map.Entry<Item, Item> entry : entries.entrySet()) {
          quote(out.append(separator), ((Item.Text) entry.getKey()).value());
          any(out.append(':'), entry.getValue());
          separator = ",";
        }
        out.append(entries.isEmpty() ? "{}" : "}");
      }
      case Item.Tagged _ -> throw new IllegalArgumentException("a tag has no JSON");
    }
  }

  private static String base64(Item.Bytes bytes) {
    return Base64.getEncoder().withoutPadding().encodeToString(bytes.value());
  }

  private static void quote(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20) {
            out.append("\\u").append(HEX.toHexDigits(c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
