package org.promisegrid.kernel.function;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// What one value must be: a subset of [JSON Schema](https://json-schema.org), with `bytes` and
/// `link` added and floats taken away.
///
/// @param defaultValue what stands for a value that isn't there. Null means that it may stay away:
///   only then may null be given too
/// @param choices the only values there can be (`enum`), in the author's order; empty for no such
///   bound
/// @param description for people; empty if there is none
public record Schema(
    Type type, Optional<Item> defaultValue, List<Item> choices, String description) {

  /// Deepest nesting of schemas.
  public static final int MAX_DEPTH = 16;

  static final int MOST_CHOICES = 1024;
  static final int LONGEST_DESCRIPTION = 1000;

  /// Makes default and choices canonical.
  ///
  /// @throws IllegalArgumentException if they contradict the type or one another
  public Schema {
    choices = canonical(type, choices);
    if (choices.size() > MOST_CHOICES) {
      throw new IllegalArgumentException("more than " + MOST_CHOICES + " values in enum");
    }
    if (new HashSet<>(choices).size() < choices.size()) {
      throw new IllegalArgumentException("a value is twice in enum");
    }
    if (defaultValue.isPresent() && !(defaultValue.get() instanceof Item.Null)) {
      Item value = canonical(type, defaultValue.get(), "default");
      if (!choices.isEmpty() && !choices.contains(value)) {
        throw new IllegalArgumentException("default isn't one of enum");
      }
      defaultValue = Optional.of(value);
    }
    if (description.codePointCount(0, description.length()) > LONGEST_DESCRIPTION
        || !Texts.isUnicode(description)) {
      throw new IllegalArgumentException(
          "description isn't text of at most " + LONGEST_DESCRIPTION + " characters");
    }
  }

  /// Any value of a type.
  public Schema(Type type) {
    this(type, Optional.empty(), List.of(), "");
  }

  /// Reads a schema and brings what it says into its canonical form.
  ///
  /// @throws MalformedException if it isn't one, or contradicts itself
  public static Schema of(Item.Table table) throws MalformedException {
    return SchemaReader.read(table, "schema", 0);
  }

  /// The one encoding of this schema; what is the default of a keyword is left out.
  public Item.Table table() {
    Item.TableBuilder table = Item.table().put("type", type.word()).put("default", defaultValue);
    if (!choices.isEmpty()) {
      table.put("enum", Item.array(choices));
    }
    if (!description.isEmpty()) {
      table.put("description", description);
    }
    switch (type) {
      case Type.Null _, Type.Bool _, Type.Link _ -> {}
      case Type.Int whole -> {
        if (whole.minimum() != Long.MIN_VALUE) {
          table.put("minimum", whole.minimum());
        }
        if (whole.maximum() != Long.MAX_VALUE) {
          table.put("maximum", whole.maximum());
        }
      }
      case Type.Num number ->
          table
              .put("minimum", number.minimum().map(least -> Item.of(least.text())))
              .put("maximum", number.maximum().map(most -> Item.of(most.text())));
      case Type.Text text ->
          lengths(table, "minLength", text.minLength(), "maxLength", text.maxLength());
      case Type.Bytes bytes ->
          lengths(table, "minLength", bytes.minLength(), "maxLength", bytes.maxLength());
      case Type.Array array -> {
        table.put("items", array.items().table());
        lengths(table, "minItems", array.minItems(), "maxItems", array.maxItems());
      }
      case Type.Table object -> object(table, object);
    }
    return table.build();
  }

  private static void object(Item.TableBuilder table, Type.Table object) {
    if (!object.properties().isEmpty()) {
      Map<String, Item> properties = new LinkedHashMap<>();
      object.properties().forEach((name, schema) -> properties.put(name, schema.table()));
      table.put("properties", Item.table(properties));
    }
    if (!object.required().isEmpty()) {
      table.put("required", Item.array(object.required().stream().map(Item::of).toList()));
    }
    switch (object.rest()) {
      case Type.Rest.None _ -> {}
      case Type.Rest.Any _ -> table.put("additionalProperties", true);
      case Type.Rest.Each each -> table.put("additionalProperties", each.schema().table());
    }
  }

  private static void lengths(
      Item.TableBuilder table, String low, int least, String high, int most) {
    if (least != 0) {
      table.put(low, least);
    }
    if (most != Type.MOST) {
      table.put(high, most);
    }
  }

  private static List<Item> canonical(Type type, List<Item> choices) {
    return choices.stream().map(choice -> canonical(type, choice, "enum")).toList();
  }

  private static Item canonical(Type type, Item value, String keyword) {
    try {
      return Coercion.coerce(type, value, keyword);
    } catch (InvalidException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
