package org.promisegrid.kernel.token;

import java.nio.charset.StandardCharsets;
import org.promisegrid.kernel.message.MalformedException;

/// Any text is a DID, printed as it was read, or malformed.
public final class DidFuzz {

  private DidFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    Did did;
    try {
      did = Did.parse(text);
    } catch (MalformedException expected) {
      return;
    }
    if (!did.toString().equals(text) || !Did.of(did.key()).equals(did)) {
      throw new AssertionError("a DID with two texts: " + text);
    }
  }
}
