package org.promisegrid.kernel.function;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// Brings a value into the canonical form that its schema asks for. What is typed already stays;
/// text becomes what the schema names; each value has one form, however it was given.
final class Coercion {

  private static final Pattern WHOLE = Pattern.compile("-?[1-9][0-9]{0,18}|0");

  // The rest of the 64 levels of an item: at most 17 of schemas, and what calls and receipts put
  // around their parameters.
  private static final int MAX_DEPTH = 40;

  private Coercion() {}

  /// The canonical form of `value`; coercing it again changes nothing.
  static Item coerce(Schema schema, Item value, String path) throws InvalidException {
    if (value instanceof Item.Null && schema.defaultValue().filter(Item.NULL::equals).isPresent()) {
      return value;
    }
    Item canonical = coerce(schema.type(), value, path);
    if (!schema.choices().isEmpty() && !schema.choices().contains(canonical)) {
      throw new InvalidException(path, "one of " + Texts.shorten(schema.choices().toString()));
    }
    return canonical;
  }

  static Item coerce(Type type, Item value, String path) throws InvalidException {
    return switch (type) {
      case Type.Null _ -> nothing(value, path);
      case Type.Bool _ -> bool(value, path);
      case Type.Int whole -> whole(whole, value, path);
      case Type.Num number -> number(number, value, path);
      case Type.Text text -> text(text, value, path);
      case Type.Bytes bytes -> bytes(bytes, value, path);
      case Type.Link _ -> link(value, path);
      case Type.Array array -> array(array, value, path);
      case Type.Table table -> table(table, value, path);
    };
  }

  private static Item nothing(Item value, String path) throws InvalidException {
    if (value instanceof Item.Null || value.equals(Item.of("null"))) {
      return Item.NULL;
    }
    throw new InvalidException(path, "null");
  }

  private static Item bool(Item value, String path) throws InvalidException {
    return switch (value) {
      case Item.Bool typed -> typed;
      case Item.Text(String text) when text.equals("true") -> Item.TRUE;
      case Item.Text(String text) when text.equals("false") -> Item.FALSE;
      default -> throw new InvalidException(path, "true or false");
    };
  }

  private static Item whole(Type.Int type, Item value, String path) throws InvalidException {
    long number =
        switch (value) {
          case Item.Int(long typed) -> typed;
          case Item.Text(String text) when WHOLE.matcher(text).matches() -> parse(text, path);
          default ->
              throw new InvalidException(
                  path, "a whole number, written without + or leading zeros, such as 320");
        };
    if (number < type.minimum() || number > type.maximum()) {
      throw new InvalidException(path, "a whole number " + within(type));
    }
    return Item.of(number);
  }

