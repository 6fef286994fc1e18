package org.promisegrid.kernel.message;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;

/// One CBOR data item of the subset that grid messages are made of: no floats, no indefinite
/// lengths, integers of 64 bits. Items are immutable and compare by value.
public sealed interface Item {

  /// `null`.
  record Null() implements Item {
    @Override
    public String toString() {
      return "null";
    }
  }

  /// `true` or `false`.
  record Bool(boolean value) implements Item {
    @Override
    public String toString() {
      return Boolean.toString(value);
    }
  }

  /// A whole number from -2^63 to 2^63-1.
  record Int(long value) implements Item {
    @Override
    public String toString() {
      return Long.toString(value);
    }
  }

  /// Valid Unicode text.
  record Text(String value) implements Item {
    @Override
    public String toString() {
      return '"' + value + '"';
    }
  }

  /// A byte string.
  final class Bytes implements Item {
    private final byte[] value;

    private Bytes(byte[] value) {
      this.value = value;
    }

    /// The bytes; a copy.
    public byte[] value() {
      return value.clone();
    }

    public int length() {
      return value.length;
    }

    /// For the encoder beside this type, which doesn't change them.
    byte[] shared() {
      return value;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Bytes bytes && Arrays.equals(value, bytes.value);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(value);
    }

    @Override
    public String toString() {
      return value.length + " bytes";
    }
  }

  /// Tag 42: a CID. Links to content of another codec or hash stay [Tagged].
  record Link(Cid cid) implements Item {
    @Override
    public String toString() {
      return cid.toString();
    }
  }

  /// A tag that has no type of its own here, with what it marks.
  record Tagged(long tag, Item item) implements Item {
    /// @throws IllegalArgumentException if the tag is negative, or the whole is a [Link]: there is
    ///   one item for each encoding
    public Tagged {
      if (tag < 0) {
        throw new IllegalArgumentException("a tag is not negative");
      }
      if (tag == 42 && isLink(item)) {
        throw new IllegalArgumentException("that is a link");
      }
    }

    private static boolean isLink(Item item) {
      if (!(item instanceof Bytes bytes) || bytes.length() != 1 + Cid.SIZE || bytes.value[0] != 0) {
        return false;
      }
      try {
        Cid.fromBytes(Arrays.copyOfRange(bytes.value, 1, bytes.value.length));
        return true;
      } catch (IllegalArgumentException e) {
        return false;
      }
    }
  }

  /// A sequence.
  record Array(List<Item> items) implements Item {
    public Array {
      items = List.copyOf(items);
    }

    @Override
    public String toString() {
      return items.toString();
    }
  }

  /// A map; its keys are [Text] or [Int]. Entries are kept in the order of the encoding.
  record Table(Map<Item, Item> entries) implements Item {
    /// Sorts the entries.
    ///
    /// @throws IllegalArgumentException if a key is neither text nor a number
    public Table {
      List<Item> keys = new ArrayList<>(entries.keySet());
      keys.sort(Cbor.KEY_ORDER);
      Map<Item, Item> sorted = new LinkedHashMap<>();
      for (Item key : keys) {
        sorted.put(key, entries.get(key));
      }
      entries = Collections.unmodifiableMap(sorted);
    }

    /// The value of a text key.
    public Optional<Item> get(String key) {
      return Optional.ofNullable(entries.get(new Text(key)));
    }

    /// The value of a number key, as in COSE and CWT.
    public Optional<Item> get(long key) {
      return Optional.ofNullable(entries.get(new Int(key)));
    }

    @Override
    public String toString() {
      return entries.toString();
    }
  }

  Null NULL = new Null();
  Bool TRUE = new Bool(true);
  Bool FALSE = new Bool(false);
  Table EMPTY = new Table(Map.of());

  static Bool of(boolean value) {
    return value ? TRUE : FALSE;
  }

  static Int of(long value) {
    return new Int(value);
  }

  /// Text as an item; half a surrogate pair in it is refused when it is encoded.
  static Text of(String value) {
    return new Text(value);
  }

  /// The bytes are copied.
  static Bytes of(byte[] value) {
    return new Bytes(value.clone());
  }

  static Link of(Cid value) {
    return new Link(value);
  }

  static Array array(Item... items) {
    return new Array(List.of(items));
  }

  static Array array(List<? extends Item> items) {
    return new Array(List.copyOf(items));
  }

  /// A map with text keys.
  static Table table(Map<String, ? extends Item> entries) {
    Map<Item, Item> table = new LinkedHashMap<>();
    entries.forEach((key, value) -> table.put(new Text(key), value));
    return new Table(table);
  }

  /// Starts a map with text keys.
  static TableBuilder table() {
    return new TableBuilder();
  }

  /// Collects the entries of a [Table].
  final class TableBuilder {
    private final Map<Item, Item> entries = new LinkedHashMap<>();

    private TableBuilder() {}

    public TableBuilder put(String key, Item value) {
      entries.put(new Text(key), value);
      return this;
    }

    public TableBuilder put(String key, String value) {
      return put(key, of(value));
    }

    public TableBuilder put(String key, long value) {
      return put(key, of(value));
    }

    public TableBuilder put(String key, boolean value) {
      return put(key, of(value));
    }

    public TableBuilder put(String key, Cid value) {
      return put(key, of(value));
    }

    public TableBuilder put(String key, byte[] value) {
      return put(key, of(value));
    }

    /// Leaves the key out if there is no value.
    public TableBuilder put(String key, Optional<? extends Item> value) {
      value.ifPresent(item -> put(key, item));
      return this;
    }

    public TableBuilder put(long key, Item value) {
      entries.put(new Int(key), value);
      return this;
    }

    public Table build() {
      return new Table(entries);
    }
  }
}
