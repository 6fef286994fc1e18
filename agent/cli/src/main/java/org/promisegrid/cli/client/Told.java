package org.promisegrid.cli.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// A map in an answer, whose fields are what its function's document promises; where one isn't, the
/// agent is at fault.
///
/// @param what it is, for complaints
public record Told(Item.Table table, String what) {

  /// Takes an item for a map.
  public static Told of(Item item, String what) {
    if (item instanceof Item.Table table) {
      return new Told(table, what);
    }
    throw broken(what, "is not a map");
  }

  public String text(String name) {
    return maybeText(name).orElseThrow(() -> lacking(name));
  }

  public Optional<String> maybeText(String name) {
    return typed(name, Item.Text.class, "text").map(Item.Text::value);
  }

  public long number(String name) {
    OptionalLong number = maybeNumber(name);
    if (number.isEmpty()) {
      throw lacking(name);
    }
    return number.getAsLong();
  }

  public OptionalLong maybeNumber(String name) {
    return typed(name, Item.Int.class, "a number").stream().mapToLong(Item.Int::value).findFirst();
  }

  /// Whether it says so; what isn't there isn't so.
  public boolean is(String name) {
    return typed(name, Item.Bool.class, "a boolean").map(Item.Bool::value).orElse(false);
  }

  public Cid link(String name) {
    return maybeLink(name).orElseThrow(() -> lacking(name));
  }

  public Optional<Cid> maybeLink(String name) {
    return typed(name, Item.Link.class, "a link").map(Item.Link::cid);
  }

  public byte[] bytes(String name) {
    return typed(name, Item.Bytes.class, "bytes")
        .map(Item.Bytes::value)
        .orElseThrow(() -> lacking(name));
  }

  /// The items of a list; none, if there is no list.
  public List<Item> items(String name) {
    return typed(name, Item.Array.class, "a list").map(Item.Array::items).orElse(List.of());
  }

  /// The maps of a list.
  public List<Told> list(String name) {
    return items(name).stream().map(item -> of(item, what + ": " + name)).toList();
  }

  /// A map inside; empty, if it isn't there.
  public Told map(String name) {
    return of(table.get(name).orElse(Item.EMPTY), what + ": " + name);
  }

  /// The names of the fields, in the order of the encoding.
  public List<String> names() {
    List<String> names = new ArrayList<>();
    for (Map.Entry<Item, Item> entry : table.entries().entrySet()) {
      if (entry.getKey() instanceof Item.Text(String name)) {
        names.add(name);
      }
    }
    return names;
  }

  private Failure lacking(String name) {
    return broken(what, "has no " + name);
  }

  private <I extends Item> Optional<I> typed(String name, Class<I> type, String expected) {
    Optional<Item> item = table.get(name);
    if (item.isPresent() && !type.isInstance(item.get())) {
      throw broken(what, name + " is not " + expected);
    }
    return item.map(type::cast);
  }

  private static Failure broken(String what, String why) {
    return Failure.agent("the agent's answer isn't what " + what + " promises: " + why);
  }
}
