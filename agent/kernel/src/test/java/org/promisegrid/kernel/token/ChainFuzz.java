package org.promisegrid.kernel.token;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.promisegrid.kernel.message.MalformedException;

/// Any bytes, as a chain's encoding or as its text, are malformed or refused by a node that never
/// signed anything.
public final class ChainFuzz {

  private static final Cast CAST = new Cast(-1);

  private ChainFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      refused(Chain.decode(data));
    } catch (MalformedException expected) {
      // Then it may still be text.
    }
    try {
      refused(Chain.parse(new String(data, StandardCharsets.ISO_8859_1)));
    } catch (MalformedException expected) {
      return;
    }
  }

  private static void refused(Chain chain) {
    Verdict verdict = CAST.verifier.verify(chain, Optional.empty(), Cast.THUMB, new byte[0]);
    if (!(verdict instanceof Verdict.Unauthorized)) {
      throw new AssertionError("a stranger was told " + verdict);
    }
  }
}
