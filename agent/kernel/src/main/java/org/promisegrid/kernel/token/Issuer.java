package org.promisegrid.kernel.token;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// Issues tokens with one key; nobody has to be asked, and no node reached.
public final class Issuer {

  private final SigningKey key;
  private final Cid tokenDocument;
  private final InstantSource clock;
  private final SecureRandom random;

  /// @param tokenDocument the CID of the token's protocol document
  public Issuer(SigningKey key, Cid tokenDocument, InstantSource clock, SecureRandom random) {
    this.key = key;
    this.tokenDocument = tokenDocument;
    this.clock = clock;
    this.random = random;
  }

  /// A token of the node itself, whose key this is: who may call what on it.
  ///
  /// @throws IllegalArgumentException if the grant makes no token
  public Chain root(Grant grant) {
    return Chain.of(issue(grant, Optional.empty()));
  }

  /// Passes on what `chain` gave the holder of this key, or less of it. Whatever the grant says
  /// beyond that has no effect.
  ///
  /// @throws IllegalArgumentException if the chain isn't this key's to pass on, has no room for a
  ///   link, or the grant makes no token
  public Chain delegate(Chain chain, Grant grant) {
    try {
      Token parent = Token.decode(chain.links().getFirst(), chain.leaf());
      if (!parent.claims().audience().equals(Optional.of(key.did()))) {
        throw new IllegalArgumentException(
            "only the key that a token names can pass it on; this one names "
                + parent.claims().audience().map(Did::toString).orElse("none"));
      }
      return chain.with(issue(grant, Optional.of(parent.cid())));
    } catch (MalformedException e) {
      throw new IllegalArgumentException("this chain can't be passed on: " + e.getMessage(), e);
    }
  }

  private Token issue(Grant grant, Optional<Cid> parent) {
    byte[] id = new byte[Claims.ID_SIZE];
    random.nextBytes(id);
    Claims claims =
        new Claims(
            key.did(),
            grant.audience(),
            grant.until().map(Issuer::seconds),
            grant.from().map(Issuer::seconds),
            seconds(clock.instant()),
            Item.of(id),
            grant.functions(),
            grant.bound(),
            grant.policy(),
            grant.use(),
            parent);
    return Token.sign(key, claims, tokenDocument);
  }

  private static Instant seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS);
  }
}
