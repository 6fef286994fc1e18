package org.promisegrid.kernel.stack;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// The pieces that what is wanted of a service consists of: text, paths, lists and tables, each
/// bounded.
final class Entries {

  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final int LONGEST = 4096;
  private static final int MOST_ENTRIES = 256;

  // Printable ASCII, as wherever a path gets into an engine's own syntax; a bind's source as well.
  private static final Pattern PATH =
      Pattern.compile("(?:/(?!\\.{1,2}(?:/|$))[\\x21-\\x7e&&[^/:,]]+)+");
  static final Pattern SOURCE = Pattern.compile("/|(?:/(?!\\.{1,2}(?:/|$))[\\x20-\\x7e&&[^/]]+)+");
  static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}");

  private Entries() {}

  static Duration time(Fields fields, String name, long least, Duration otherwise)
      throws MalformedException {
    return Duration.ofMillis(fields.number(name, least, DAY).orElse(otherwise.toMillis()));
  }

  static List<Item> list(Fields fields, String name) throws MalformedException {
    return bounded(fields.array(name).orElse(List.of()), name);
  }

  private static List<Item> bounded(List<Item> items, String name) throws MalformedException {
    if (items.size() > MOST_ENTRIES) {
      throw new MalformedException(name + ": more than " + MOST_ENTRIES);
    }
    return items;
  }

  static Map<String, Item> entries(Fields fields, String name) throws MalformedException {
    Item.Table table = fields.table(name).orElse(Item.EMPTY);
    if (table.entries().size() > MOST_ENTRIES) {
      throw new MalformedException(name + ": more than " + MOST_ENTRIES);
    }
    Map<String, Item> entries = new TreeMap<>();
    for (Map.Entry<Item, Item> entry : table.entries().entrySet()) {
      if (!(entry.getKey() instanceof Item.Text(String key))) {
        throw new MalformedException(name + ": a name is not text");
      }
      entries.put(key, entry.getValue());
    }
    return entries;
  }

  static Optional<List<String>> texts(Fields fields, String name) throws MalformedException {
    Optional<List<Item>> items = fields.array(name);
    if (items.isEmpty()) {
      return Optional.empty();
    }
    bounded(items.get(), name);
    List<String> texts = new ArrayList<>();
    for (Item item : items.get()) {
      texts.add(text(item, name));
    }
    return Optional.of(texts);
  }

  static String text(Item item, String what) throws MalformedException {
    if (!(item instanceof Item.Text(String text))
        || text.indexOf('\0') >= 0
        || text.length() > LONGEST * 8) {
      throw new MalformedException(what + " is not text without NUL, of at most 32,768 characters");
    }
    return text;
  }

  static String path(String text, String what) throws MalformedException {
    return matching(PATH, text, what + ": a path, absolute, without empty, . and .. parts,");
  }

  static String matching(Pattern pattern, String text, String what) throws MalformedException {
    if (text.length() > LONGEST || !pattern.matcher(text).matches()) {
      throw new MalformedException(what + " is not " + shorten(text));
    }
    return text;
  }

  static <T> List<T> distinct(List<T> values, String what) throws MalformedException {
    if (new HashSet<>(values).size() != values.size()) {
      throw new MalformedException(what + ": one stands there twice");
    }
    return values;
  }

  static String shorten(String text) {
    String shown = text.length() <= 60 ? text : text.substring(0, 60) + "…";
    return shown.replaceAll("[^\\x20-\\x7e…]", "?");
  }
}
