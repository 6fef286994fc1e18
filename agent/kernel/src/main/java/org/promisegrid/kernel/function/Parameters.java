package org.promisegrid.kernel.function;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;

/// A function's parameters, in declared order.
public record Parameters(List<Parameter> list) {

  /// Most parameters of a function.
  public static final int MOST = 256;

  /// Most data items of a call's canonical parameters, and most bytes of their encoding: what a
  /// text of JSON unfolds to must still fit into the receipt, which repeats it.
  public static final int MOST_ITEMS = 32_768;

  public static final int MOST_BYTES = 1 << 20;

  public static final Parameters NONE = new Parameters(List.of());

  /// @throws IllegalArgumentException if a name is there twice, or there are more than [#MOST]
  public Parameters {
    list = List.copyOf(list);
    if (list.size() > MOST) {
      throw new IllegalArgumentException("more than " + MOST + " parameters");
    }
    Set<String> names = new HashSet<>();
    for (Parameter parameter : list) {
      if (!names.add(parameter.name())) {
        throw new IllegalArgumentException("parameter '" + parameter.name() + "' is there twice");
      }
    }
  }

  public Optional<Parameter> named(String name) {
    return list.stream().filter(parameter -> parameter.name().equals(name)).findFirst();
  }

  /// The canonical parameters of a call, which go into its key and its arguments: coerced by
  /// schema, bound ones merged in, defaults filled in. A parameter that stays away isn't in the
  /// map; null is the same as staying away. Coercing the outcome again changes nothing.
  ///
  /// @param given what the caller passes; text stands for a value of any type
  /// @param bound what the tokens bind: it is as if it were passed, and passing another value is
  ///   refused. A parameter bound to null must stay away
  /// @throws InvalidException if a name is unknown, a value isn't what its schema asks for, a
  ///   parameter that must be given isn't, or one that is bound is passed with another value
  public Item.Table coerce(Item.Table given, Item.Table bound) throws InvalidException {
    known(given);
    known(bound);
    Map<String, Item> canonical = new LinkedHashMap<>();
    for (Parameter parameter : list) {
      String name = parameter.name();
      Item value = value(parameter, given.get(name), bound.get(name));
      if (!(value instanceof Item.Null)) {
        canonical.put(name, value);
      }
    }
    Item.Table table = Item.table(canonical);
    if (items(table) > MOST_ITEMS || Cbor.encode(table).length > MOST_BYTES) {
      throw new InvalidException(
          "parameters", "at most " + MOST_ITEMS + " items and " + MOST_BYTES + " bytes together");
    }
    return table;
  }

  private static long items(Item item) {
    return switch (item) {
      case Item.Array(List<Item> elements) ->
          1 + elements.stream().mapToLong(Parameters::items).sum();
      case Item.Table(Map<Item, Item> entries) ->
          1 + entries.values().stream().mapToLong(value -> 1 + items(value)).sum();
      case Item.Null _, Item.Bool _, Item.Int _, Item.Text _, Item.Bytes _, Item.Link _ -> 1;
      case Item.Tagged tagged -> 1 + items(tagged.item());
    };
  }

  private static Item value(Parameter parameter, Optional<Item> given, Optional<Item> bound)
      throws InvalidException {
    Schema schema = parameter.schema();
    String name = parameter.name();
    if (bound.isPresent()) {
      Item fixed = Coercion.coerce(schema, bound.get(), name);
      if (given.isPresent() && !Coercion.coerce(schema, given.get(), name).equals(fixed)) {
        throw InvalidException.bound(name);
      }
      return fixed;
    }
    Optional<Item> present = given.isPresent() ? given : schema.defaultValue();
    if (present.isEmpty()) {
      throw new InvalidException(name, "a value: it has no default");
    }
    return Coercion.coerce(schema, present.get(), name);
  }

  private void known(Item.Table values) throws InvalidException {
    for (Item key : values.entries().keySet()) {
      if (!(key instanceof Item.Text(String name))) {
        throw new InvalidException(Texts.shorten(key.toString()), "a name that is text");
      }
      if (named(name).isEmpty()) {
        List<String> names = list.stream().map(Parameter::name).toList();
        throw new InvalidException(
            Texts.shorten(name),
            names.isEmpty()
                ? "no parameters at all"
                : "one of the parameters " + Texts.shorten(names.toString()));
      }
    }
  }
}