  private static long parse(String text, String path) throws InvalidException {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException _) {
      // All that is left after the pattern: 19 digits beyond 64 bits.
      throw new InvalidException(path, "a whole number of 64 bits");
    }
  }

  private static String within(Type.Int type) {
    if (type.minimum() == Long.MIN_VALUE) {
      return "up to " + type.maximum();
    }
    return type.maximum() == Long.MAX_VALUE
        ? "from " + type.minimum()
        : "from " + type.minimum() + " to " + type.maximum();
  }

  private static Item number(Type.Num type, Item value, String path) throws InvalidException {
    Decimal number = decimal(value, path);
    if (type.minimum().filter(least -> number.compareTo(least) < 0).isPresent()) {
      throw new InvalidException(path, "a number from " + type.minimum().get().text());
    }
    if (type.maximum().filter(most -> number.compareTo(most) > 0).isPresent()) {
      throw new InvalidException(path, "a number up to " + type.maximum().get().text());
    }
    return Item.of(number.text());
  }

  private static Decimal decimal(Item value, String path) throws InvalidException {
    try {
      return switch (value) {
        case Item.Int(long whole) -> Decimal.of(whole);
        case Item.Text(String text) -> Decimal.parse(text);
        default -> throw new IllegalArgumentException("neither text nor a whole number");
      };
    } catch (IllegalArgumentException _) {
      // Whatever the reason, what it should be says all.
      throw new InvalidException(
          path, "a decimal number of at most " + Decimal.MAX_DIGITS + " digits, such as 1.5");
    }
  }

  private static Item text(Type.Text type, Item value, String path) throws InvalidException {
    if (!(value instanceof Item.Text(String text)) || !Texts.isUnicode(text)) {
      throw new InvalidException(path, "text");
    }
    length(
        text.codePointCount(0, text.length()),
        type.minLength(),
        type.maxLength(),
        path,
        "text of",
        "characters");
    return value;
  }

  /// Text stands for its UTF-8 bytes.
  private static Item bytes(Type.Bytes type, Item value, String path) throws InvalidException {
    Item.Bytes bytes =
        switch (value) {
          case Item.Bytes typed -> typed;
          case Item.Text(String text) when Texts.isUnicode(text) ->
              Item.of(text.getBytes(StandardCharsets.UTF_8));
          default -> throw new InvalidException(path, "bytes");
        };
    length(bytes.length(), type.minLength(), type.maxLength(), path, "", "bytes");
    return bytes;
  }

  private static Item link(Item value, String path) throws InvalidException {
    if (value instanceof Item.Link) {
      return value;
    }
    if (value instanceof Item.Text(String text)) {
      try {
        return Item.of(Cid.parse(text));
      } catch (IllegalArgumentException _) {
        // Told below, as for everything else that is no CID.
        throw new InvalidException(path, "a CID, bafkrei…");
      }
    }
    throw new InvalidException(path, "a CID, bafkrei…");
  }

  private static Item array(Type.Array type, Item value, String path) throws InvalidException {
    if (!(json(value, path, "a JSON array") instanceof Item.Array(List<Item> items))) {
      throw new InvalidException(path, "an array");
    }
    length(items.size(), type.minItems(), type.maxItems(), path, "an array of", "elements");
    List<Item> canonical = new ArrayList<>(items.size());
    for (int i = 0; i < items.size(); i++) {
      canonical.add(coerce(type.items(), items.get(i), path + "[" + i + "]"));
    }
    return Item.array(canonical);
  }

  private static Item table(Type.Table type, Item value, String path) throws InvalidException {
    if (!(json(value, path, "a JSON object") instanceof Item.Table given)) {
      throw new InvalidException(path, "an object");
    }
    Map<String, Item> canonical = new LinkedHashMap<>();
    for (Map.Entry<Item, Item> entry : given.entries().entrySet()) {
      String name = name(entry.getKey(), path);
      if (!type.properties().containsKey(name)) {
        canonical.put(name, rest(type, entry.getValue(), path, name));
      }
    }
    for (Map.Entry<String, Schema> property : type.properties().entrySet()) {
      String name = property.getKey();
      property(
              property.getValue(),
              type.required().contains(name),
              given.get(name),
              path + "." + name)
          .ifPresent(item -> canonical.put(name, item));
    }
    return Item.table(canonical);
  }

  private static Optional<Item> property(
      Schema schema, boolean required, Optional<Item> given, String path) throws InvalidException {
    if (given.isEmpty() && required) {
      throw new InvalidException(path, "a value");
    }
    Optional<Item> present = given.isPresent() ? given : schema.defaultValue();
    if (present.isEmpty()) {
      return present;
    }
    Item value = coerce(schema, present.get(), path);
    // Null in place of a value is the same as no value; where null *is* the value, it stays.
    return value instanceof Item.Null && !(schema.type() instanceof Type.Null)
        ? Optional.empty()
        : Optional.of(value);
  }

  private static Item rest(Type.Table type, Item value, String path, String name)
      throws InvalidException {
    return switch (type.rest()) {
      case Type.Rest.None _ ->
          throw new InvalidException(
              path,
              "no property '"
                  + Texts.shorten(name)
                  + "' but "
                  + Texts.shorten(type.properties().keySet().toString()));
      case Type.Rest.Each each -> coerce(each.schema(), value, path + "." + Texts.shorten(name));
      case Type.Rest.Any _ -> any(value, path + "." + Texts.shorten(name), 0);
    };
  }

  /// A value that no schema describes: anything that JSON can say, as it is.
  private static Item any(Item value, String path, int depth) throws InvalidException {
    if (depth > MAX_DEPTH) {
      throw new InvalidException(path, "at most " + MAX_DEPTH + " levels");
    }
    switch (value) {
      case Item.Null _, Item.Bool _, Item.Int _, Item.Bytes _, Item.Link _ -> {}
      case Item.Text(String text) when Texts.isUnicode(text) -> {}
      case Item.Text _ -> throw new InvalidException(path, "text");
      case Item.Array(List<Item> items) -> {
        for (Item item : items) {
          any(item, path, depth + 1);
        }
      }
      case Item.Table(Map<Item, Item> entries) -> {
        for (Map.Entry<Item, Item> entry : entries.entrySet()) {
          name(entry.getKey(), path);
          any(entry.getValue(), path, depth + 1);
        }
      }
      case Item.Tagged _ -> throw new InvalidException(path, "a value without tags");
    }
    return value;
  }

  /// The name `/` is taken: in JSON it marks links and bytes.
  private static String name(Item key, String path) throws InvalidException {
    if (key instanceof Item.Text(String name) && Texts.isUnicode(name) && !name.equals("/")) {
      return name;
    }
    throw new InvalidException(path, "names that are text, none of them /");
  }

  private static Item json(Item value, String path, String expected) throws InvalidException {
    if (!(value instanceof Item.Text(String text))) {
      return value;
    }
    try {
      return Json.read(text);
    } catch (MalformedException e) {
      throw new InvalidException(path, expected + ": " + e.getMessage());
    }
  }

  private static void length(int length, int least, int most, String path, String what, String unit)
      throws InvalidException {
    if (length >= least && length <= most) {
      return;
    }
    String range = most == Type.MOST ? least + " or more " : least + " to " + most + " ";
    throw new InvalidException(path, (what + " " + range + unit).strip());
  }
}
