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
    return table
        .get(name)
        .map(item -> item instanceof Item.Text(String text) ? text : wrong(name, "text"));
  }

  public long number(String name) {
    OptionalLong number = maybeNumber(name);
    if (number.isEmpty()) {
      throw lacking(name);
    }
    return number.getAsLong();
  }

  public OptionalLong maybeNumber(String name) {
    Optional<Item> item = table.get(name);
    if (item.isEmpty()) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(
        item.get() instanceof Item.Int(long number) ? number : wrong(name, "a number"));
  }

  /// Whether it says so; what isn't there isn't so.
  public boolean is(String name) {
    return table
        .get(name)
        .map(item -> item instanceof Item.Bool(boolean bool) ? bool : wrong(name, "a boolean"))
        .orElse(false);
  }

  public Cid link(String name) {
    return maybeLink(name).orElseThrow(() -> lacking(name));
  }

  public Optional<Cid> maybeLink(String name) {
    return table
        .get(name)
        .map(item -> item instanceof Item.Link(Cid cid) ? cid : wrong(name, "a link"));
  }

  public byte[] bytes(String name) {
    return table
        .get(name)
        .map(item -> item instanceof Item.Bytes bytes ? bytes.value() : wrong(name, "bytes"))
        .orElseThrow(() -> lacking(name));
  }

  /// The items of a list; none, if there is no list.
  public List<Item> items(String name) {
    return table
        .get(name)
        .map(item ->
            item instanceof Item.Array(List<Item> items)
                ? items
                : this.<List<Item>>wrong(name, "a list"))
        .orElse(List.of());
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

  private <T> T wrong(String name, String expected) {
    throw broken(what, name + " is not " + expected);
  }

  private static Failure broken(String what, String why) {
    return Failure.agent("the agent's answer isn't what " + what + " promises: " + why);
  }
}
