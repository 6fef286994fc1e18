package org.promisegrid.kernel.token;

import org.promisegrid.kernel.message.MalformedException;

/// Any bytes are a call's signature or malformed, and never anybody's.
public final class CallSignatureFuzz {

  private static final Cast CAST = new Cast(-2);

  private CallSignatureFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    CallSignature signature;
    try {
      signature = CallSignature.decode(data);
    } catch (MalformedException expected) {
      return;
    }
    if (signature.isBy(CAST.alice.did().key(), Cast.CALL, Cast.THUMB, new byte[0], Cast.WIKI)) {
      throw new AssertionError("a signature that nobody made");
    }
    boolean live = signature.isLiveAt(CAST.now);
    if (live && !signature.until().isAfter(CAST.now)) {
      throw new AssertionError("a call that outlives its end");
    }
  }
}
