package org.promisegrid.kernel.message;

import java.util.Arrays;

/// For Jazzer: whatever the bytes, decoding throws nothing but its own error, and what it reads has
/// exactly one encoding. Run by `checks/long/fuzz.sh`.
public final class CborFuzz {

  private CborFuzz() {}

  /// The name Jazzer looks for.
  public static void fuzzerTestOneInput(byte[] input) {
    Item item;
    try {
      item = Cbor.decode(input);
    } catch (MalformedException expected) {
      return;
    }
    if (!Arrays.equals(Cbor.encode(item), input)) {
      throw new AssertionError("read something that has another encoding: " + item);
    }
  }
}
