package org.promisegrid.kernel.message;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
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
    // Lists of bytes, counts, codes: most numbers are small.
    private static final Int[] SMALL =
        LongStream.range(0, 256).mapToObj(Int::new).toArray(Int[]::new);

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

    /// Takes over an array that nobody else has.
    static Bytes owning(byte[] value) {
      return new Bytes(value);
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
    /// @throws IllegalArgumentException if the tag is negative; or if it is tag 42, and what it
    ///   marks isn't `00` and something more, or is what a [Link] says: there is one item for each
    ///   encoding
    public Tagged {
      if (tag < 0) {
        throw new IllegalArgumentException("a tag is not negative");
      }
      if (tag == LINK_TAG && !(item instanceof Bytes bytes && isForeign(bytes))) {
        throw new IllegalArgumentException("tag 42 marks 00 and a CID; ours are links");
      }
    }

    private static boolean isForeign(Bytes bytes) {
      return bytes.length() >= 2 && bytes.value[0] == 0 && linked(bytes) == null;
    }

    /// The CID that a link of these bytes names; null if it is none of ours.
    static @Nullable Cid linked(Bytes bytes) {
      if (bytes.length() != 1 + Cid.SIZE || bytes.value[0] != 0) {
        return null;
      }
      try {
        return Cid.fromBytes(Arrays.copyOfRange(bytes.value, 1, bytes.value.length));
      } catch (IllegalArgumentException e) {
        return null;
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
    /// @throws IllegalArgumentException if a key is neither a number nor valid Unicode text
    public Table {
      entries = Entries.of(entries);
    }

    /// The entries by number, for the encoder.
    Entries sorted() {
      return Entries.of(entries);
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
  Array NOTHING = new Array(List.of());
  Table EMPTY = new Table(Map.of());

  /// The tag that marks a link.
  long LINK_TAG = 42;

  static Bool of(boolean value) {
    return value ? TRUE : FALSE;
  }

  static Int of(long value) {
    return value >= 0 && value < Int.SMALL.length ? Int.SMALL[(int) value] : new Int(value);
  }

  /// Text as an item; half a surrogate pair in it is refused when it is encoded.
  static Text of(String value) {
    return new Text(value);
  }

  /// The bytes are copied.
  static Bytes of(byte[] value) {
    return Bytes.owning(value.clone());
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
