package org.promisegrid.kernel.message;

import java.util.Arrays;
import java.util.List;
import org.promisegrid.sandbox.Cid;

/// Writes one item into a buffer that grows.
final class CborWriter {

  private static final int UNSIGNED = 0;
  private static final int NEGATIVE = 1;
  private static final int BYTES = 2;
  private static final int TEXT = 3;
  private static final int ARRAY = 4;
  private static final int MAP = 5;
  private static final int TAG = 6;
  private static final int FALSE = 0xf4;
  private static final int TRUE = 0xf5;
  private static final int NULL = 0xf6;

  // Longest head of an item.
  private static final int HEAD = 9;

  private byte[] out = new byte[256];
  private int at;
  private int items;

  byte[] encode(Item item) {
    write(item, 0);
    if (items > Cbor.itemsIn(at)) {
      throw new IllegalArgumentException(items + " items in " + at + " bytes: too many");
    }
    return Arrays.copyOf(out, at);
  }

  private void write(Item item, int depth) {
    inside(depth);
    switch (item) {
      case Item.Null _ -> one(NULL);
      case Item.Bool bool -> one(bool.value() ? TRUE : FALSE);
      case Item.Int number -> {
        long value = number.value();
        // -1 - n, the argument of a negative number, is its bitwise complement.
        head(value < 0 ? NEGATIVE : UNSIGNED, value < 0 ? ~value : value);
      }
      case Item.Bytes bytes -> {
        head(BYTES, bytes.length());
        all(bytes.shared());
      }
      case Item.Text text -> text(text.value());
      case Item.Link link -> {
        inside(depth + 1);
        head(TAG, Item.LINK_TAG);
        head(BYTES, 1 + Cid.SIZE);
        one(0);
        all(link.cid().bytes());
      }
      case Item.Tagged tagged -> {
        head(TAG, tagged.tag());
        write(tagged.item(), depth + 1);
      }
      case Item.Array array -> {
        List<Item> elements = array.items();
        int size = elements.size();
        head(ARRAY, size);
        for (int i = 0; i < size; i++) {
          write(elements.get(i), depth + 1);
        }
      }
      case Item.Table table -> {
        Entries entries = table.sorted();
        int size = entries.size();
        head(MAP, size);
        for (int i = 0; i < size; i++) {
          write(entries.key(i), depth + 1);
          write(entries.value(i), depth + 1);
        }
      }
    }
  }

  /// Counts an item and minds its depth.
  private void inside(int depth) {
    if (depth > Cbor.MAX_DEPTH) {
      throw new IllegalArgumentException("nested deeper than " + Cbor.MAX_DEPTH);
    }
    items++;
  }

  private void text(String text) {
    long length = Utf8.length(text);
    if (length < 0) {
      throw new IllegalArgumentException("text with half a surrogate pair");
    }
    head(TEXT, length);
    room(length);
    Utf8.write(text, out, at);
    at += (int) length;
  }

  private void head(int major, long argument) {
    room(HEAD);
    int type = major << 5;
    if (argument >= 0 && argument < 24) {
      out[at++] = (byte) (type | (int) argument);
      return;
    }
    int size = argument >>> 8 == 0 ? 1 : argument >>> 16 == 0 ? 2 : argument >>> 32 == 0 ? 4 : 8;
    // 24, 25, 26, 27 announce 1, 2, 4, 8 bytes.
    out[at++] = (byte) (type | 24 + Integer.numberOfTrailingZeros(size));
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
      out[at++] = (byte) (argument >>> shift);
    }
  }

  private void one(int value) {
    room(1);
    out[at++] = (byte) value;
  }

  private void all(byte[] bytes) {
    room(bytes.length);
    System.arraycopy(bytes, 0, out, at, bytes.length);
    at += bytes.length;
  }

  private void room(long more) {
    long needed = at + more;
    if (needed > out.length) {
      if (needed > Integer.MAX_VALUE - 8) {
        throw new IllegalArgumentException("an encoding of more than 2 GiB");
      }
      out = Arrays.copyOf(out, (int) Math.min(Math.max(needed, 2L * out.length), 0x7ffffff7));
    }
  }
}
