package org.promisegrid.kernel.message;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Cid;

/// Reads one item from the beginning of a byte array.
final class CborReader {

  private static final int UNSIGNED = 0;
  private static final int NEGATIVE = 1;
  private static final int BYTES = 2;
  private static final int TEXT = 3;
  private static final int ARRAY = 4;
  private static final int MAP = 5;
  private static final int TAG = 6;
  private static final int SIMPLE = 7;

  // Room that is made for a container's elements before any has been read.
  private static final int EAGER = 64;

  private final byte[] bytes;
  private final int mostItems;
  private int at;
  private int items;

  CborReader(byte[] bytes) {
    this.bytes = bytes;
    this.mostItems = Cbor.itemsIn(bytes.length);
  }

  Cbor.Prefix readPrefix() throws MalformedException {
    Item item = read(0);
    if (items > Cbor.itemsIn(at)) {
      throw wrong(items + " items, too many for its length");
    }
    return new Cbor.Prefix(item, at);
  }

  private Item read(int depth) throws MalformedException {
    if (depth > Cbor.MAX_DEPTH) {
      throw wrong("nested deeper than " + Cbor.MAX_DEPTH);
    }
    if (++items > mostItems) {
      throw wrong("more than " + mostItems + " items");
    }
    int first = next();
    int major = first >> 5;
    if (major == SIMPLE) {
      return simple(first & 31);
    }
    long argument = argument(first & 31);
    return switch (major) {
      case UNSIGNED -> Item.of(whole(argument));
      case NEGATIVE -> Item.of(~whole(argument));
      case BYTES -> Item.Bytes.owning(take(argument));
      case TEXT -> Item.of(text(argument));
      case ARRAY -> array(argument, depth);
      case MAP -> map(argument, depth);
      case TAG -> tagged(argument, depth);
      default -> throw new IllegalStateException("three bits make no more than seven");
    };
  }

  private Item simple(int info) throws MalformedException {
    return switch (info) {
      case 20 -> Item.FALSE;
      case 21 -> Item.TRUE;
      case 22 -> Item.NULL;
      case 25, 26, 27 -> throw wrong("a float");
      case 31 -> throw wrong("the end of an indefinite length");
      default -> throw wrong("a simple value other than false, true and null");
    };
  }

  private Item array(long size, int depth) throws MalformedException {
    atMost(size, 1);
    if (size == 0) {
      return Item.NOTHING;
    }
    List<Item> elements = new ArrayList<>((int) Math.min(size, EAGER));
    for (long i = 0; i < size; i++) {
      elements.add(read(depth + 1));
    }
    return new Item.Array(elements);
  }

  private Item map(long size, int depth) throws MalformedException {
    atMost(size, 2);
    if (size == 0) {
      return Item.EMPTY;
    }
    int room = (int) Math.min(size, EAGER);
    Item[] keys = new Item[room];
    Item[] values = new Item[room];
    @Nullable Item last = null;
    for (int i = 0; i < size; i++) {
      if (i == room) {
        room = (int) Math.min(size, 2L * room);
        keys = Arrays.copyOf(keys, room);
        values = Arrays.copyOf(values, room);
      }
      Item key = read(depth + 1);
      if (!(key instanceof Item.Text || key instanceof Item.Int)) {
        throw wrong("a map key that is neither text nor a whole number");
      }
      if (last != null && Entries.compare(last, key) >= 0) {
        throw wrong("map keys out of order or twice");
      }
      last = key;
      keys[i] = key;
      values[i] = read(depth + 1);
    }
    return new Item.Table(new Entries(keys, values));
  }

  private Item tagged(long tag, int depth) throws MalformedException {
    if (tag != Item.LINK_TAG) {
      return new Item.Tagged(whole(tag), read(depth + 1));
    }
    Item marked = read(depth + 1);
    @Nullable Cid cid = marked instanceof Item.Bytes binary ? Item.Tagged.linked(binary) : null;
    if (cid != null) {
      return Item.of(cid);
    }
    try {
      // A link into another system, such as dag-cbor or sha2-512: kept, not followed.
      return new Item.Tagged(tag, marked);
    } catch (IllegalArgumentException e) {
      throw wrong("tag 42 that doesn't mark 00 and a CID");
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

  private String text(long size) throws MalformedException {
    atMost(size, 1);
    String text = new String(bytes, at, (int) size, StandardCharsets.UTF_8);
    // What isn't UTF-8 has been replaced by U+FFFD, which may stand there in its own right too.
    if (text.indexOf('\ufffd') >= 0) {
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at, (int) size));
      } catch (CharacterCodingException e) {
        throw wrong("text that is not UTF-8");
      }
    }
    at += (int) size;
    return text;
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
