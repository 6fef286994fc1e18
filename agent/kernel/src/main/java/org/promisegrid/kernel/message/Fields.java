package org.promisegrid.kernel.message;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.promisegrid.sandbox.Cid;

/// Takes a map with text keys apart: asks for each field by name and type, and in the end
/// [refuses][#end] whatever nobody asked for.
public final class Fields {

  private static final int LONGEST_SHOWN = 60;

  private final Item.Table table;
  private final String what;
  private final List<String> asked = new ArrayList<>();
  private int found;

  private Fields(Item.Table table, String what) {
    this.table = table;
    this.what = what;
  }

  /// Starts on `item`, which complaints call `what`.
  ///
  /// @throws MalformedException if it isn't a map
  public static Fields of(Item item, String what) throws MalformedException {
    if (item instanceof Item.Table table) {
      return new Fields(table, what);
    }
    throw new MalformedException(what + " is not a map");
  }

  /// Says that every field has been asked for.
  ///
  /// @throws MalformedException if there is another one
  public void end() throws MalformedException {
    if (found == table.entries().size()) {
      return;
    }
    for (Item key : table.entries().keySet()) {
      if (!(key instanceof Item.Text name) || !asked.contains(name.value())) {
        throw new MalformedException(what + " has an unknown field " + shorten(key));
      }
    }
  }

  /// The fields that nobody has asked for so far.
  public Item.Table rest() {
    Item.TableBuilder rest = Item.table();
    table
        .entries()
        .forEach((key, value) -> {
          if (key instanceof Item.Text name && !asked.contains(name.value())) {
            rest.put(name.value(), value);
          }
        });
    return rest.build();
  }

  /// Whatever the field holds.
  public Optional<Item> item(String name) {
    asked.add(name);
    Optional<Item> value = table.get(name);
    if (value.isPresent()) {
      found++;
    }
    return value;
  }

  public Optional<String> text(String name) throws MalformedException {
    return typed(name, Item.Text.class, "text", Item.Text::value);
  }

  public Optional<Boolean> bool(String name) throws MalformedException {
    return typed(name, Item.Bool.class, "true or false", Item.Bool::value);
  }

  public Optional<Item.Bytes> bytes(String name) throws MalformedException {
    return typed(name, Item.Bytes.class, "a byte string", Function.identity());
  }

  public Optional<Cid> link(String name) throws MalformedException {
    return typed(name, Item.Link.class, "a link", Item.Link::cid);
  }

  public Optional<Item.Table> table(String name) throws MalformedException {
    return typed(name, Item.Table.class, "a map", Function.identity());
  }

  public Optional<List<Item>> array(String name) throws MalformedException {
    return typed(name, Item.Array.class, "an array", Item.Array::items);
  }

  /// A whole number from `least` to `most`.
  public OptionalLong number(String name, long least, long most) throws MalformedException {
    Optional<Long> value = typed(name, Item.Int.class, "a whole number", Item.Int::value);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    if (value.get() < least || value.get() > most) {
      throw new MalformedException(
          what + ": " + name + " is " + value.get() + ", not from " + least + " to " + most);
    }
    return OptionalLong.of(value.get());
  }

  /// One of the words of an enum, in lower case.
  public <E extends Enum<E>> Optional<E> word(String name, Class<E> words)
      throws MalformedException {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    for (E word : words.getEnumConstants()) {
      if (Words.of(word).equals(text.get())) {
        return Optional.of(word);
      }
    }
    throw new MalformedException(
        what
            + ": "
            + name
            + " is "
            + shorten(Item.of(text.get()))
            + ", none of "
            + Words.all(words));
  }

  /// The value of a field that must be there.
  public <T> T required(String name, Optional<T> value) throws MalformedException {
    if (value.isEmpty()) {
      throw new MalformedException(what + " has no " + name);
    }
    return value.get();
  }

  public String requiredText(String name) throws MalformedException {
    return required(name, text(name));
  }

  public Item.Bytes requiredBytes(String name) throws MalformedException {
    return required(name, bytes(name));
  }

  public Cid requiredLink(String name) throws MalformedException {
    return required(name, link(name));
  }

  public Item.Table requiredTable(String name) throws MalformedException {
    return required(name, table(name));
  }

  public long requiredNumber(String name, long least, long most) throws MalformedException {
    OptionalLong value = number(name, least, most);
    if (value.isEmpty()) {
      throw new MalformedException(what + " has no " + name);
    }
    return value.getAsLong();
  }

  public <E extends Enum<E>> E requiredWord(String name, Class<E> words) throws MalformedException {
    return required(name, word(name, words));
  }

  private <I extends Item, T> Optional<T> typed(
      String name, Class<I> type, String expected, Function<I, T> value) throws MalformedException {
    Optional<Item> item = item(name);
    if (item.isEmpty()) {
      return Optional.empty();
    }
    if (!type.isInstance(item.get())) {
      throw new MalformedException(what + ": " + name + " is not " + expected);
    }
    return Optional.of(value.apply(type.cast(item.get())));
  }

  /// The beginning of a name that a stranger chose, with whatever a terminal would obey escaped.
  private static String shorten(Item key) {
    Item shown =
        key instanceof Item.Text(String name) && name.length() > LONGEST_SHOWN
            ? Item.of(name.substring(0, LONGEST_SHOWN) + "…")
            : key;
    return Diagnostic.of(shown);
  }
}
