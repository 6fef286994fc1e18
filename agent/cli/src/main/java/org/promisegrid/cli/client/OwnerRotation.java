package org.promisegrid.cli.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Optional;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.Grant;
import org.promisegrid.kernel.token.Issuer;
import org.promisegrid.kernel.token.KeyFile;
import org.promisegrid.kernel.token.PrivateFile;
import org.promisegrid.kernel.token.SigningKey;

/// Gives a home's owner another key: makes the key, has the node sign a root token for it, has the
/// old root revoked, and puts both in their places.
///
/// Each step leaves files that say how far it came; whatever cuts it short, doing it again goes on
/// from there. At every moment the owner has a root that counts: from the time when both new files
/// are there, [Credential#owner] takes them.
public final class OwnerRotation {

  private final HomeFolder home;
  private final Path key;
  private final Path root;
  private final Path nextKey;
  private final Path nextRoot;

  public OwnerRotation(HomeFolder home) {
    this.home = home;
    this.key = home.key("owner");
    this.root = home.rootToken();
    this.nextKey = home.key("owner.next");
    this.nextRoot = nextRoot(home);
  }

  static Path nextRoot(HomeFolder home) {
    return home.keys().resolve("root.next.token");
  }

  /// Takes a root token back.
  @FunctionalInterface
  public interface Revoking {
    /// Takes back what stands in `old`.
    ///
    /// @param with the new owner's
    void revoke(Credential with, Chain old);
  }

  /// Does what is left to be done; the new owner's key.
  public Did run(Revoking revoking) {
    if (!Files.exists(key)) {
      throw Failure.usage("the owner's key isn't in this home: " + key + " is absent");
    }
    try {
      SigningKey next = next();
      Optional<Chain> issued = issued();
      if (issued.isEmpty() || !isFor(issued.get(), next)) {
        Chain old = chain(root);
        if (isFor(old, next)) {
          PrivateFile.rename(nextKey, key); // all but that was done before
          return next.did();
        }
        issued = Optional.of(issue(next));
      }
      Credential with = new Credential(issued.get(), Optional.of(next), issuer(issued.get()));
      revoking.revoke(with, chain(root));
      PrivateFile.rename(nextRoot, root);
      PrivateFile.rename(nextKey, key);
      return next.did();
    } catch (IOException e) {
      throw Failure.agent("the owner's key can't be changed: " + e.getMessage())
          .hint("`grid key rotate` goes on where it stopped")
          .because(e);
    }
  }

  private SigningKey next() throws IOException {
    if (!Files.exists(nextKey)) {
      KeyFile.write(nextKey, SigningKey.generate(new SecureRandom()));
    }
    return HomeFolder.readKey(nextKey);
  }

  private Optional<Chain> issued() {
    return Files.exists(nextRoot) ? Optional.of(chain(nextRoot)) : Optional.empty();
  }

  private static Chain chain(Path file) {
    return Credential.chain(file.toString());
  }

  private static boolean isFor(Chain chain, SigningKey key) {
    return Credential.tokens(chain).getFirst().claims().audience().equals(Optional.of(key.did()));
  }

  private static Did issuer(Chain chain) {
    return Credential.tokens(chain).getLast().claims().issuer();
  }

  /// A root is the node's word, and the node's key lies in the same home.
  private Chain issue(SigningKey next) throws IOException {
    SigningKey node = HomeFolder.readKey(home.key("node"));
    Chain chain =
        new Issuer(node, Protocols.cid("token"), InstantSource.system(), new SecureRandom())
            .root(Grant.to(next.did()));
    PrivateFile.write(nextRoot, (chain.text() + "\n").getBytes(StandardCharsets.US_ASCII));
    return chain;
  }
}
