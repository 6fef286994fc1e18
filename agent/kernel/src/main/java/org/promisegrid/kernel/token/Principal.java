package org.promisegrid.kernel.token;

import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// Whom a call is from, as far as its token tells: what content belongs to and who may see a call.
public sealed interface Principal {

  /// The holder of the key that the leaf names and that signed the call.
  record Holder(Did did) implements Principal {
    @Override
    public String toString() {
      return did.toString();
    }
  }

  /// Whoever holds a bearer token: the token is all that is known of them.
  record Bearer(Cid token) implements Principal {
    @Override
    public String toString() {
      return PREFIX + token;
    }
  }

  String PREFIX = "bearer:";

  /// Reads the text form: a DID, or `bearer:` and a token's CID.
  static Principal parse(String text) throws MalformedException {
    if (!text.startsWith(PREFIX)) {
      return new Holder(Did.parse(text));
    }
    try {
      return new Bearer(Cid.parse(text.substring(PREFIX.length())));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("bearer: and no CID", e);
    }
  }
}
