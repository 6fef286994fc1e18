package org.promisegrid.kernel.message;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The entries of a map, in the order of their encoding: two arrays, found in by bisection. Most
/// maps are small, and a message holds several; a hash table each would cost more than it saves.
final class Entries extends AbstractMap<Item, Item> {

  private final Item[] keys;
  private final Item[] values;

  /// Takes over two arrays of equal length, the keys in ascending order.
  Entries(Item[] keys, Item[] values) {
    this.keys = keys;
    this.values = values;
  }

  /// The entries of `map`.
  ///
  /// @throws IllegalArgumentException if a key is neither text nor a number
  static Entries of(Map<Item, Item> map) {
    if (map instanceof Entries entries) {
      return entries;
    }
    List<Map.Entry<Item, Item>> sorted = new ArrayList<>(map.entrySet());
    sorted.forEach(entry -> requireKey(entry.getKey()));
    sorted.sort(Map.Entry.comparingByKey(Entries::compare));
    Item[] keys = new Item[sorted.size()];
    Item[] values = new Item[sorted.size()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = sorted.get(i).getKey();
      values[i] = Objects.requireNonNull(sorted.get(i).getValue());
    }
    return new Entries(keys, values);
  }

  private static void requireKey(Item key) {
    boolean good =
        switch (key) {
          case Item.Int _ -> true;
          case Item.Text text -> Utf8.length(text.value()) >= 0;
          default -> false;
        };
    if (!good) {
      throw new IllegalArgumentException("a map key is a whole number or valid Unicode text");
    }
  }

  /// Orders keys as their encodings compare, bytewise: numbers from 0 up, numbers from -1 down,
  /// text by its length in bytes and then by its bytes.
  static int compare(Item a, Item b) {
    if (a instanceof Item.Text(String left) && b instanceof Item.Text(String right)) {
      int lengths = Long.compare(Utf8.length(left), Utf8.length(right));
      return lengths != 0 ? lengths : Utf8.compare(left, right);
    }
    if (a instanceof Item.Int(long left) && b instanceof Item.Int(long right)) {
      // As an unsigned number, a negative one is greater than all others; of two negative ones the
      // complements tell.
      return left < 0 && right < 0 ? Long.compare(right, left) : Long.compareUnsigned(left, right);
    }
    return a instanceof Item.Int ? -1 : 1;
  }

  Item key(int index) {
    return keys[index];
  }

  Item value(int index) {
    return values[index];
  }

  @Override
  public int size() {
    return keys.length;
  }

  @Override
  public @Nullable Item get(@Nullable Object key) {
    int index = find(key);
    return index < 0 ? null : values[index];
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return find(key) >= 0;
  }

  private int find(@Nullable Object key) {
    return key instanceof Item item && (item instanceof Item.Text || item instanceof Item.Int)
        ? Arrays.binarySearch(keys, item, Entries::compare)
        : -1;
  }

  @Override
  public Set<Map.Entry<Item, Item>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public int size() {
        return keys.length;
      }

      @Override
      public Iterator<Map.Entry<Item, Item>> iterator() {
        return new Iterator<>() {
          private int next;

          @Override
          public boolean hasNext() {
            return next < keys.length;
          }

          @Override
          public Map.Entry<Item, Item> next() {
            if (next == keys.length) {
              throw new NoSuchElementException();
            }
            return Map.entry(keys[next], values[next++]);
          }
        };
      }
    };
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Entries entries
        ? Arrays.equals(keys, entries.keys) && Arrays.equals(values, entries.values)
        : super.equals(other);
  }

  @Override
  public int hashCode() {
    return super.hashCode();
  }
}
