package org.promisegrid.cli.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.token.CallSignature;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.kernel.token.Token;

/// What a caller may do, and the key that shows it is them.
///
/// @param chain the tokens, leaf first
/// @param key of the leaf's audience; empty for a bearer token
/// @param node who issued the root of it all, and so the only one that will honour it
public record Credential(Chain chain, Optional<SigningKey> key, Did node) {

  /// How long a call's signature is good: enough for clocks that differ, little for a thief.
  private static final Duration LIFETIME = Duration.ofMinutes(5);

  private static final int LONGEST = 100_000;

  /// The owner's own: the root token of a home.
  public static Credential owner(HomeFolder home) {
    Path file = home.rootToken();
    if (!Files.exists(file)) {
      throw Failure.agent("there is no token here: " + file + " is absent")
          .hint("`grid up` makes a home with its owner's token; or give one by --token");
    }
    Path next = OwnerRotation.nextRoot(home);
    if (Files.exists(next)) {
      // The owner's key is being changed: what was may be revoked, what will be counts already.
      Credential coming = of(parse(readFile(next), next.toString()), home, Optional.empty());
      if (coming.key().isPresent()) {
        return coming;
      }
    }
    return of(parse(readFile(file), file.toString()), home, Optional.empty());
  }

  /// That of a token given as text or as a file.
  ///
  /// @param key the file of the key that the token is for; where it is left out, the home's are
  ///   tried
  public static Credential given(String token, Optional<Path> key, HomeFolder home) {
    return of(chain(token), home, key);
  }

  /// A chain given as text or as a file.
  public static Chain chain(String textOrFile) {
    Optional<Path> file = file(textOrFile);
    if (file.isPresent()) {
      return parse(readFile(file.get()), file.get().toString());
    }
    return parse(textOrFile, "--token");
  }

  private static Credential of(Chain chain, HomeFolder home, Optional<Path> keyFile) {
    List<Token> tokens = tokens(chain);
    Did node = tokens.getLast().claims().issuer();
    Optional<Did> audience = tokens.getFirst().claims().audience();
    if (audience.isEmpty()) {
      return new Credential(chain, Optional.empty(), node);
    }
    Optional<SigningKey> key =
        keyFile.isPresent()
            ? Optional.of(HomeFolder.readKey(keyFile.get()))
            : home.keyOf(audience.get());
    if (key.isEmpty()) {
      throw Failure.usage("this token is for " + audience.get() + ", whose key isn't in this home")
          .hint("name the key's file by --key");
    }
    // Another key than the audience's is sent as it is: to refuse it is the agent's business.
    return new Credential(chain, key, node);
  }

  /// The tokens of a chain, leaf first.
  public static List<Token> tokens(Chain chain) {
    try {
      return chain.tokens();
    } catch (MalformedException e) {
      throw Failure.usage("not a token: " + e.getMessage()).because(e);
    }
  }

  /// Puts the proof to what is asked for.
  public Call prove(Call.Request request, Instant now) {
    Instant issued = now.truncatedTo(ChronoUnit.SECONDS);
    Optional<byte[]> signature =
        key.map(secret ->
            CallSignature.sign(
                Protocols.CALL,
                secret,
                request.function(),
                request.payload(),
                chain.leaf(),
                node,
                issued,
                issued.plus(LIFETIME)));
    return request.proved(chain.links().stream().map(Item.Bytes::value).toList(), signature);
  }

  private static Chain parse(String text, String from) {
    try {
      return Chain.parse(text);
    } catch (MalformedException e) {
      throw Failure.usage(
              from.equals("--token")
                  ? "neither a file nor a token: " + shorten(text)
                  : from + " holds no token: " + e.getMessage())
          .because(e);
    }
  }

  private static Optional<Path> file(String text) {
    try {
      Path path = Path.of(text);
      return Files.isRegularFile(path) ? Optional.of(path) : Optional.empty();
    } catch (InvalidPathException _) {
      // Then it is the text of a token, or nothing at all, which parsing tells.
      return Optional.empty();
    }
  }

  private static String readFile(Path file) {
    try {
      if (Files.size(file) > LONGEST) {
        throw Failure.usage(file + " is too long for a token");
      }
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw Failure.usage("can't read the token " + file + ": " + e.getMessage()).because(e);
    }
  }

  /// Enough to recognise it, too little to use it.
  private static String shorten(String text) {
    return text.length() <= 24 ? text : text.substring(0, 24) + "…";
  }
}
