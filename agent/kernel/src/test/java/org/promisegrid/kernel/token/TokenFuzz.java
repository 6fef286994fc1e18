package org.promisegrid.kernel.token;

import java.util.Arrays;
import org.promisegrid.kernel.message.MalformedException;

/// Any bytes are a token, read back as they are, or malformed.
public final class TokenFuzz {

  private TokenFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Token token;
    try {
      token = Token.decode(data);
    } catch (MalformedException expected) {
      return;
    }
    if (!Arrays.equals(token.bytes().value(), data)) {
      throw new AssertionError("a token that is not the bytes it was read from");
    }
    if (token.isSigned(Cast.CALL)) {
      throw new AssertionError("a token that somebody signed as a call");
    }
  }
}
