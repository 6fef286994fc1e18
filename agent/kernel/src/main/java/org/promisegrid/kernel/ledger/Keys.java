package org.promisegrid.kernel.ledger;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.promisegrid.sandbox.Cid;

/// The keys of the ledger's rows. A byte ahead tells apart what shares a table; offsets are stored
/// as what is missing to the largest, so that the newest comes first.
final class Keys {

  /// Stands for every principal in the list of calls; no principal is named so.
  static final String ANYBODY = "";

  private Keys() {}

  static byte[] name(String name) {
    return join('n', name.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] identity(Cid identity) {
    return join('i', identity.bytes());
  }

  /// Of what makes calls the same, one of those that came with it: each has an end of its own.
  static byte[] identity(Cid identity, Cid call) {
    return join('i', identity.bytes(), call.bytes());
  }

  /// Of identities.
  static byte[] identity() {
    return new byte[] {'i'};
  }

  static byte[] call(Cid call) {
    return join('c', call.bytes());
  }

  /// Of calls whose runs began and have no end.
  static byte[] open() {
    return new byte[] {'o'};
  }

  static byte[] open(Cid call) {
    return join('o', call.bytes());
  }

  /// The call of a key that ends with one.
  static Cid call(byte[] key) {
    return Cid.fromBytes(Arrays.copyOfRange(key, 1, key.length));
  }

  /// Of the heads of one ref. Names hold no zero byte, so none is another's prefix.
  static byte[] log(String name) {
    return join('h', (name + '\0').getBytes(StandardCharsets.UTF_8));
  }

  static byte[] log(String name, long offset) {
    return newestFirst(log(name), offset);
  }

  /// Of the calls of one principal.
  static byte[] by(String principal) {
    return join('b', (principal + '\0').getBytes(StandardCharsets.UTF_8));
  }

  static byte[] by(String principal, long offset) {
    return newestFirst(by(principal), offset);
  }

  static long offset(byte[] key) {
    return Long.MAX_VALUE - ByteBuffer.wrap(key, key.length - Long.BYTES, Long.BYTES).getLong();
  }

  private static byte[] newestFirst(byte[] prefix, long offset) {
    return ByteBuffer.allocate(prefix.length + Long.BYTES)
        .put(prefix)
        .putLong(Long.MAX_VALUE - offset)
        .array();
  }

  private static byte[] join(char kind, byte[]... parts) {
    ByteArrayOutputStream key = new ByteArrayOutputStream();
    key.write(kind);
    for (byte[] part : parts) {
      key.writeBytes(part);
    }
    return key.toByteArray();
  }
}
