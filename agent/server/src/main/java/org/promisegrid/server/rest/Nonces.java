package org.promisegrid.server.rest;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;

/// What tells a call from an equal one. A request that names nothing of the kind is a call of its
/// own each time.
public final class Nonces {

  private final SecureRandom random;

  public Nonces(SecureRandom random) {
    this.random = random;
  }

  /// Terms with a nonce: their own, that of an `Idempotency-Key`, or a new one.
  Terms into(Terms terms, @Nullable String key) throws MalformedException {
    if (key != null && terms.nonce().isPresent()) {
      throw new MalformedException("an Idempotency-Key and a nonce are two names for one call");
    }
    if (terms.nonce().isPresent()) {
      return terms;
    }
    byte[] nonce = new byte[Terms.NONCE_SIZE];
    if (key == null) {
      random.nextBytes(nonce);
    } else {
      byte[] hash = Cid.sha256().digest(key.getBytes(StandardCharsets.UTF_8));
      nonce = Arrays.copyOf(hash, Terms.NONCE_SIZE);
    }
    return terms.toBuilder().nonce(nonce).build();
  }
}
