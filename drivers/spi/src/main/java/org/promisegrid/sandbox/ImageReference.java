package org.promisegrid.sandbox;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A container image in a registry, named by what it is: the code of a form `image` that is brought
/// from there instead of from an archive (document `image`). It has one encoding, so that its CID
/// names exactly what is run.
///
/// @param repository with its registry, such as `docker.io/library/wiki`
/// @param digest of its manifest, or of an index of them: `sha256:` and 64 digits
/// @param os such as `linux`
/// @param architecture as images have it, such as `amd64`
public record ImageReference(String repository, String digest, String os, String architecture) {

  /// No encoding is longer; archives are.
  public static final int LONGEST = 510;

  private static final Pattern REPOSITORY =
      Pattern.compile(
          "(?:localhost|[a-z0-9-]+(?:\\.[a-z0-9-]+)+|[a-z0-9-]+(?=:))(?::[0-9]{1,5})?"
              + "(?:/[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*)+");
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
  private static final Pattern WORD = Pattern.compile("[a-z0-9]{1,20}");
  private static final Pattern TEXT =
      Pattern.compile("image ([^@ \n]+)@([^@ \n]+)\nplatform ([^/ \n]+)/([^/ \n]+)\n");

  public ImageReference {
    if (repository.length() > 255 || !REPOSITORY.matcher(repository).matches()) {
      throw new IllegalArgumentException(
          "not a repository with its registry, such as docker.io/library/wiki: " + repository);
    }
    if (!DIGEST.matcher(digest).matches()) {
      throw new IllegalArgumentException("not a digest, sha256:…: " + digest);
    }
    if (!WORD.matcher(os).matches() || !WORD.matcher(architecture).matches()) {
      throw new IllegalArgumentException(
          "not a platform, such as linux/amd64: " + os + "/" + architecture);
    }
  }

  /// What stands for it as content.
  public byte[] bytes() {
    return ("image " + name() + "\nplatform " + os + "/" + architecture + "\n").getBytes(US_ASCII);
  }

  /// The reference that content is; empty if it is something else.
  public static Optional<ImageReference> parse(byte[] content) {
    Matcher text = TEXT.matcher(new String(content, US_ASCII));
    if (content.length > LONGEST || !text.matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new ImageReference(text.group(1), text.group(2), text.group(3), text.group(4)));
    } catch (IllegalArgumentException _) {
      return Optional.empty(); // it looks like one, and nobody wrote it so
    }
  }

  /// Where it is: a host, with its port if need be.
  public String registry() {
    return repository.substring(0, repository.indexOf('/'));
  }

  /// As engines and registries take it.
  public String name() {
    return repository + "@" + digest;
  }

  @Override
  public String toString() {
    return name() + " for " + os + "/" + architecture;
  }
}
