package org.promisegrid.kernel.function;

import java.util.Arrays;
import java.util.Optional;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// What must hold for any bytes at all. Jazzer finds its entry point by name; the seeded test
/// beside it calls the same one.
public final class FunctionFuzz {

  private FunctionFuzz() {}

  /// The bytes are a descriptor's map, followed by parameters to call it with. Each step may
  /// refuse, with its own exception only.
  public static void fuzzerTestOneInput(byte[] data) {
    read(data)
        .ifPresent(descriptor -> {
          sameWhenReadAgain(descriptor);
          values(data).ifPresent(given -> sameWhenCoercedAgain(descriptor, given));
        });
  }

  private static Optional<Descriptor> read(byte[] data) {
    try {
      Cbor.Prefix first = Cbor.decodePrefix(data);
      if (!(first.item() instanceof Item.Table table)) {
        return Optional.empty();
      }
      return Optional.of(Descriptor.of(table));
    } catch (MalformedException _) {
      return Optional.empty(); // refused, as it may be
    }
  }

  private static void sameWhenReadAgain(Descriptor descriptor) {
    try {
      if (!Descriptor.decode(descriptor.encode()).equals(descriptor)) {
        throw new AssertionError("read again, it is another descriptor");
      }
    } catch (MalformedException e) {
      throw new AssertionError("what was written can't be read", e);
    }
  }

  private static Optional<Item.Table> values(byte[] data) {
    try {
      int from = Cbor.decodePrefix(data).length();
      byte[] rest = Arrays.copyOfRange(data, from, data.length);
      return Cbor.decode(rest) instanceof Item.Table given ? Optional.of(given) : Optional.empty();
    } catch (MalformedException _) {
      return Optional.empty(); // refused, as it may be
    }
  }

  private static void sameWhenCoercedAgain(Descriptor descriptor, Item.Table given) {
    Item.Table canonical;
    try {
      canonical = descriptor.parameters().coerce(given, Item.EMPTY);
    } catch (InvalidException _) {
      return; // refused, as it may be
    }
    try {
      same(canonical, descriptor.parameters().coerce(canonical, Item.EMPTY));
      same(canonical, descriptor.parameters().coerce(given, canonical));
      same(canonical, descriptor.parameters().coerce(Item.EMPTY, given));
    } catch (InvalidException e) {
      throw new AssertionError("canonical parameters are refused", e);
    }
    try {
      for (String argument : descriptor.argv().arguments(descriptor.parameters(), canonical)) {
        if (argument.indexOf('\0') >= 0) {
          throw new AssertionError("an argument with NUL");
        }
      }
    } catch (InvalidException _) {
      return; // refused, as it may be: NUL, or too long
    }
    Cbor.encode(canonical);
  }

  private static void same(Item.Table expected, Item.Table found) {
    if (!expected.equals(found)) {
      throw new AssertionError(expected + " became " + found);
    }
  }
}
