package org.promisegrid.kernel.message;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Cid;

/// Deterministic CBOR: one encoding for an item, and nothing else is read.
///
/// Core deterministic encoding of [RFC 8949
/// §4.2.1](https://www.rfc-editor.org/rfc/rfc8949#section-4.2.1): shortest arguments, definite
/// lengths, map keys in the bytewise order of their encodings, no duplicates. Floats, `undefined`
/// and other simple values are not read. Tag 42 marks a link: a byte string of `00` and a binary
/// CID.
public final class Cbor {

  /// Deepest nesting that is read or written.
  public static final int MAX_DEPTH = 64;

  /// Most items that one decoding makes. An item takes some tens of bytes of heap, the shortest
  /// encodings one byte: without a bound, 16 MiB of input could ask for a GiB of heap.
  public static final int MAX_ITEMS = 1 << 20;

  /// Items that an encoding of any length may hold.
  static final int FREE_ITEMS = 1 << 16;

  /// Orders map keys as their encodings compare, bytewise.
  static final Comparator<Item> KEY_ORDER = Cbor::compareKeys;

  private static final int UNSIGNED = 0;
  private static final int NEGATIVE = 1;
  private static final int BYTES = 2;
  private static final int TEXT = 3;
  private static final int ARRAY = 4;
  private static final int MAP = 5;
  private static final int TAG = 6;
  private static final int SIMPLE = 7;
  private static final long LINK_TAG = 42;

  private Cbor() {}

