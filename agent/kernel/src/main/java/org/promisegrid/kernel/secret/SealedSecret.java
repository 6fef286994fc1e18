package org.promisegrid.kernel.secret;

import java.util.Arrays;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;

/// A secret as it lies on the disk. Name and version are bound to it: it is no other secret, and no
/// other version of this one.
///
/// @param key id of the key that it is sealed with
record SealedSecret(
    String name, long version, Item.Bytes key, Item.Bytes nonce, Item.Bytes sealed) {

  static SealedSecret seal(String name, long version, SealingKey key, byte[] nonce, byte[] secret) {
    return new SealedSecret(
        name,
        version,
        Item.of(key.id()),
        Item.of(nonce),
        Item.of(key.seal(nonce, bound(name, version), secret)));
  }

  static SealedSecret decode(byte[] bytes) throws MalformedException {
    Message message = Message.decode(bytes);
    if (message.function().filter(SecretName.PROTOCOL::equals).isEmpty()
        || message.slots().size() != 1) {
      throw new MalformedException("not a sealed secret of a format that is known here");
    }
    Fields fields = Fields.of(message.slots().getFirst(), "a sealed secret");
    SealedSecret read =
        new SealedSecret(
            fields.requiredText("name"),
            fields.requiredNumber("version", 1, Long.MAX_VALUE),
            fields.requiredBytes("key"),
            fields.requiredBytes("nonce"),
            fields.requiredBytes("sealed"));
    fields.end();
    if (read.nonce.length() != SealingKey.NONCE_SIZE || read.key.length() != SealingKey.ID_SIZE) {
      throw new MalformedException("a sealed secret with a nonce or key of another length");
    }
    return read;
  }

  byte[] encode() {
    return Message.of(
            SecretName.PROTOCOL,
            Item.table()
                .put("name", name)
                .put("version", version)
                .put("key", key)
                .put("nonce", nonce)
                .put("sealed", sealed)
                .build())
        .bytes();
  }

  boolean isBy(SealingKey other) {
    return Arrays.equals(key.value(), other.id());
  }

  java.util.Optional<byte[]> open(SealingKey with) {
    return with.open(nonce.value(), bound(name, version), sealed.value());
  }

  private static byte[] bound(String name, long version) {
    return Cbor.encode(Item.array(Item.of(SecretName.PROTOCOL), Item.of(name), Item.of(version)));
  }
}
