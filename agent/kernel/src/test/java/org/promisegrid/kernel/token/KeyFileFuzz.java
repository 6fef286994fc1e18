package org.promisegrid.kernel.token;

import org.promisegrid.kernel.message.MalformedException;

/// Any bytes are a key file, or malformed.
public final class KeyFileFuzz {

  private KeyFileFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    SigningKey key;
    try {
      key = KeyFile.decode(data);
    } catch (MalformedException expected) {
      return;
    }
    if (!key.did().key().verify(data, key.sign(data))) {
      throw new AssertionError("a key that can't sign");
    }
  }
}