  /// The one encoding of `item`.
  ///
  /// @throws IllegalArgumentException if it is nested deeper than [#MAX_DEPTH], or a text is not
  ///   valid Unicode
  public static byte[] encode(Item item) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(64);
    write(out, item, 0);
    return out.toByteArray();
  }

  /// Reads exactly one item that fills `bytes`.
  ///
  /// @throws MalformedException if it is anything but the deterministic encoding of an item
  public static Item decode(byte[] bytes) throws MalformedException {
    Reader reader = new Reader(bytes, 0);
    Item item = reader.read(0);
    if (reader.at != bytes.length) {
      throw new MalformedException((bytes.length - reader.at) + " bytes after the end of the item");
    }
    return item;
  }

  /// Like [#decode], but leaves what follows alone: where the item ends is told with it.
  ///
  /// @throws MalformedException if no deterministic encoding of an item begins there
  public static Prefix decodePrefix(byte[] bytes) throws MalformedException {
    Reader reader = new Reader(bytes, 0);
    return new Prefix(reader.read(0), reader.at);
  }

  /// An item and the number of bytes it took.
  public record Prefix(Item item, int length) {}

  private static void write(ByteArrayOutputStream out, Item item, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("nested deeper than " + MAX_DEPTH);
    }
    switch (item) {
      case Item.Null _ -> out.write(SIMPLE << 5 | 22);
      case Item.Bool bool -> out.write(SIMPLE << 5 | (bool.value() ? 21 : 20));
      case Item.Int number -> {
        long value = number.value();
        // -1 - n, the argument of a negative number, is its bitwise complement.
        head(out, value < 0 ? NEGATIVE : UNSIGNED, value < 0 ? ~value : value);
      }
      case Item.Bytes bytes -> {
        head(out, BYTES, bytes.length());
        out.writeBytes(bytes.shared());
      }
      case Item.Text text -> {
        byte[] utf8 = utf8(text.value());
        head(out, TEXT, utf8.length);
        out.writeBytes(utf8);
      }
      case Item.Link link -> {
        head(out, TAG, LINK_TAG);
        head(out, BYTES, 1 + Cid.SIZE);
        out.write(0);
        out.writeBytes(link.cid().bytes());
      }
      case Item.Tagged tagged -> {
        head(out, TAG, tagged.tag());
        write(out, tagged.item(), depth + 1);
      }
      case Item.Array array -> {
        head(out, ARRAY, array.items().size());
        for (Item element : array.items()) {
          write(out, element, depth + 1);
        }
      }
      case Item.Table table -> {
        head(out, MAP, table.entries().size());
        for (Map.Entry<Item, Item> entry : table.entries().entrySet()) {
          write(out, entry.getKey(), depth + 1);
          write(out, entry.getValue(), depth + 1);
        }
      }
    }
  }

  private static void head(ByteArrayOutputStream out, int major, long argument) {
    int type = major << 5;
    if (argument < 0 || argument > 0xffffffffL) {
      out.write(type | 27);
      number(out, argument, 8);
    } else if (argument > 0xffff) {
      out.write(type | 26);
      number(out, argument, 4);
    } else if (argument > 0xff) {
      out.write(type | 25);
      number(out, argument, 2);
    } else if (argument > 23) {
      out.write(type | 24);
      number(out, argument, 1);
    } else {
      out.write(type | (int) argument);
    }
  }

  private static void number(ByteArrayOutputStream out, long value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      out.write((int) (value >>> shift));
    }
  }

  private static byte[] utf8(String text) {
    try {
      ByteBuffer buffer =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("text with half a surrogate pair", e);
    }
  }

  private static int compareKeys(Item a, Item b) {
    return Arrays.compareUnsigned(keyBytes(a), keyBytes(b));
  }

  private static byte[] keyBytes(Item key) {
    return switch (key) {
      case Item.Int _, Item.Text _ -> encode(key);
      default -> throw new IllegalArgumentException("a map key is text or a whole number");
    };
  }

  private static final class Reader {
    private final byte[] bytes;
    private int at;
    private int items;

    Reader(byte[] bytes, int at) {
      this.bytes = bytes;
      this.at = at;
    }

    Item read(int depth) throws MalformedException {
      if (depth > MAX_DEPTH) {
        throw wrong("nested deeper than " + MAX_DEPTH);
      }
      if (++items > MAX_ITEMS) {
        throw wrong("more than " + MAX_ITEMS + " items");
      }
      int first = next();
      int major = first >> 5;
      if (major == SIMPLE) {
        return switch (first & 31) {
          case 20 -> Item.FALSE;
          case 21 -> Item.TRUE;
          case 22 -> Item.NULL;
          case 25, 26, 27 -> throw wrong("a float");
          default -> throw wrong("a simple value other than false, true and null");
        };
      }
      long argument = argument(first & 31);
      return switch (major) {
        case UNSIGNED -> Item.of(whole(argument));
        case NEGATIVE -> Item.of(~whole(argument));
        case BYTES -> Item.of(take(argument));
        case TEXT -> Item.of(text(take(argument)));
        case ARRAY -> array(argument, depth);
        case MAP -> map(argument, depth);
        case TAG -> tagged(argument, depth);
        default -> throw wrong("an unknown type");
      };
    }

    private Item array(long size, int depth) throws MalformedException {
      atMost(size, 1);
      List<Item> elements = new ArrayList<>((int) Math.min(size, 1024));
      for (long i = 0; i < size; i++) {
        elements.add(read(depth + 1));
      }
      return new Item.Array(elements);
    }

    private Item map(long size, int depth) throws MalformedException {
      atMost(size, 2);
      Map<Item, Item> entries = new LinkedHashMap<>();
      @Nullable Item last = null;
      for (long i = 0; i < size; i++) {
        Item key = read(depth + 1);
        if (!(key instanceof Item.Text || key instanceof Item.Int)) {
          throw wrong("a map key that is neither text nor a whole number");
        }
        if (last != null && compareKeys(last, key) >= 0) {
          throw wrong("map keys out of order or twice");
        }
        last = key;
        entries.put(key, read(depth + 1));
      }
      return new Item.Table(entries);
    }

    private Item tagged(long tag, int depth) throws MalformedException {
      Item item = read(depth + 1);
      if (tag != LINK_TAG) {
        return new Item.Tagged(whole(tag), item);
      }
      if (!(item instanceof Item.Bytes binary) || binary.length() < 2 || binary.shared()[0] != 0) {
        throw wrong("tag 42 that doesn't mark 00 and a CID");
      }
      byte[] cid = Arrays.copyOfRange(binary.shared(), 1, binary.length());
      try {
        return Item.of(Cid.fromBytes(cid));
      } catch (IllegalArgumentException e) {
        // A link into another system, such as dag-cbor or sha2-512: kept, not followed.
        return new Item.Tagged(tag, item);
      }
    }

    private long argument(int info) throws MalformedException {
      if (info < 24) {
        return info;
      }
      if (info > 27) {
        throw wrong(info == 31 ? "an indefinite length" : "a reserved length");
      }
      int size = 1 << (info - 24);
      long value = 0;
      for (int i = 0; i < size; i++) {
        value = value << 8 | next();
      }
      long least = size == 1 ? 24 : 1L << (4 * size);
      if (Long.compareUnsigned(value, least) < 0) {
        throw wrong("a number that is not encoded as short as it could be");
      }
      return value;
    }

    private long whole(long argument) throws MalformedException {
      if (argument < 0) {
        throw wrong("a whole number beyond 64 bits");
      }
      return argument;
    }

    private byte[] take(long size) throws MalformedException {
      atMost(size, 1);
      byte[] taken = Arrays.copyOfRange(bytes, at, at + (int) size);
      at += (int) size;
      return taken;
    }

    private String text(byte[] utf8) throws MalformedException {
      try {
        return StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .decode(ByteBuffer.wrap(utf8))
            .toString();
      } catch (CharacterCodingException e) {
        throw wrong("text that is not UTF-8");
      }
    }

    /// Whether `count` things of at least `each` bytes can still follow, before room is made for
    /// them.
    private void atMost(long count, int each) throws MalformedException {
      if (count < 0 || count > (bytes.length - at) / each) {
        throw wrong("a length beyond the end");
      }
    }

    private int next() throws MalformedException {
      if (at == bytes.length) {
        throw wrong("the end in the middle of an item");
      }
      return bytes[at++] & 0xff;
    }

    private MalformedException wrong(String what) {
      return new MalformedException(what + ", at byte " + at);
    }
  }
}
