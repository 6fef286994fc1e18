package org.promisegrid.kernel.message;

/// A target for Jazzer: what is read of JSON can be encoded, and written and read again.
public final class JsonFuzz {

  private JsonFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Item item;
    try {
      item = Json.read(data);
    } catch (MalformedException e) {
      return; // the one thing that may be thrown
    }
    try {
      if (!Cbor.decode(Cbor.encode(item)).equals(item)) {
        throw new AssertionError("another item than " + Diagnostic.of(item));
      }
    } catch (MalformedException e) {
      throw new AssertionError("what was encoded can't be read", e);
    }
    roundTrip(item);
  }

  static void roundTrip(Item item) {
    try {
      if (!Json.read(Json.write(item)).equals(item) || !Json.read(Json.pretty(item)).equals(item)) {
        throw new AssertionError("JSON says something else than " + Diagnostic.of(item));
      }
    } catch (MalformedException e) {
      throw new AssertionError("what was written can't be read: " + Json.write(item), e);
    }
  }
}
