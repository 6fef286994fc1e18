package org.promisegrid.kernel.function;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// Reads schemas from maps: keywords that don't belong to the type are refused as unknown.
final class SchemaReader {

  private SchemaReader() {}

  /// @param path where the schema stands, for messages
  static Schema read(Item item, String path, int depth) throws MalformedException {
    if (depth > Schema.MAX_DEPTH) {
      throw new MalformedException(path + ": schemas nested deeper than " + Schema.MAX_DEPTH);
    }
    Fields fields = Fields.of(item, path);
    Optional<Item> defaultValue = fields.item("default");
    Optional<List<Item>> choices = fields.array("enum");
    if (choices.filter(List::isEmpty).isPresent()) {
      throw new MalformedException(path + ": enum is empty");
    }
    String description = fields.text("description").orElse("");
    try {
      Type type = type(fields, path, depth);
      fields.end();
      return new Schema(type, defaultValue, choices.orElse(List.of()), description);
    } catch (IllegalArgumentException e) {
      throw new MalformedException(path + ": " + e.getMessage(), e);
    }
  }

  private static Type type(Fields fields, String path, int depth) throws MalformedException {
    return switch (fields.requiredText("type")) {
      case "null" -> new Type.Null();
      case "boolean" -> new Type.Bool();
      case "integer" ->
          new Type.Int(
              fields.number("minimum", Long.MIN_VALUE, Long.MAX_VALUE).orElse(Long.MIN_VALUE),
              fields.number("maximum", Long.MIN_VALUE, Long.MAX_VALUE).orElse(Long.MAX_VALUE));
      case "number" ->
          new Type.Num(
              decimal(fields.item("minimum"), path), decimal(fields.item("maximum"), path));
      case "string" -> new Type.Text(least(fields, "minLength"), most(fields, "maxLength"));
      case "bytes" -> new Type.Bytes(least(fields, "minLength"), most(fields, "maxLength"));
      case "link" -> new Type.Link();
      case "array" ->
          new Type.Array(
              read(fields.requiredTable("items"), path + ".items", depth + 1),
              least(fields, "minItems"),
              most(fields, "maxItems"));
      case "object" -> object(fields, path, depth);
      default ->
          throw new MalformedException(
              path
                  + ": type is none of null, boolean, integer, number, string, bytes, link, array,"
                  + " object");
    };
  }

  private static Type object(Fields fields, String path, int depth) throws MalformedException {
    Map<String, Schema> properties = new LinkedHashMap<>();
    Item.Table described = fields.table("properties").orElse(Item.EMPTY);
    for (Map.Entry<Item, Item> entry : described.entries().entrySet()) {
      if (!(entry.getKey() instanceof Item.Text(String name))) {
        throw new MalformedException(path + ": a property's name is not text");
      }
      properties.put(name, read(entry.getValue(), path + ".properties." + name, depth + 1));
    }
    List<Item> required = fields.array("required").orElse(List.of());
    return new Type.Table(
        properties, Texts.of(required, path + ": required"), rest(fields, path, depth));
  }

  private static Type.Rest rest(Fields fields, String path, int depth) throws MalformedException {
    Optional<Item> rest = fields.item("additionalProperties");
    if (rest.isEmpty()) {
      return new Type.Rest.None();
    }
    if (rest.get() instanceof Item.Bool(boolean any)) {
      return any ? new Type.Rest.Any() : new Type.Rest.None();
    }
    return new Type.Rest.Each(read(rest.get(), path + ".additionalProperties", depth + 1));
  }

  private static Optional<Decimal> decimal(Optional<Item> bound, String path)
      throws MalformedException {
    if (bound.isEmpty()) {
      return Optional.empty();
    }
    return switch (bound.get()) {
      case Item.Int(long whole) -> Optional.of(Decimal.of(whole));
      case Item.Text(String text) -> Optional.of(Decimal.parse(text));
      default -> throw new MalformedException(path + ": a bound is not a decimal number");
    };
  }

  private static int least(Fields fields, String key) throws MalformedException {
    return (int) fields.number(key, 0, Type.MOST).orElse(0);
  }

  private static int most(Fields fields, String key) throws MalformedException {
    return (int) fields.number(key, 0, Type.MOST).orElse(Type.MOST);
  }
}
