package org.promisegrid.kernel.storage;

import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;
import org.promisegrid.sandbox.Cid;

/// Which of many names were seen. Holds 16 bytes of each digest: two that have those in common
/// would be taken for one, and nobody finds two. Of one thread.
final class Marks {

  private static final int LONGS = 2;

  /// Unknown to whoever chooses names so that they meet in one place.
  private final long factor = ThreadLocalRandom.current().nextLong() | 1;

  private long[] slots = new long[LONGS << 10];
  private int size;

  /// Adds a name; whether it wasn't there yet.
  boolean add(Cid cid) {
    if (size >= slots.length / LONGS / 2) {
      grow();
    }
    ByteBuffer digest = ByteBuffer.wrap(cid.digest());
    return put(slots, digest.getLong(), digest.getLong());
  }

  boolean contains(Cid cid) {
    ByteBuffer digest = ByteBuffer.wrap(cid.digest());
    long high = digest.getLong();
    long low = digest.getLong();
    int at = slot(slots, high, low);
    return slots[at] == high && slots[at + 1] == low && !isEmpty(slots, at);
  }

  int size() {
    return size;
  }

  private boolean put(long[] into, long high, long low) {
    int at = slot(into, high, low);
    if (!isEmpty(into, at)) {
      return false;
    }
    into[at] = high;
    into[at + 1] = low;
    size++;
    return true;
  }

  /// Where these stand, or the empty place where they would.
  private int slot(long[] slots, long high, long low) {
    int mask = slots.length / LONGS - 1;
    int at = (int) ((high * factor) >>> 32) & mask;
    while (!isEmpty(slots, LONGS * at)
        && (slots[LONGS * at] != high || slots[LONGS * at + 1] != low)) {
      at = (at + 1) & mask;
    }
    return LONGS * at;
  }

  /// No digest begins with 16 zero bytes, or somebody has broken the hash.
  private static boolean isEmpty(long[] slots, int at) {
    return slots[at] == 0 && slots[at + 1] == 0;
  }

  private void grow() {
    long[] larger = new long[Math.multiplyExact(slots.length, 2)];
    size = 0;
    for (int at = 0; at < slots.length; at += LONGS) {
      if (!isEmpty(slots, at)) {
        var _ = put(larger, slots[at], slots[at + 1]);
      }
    }
    slots = larger;
  }
}
