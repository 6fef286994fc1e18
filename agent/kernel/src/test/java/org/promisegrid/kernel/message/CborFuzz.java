package org.promisegrid.kernel.message;

import java.util.Arrays;

/// A target for Jazzer, which `checks/long/fuzz.sh` runs: what is read as an item is the one
/// encoding of it.
public final class CborFuzz {

  private CborFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Item item;
    try {
      item = Cbor.decode(data);
    } catch (MalformedException e) {
      return; // the one thing that may be thrown
    }
    if (!Arrays.equals(Cbor.encode(item), data)) {
      throw new AssertionError("another encoding of " + Diagnostic.of(item));
    }
    JsonFuzz.roundTrip(item);
    if (Diagnostic.pretty(item).isEmpty()) {
      throw new AssertionError("nothing to show");
    }
  }
}
