package org.promisegrid.cli.function;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.ImageReference;

/// How people write an image of a registry: `docker.io/library/wiki@sha256:…`, and behind a blank
/// the platform, where it isn't that of this host: `linux/arm64`.
public final class PinnedImage {

  private static final Pattern PINNED =
      Pattern.compile("(?<repository>[^@ ]+)@(?<digest>[^@ ]+)(?: (?<os>[^/ ]+)/(?<arch>[^/ ]+))?");

  /// What others write: a registry, a repository, perhaps a tag.
  private static final Pattern LOOSE =
      Pattern.compile("(?:localhost|[a-z0-9-]+(?:\\.[a-z0-9-]+)+)(?::[0-9]+)?/[^@ ]+");

  private PinnedImage() {}

  /// The image that a text names; empty if it is to be a path.
  ///
  /// @param folder where a file of that name would be
  /// @throws MalformedException if it names an image, and not which
  public static Optional<ImageReference> of(String text, Path folder) throws MalformedException {
    Matcher pinned = PINNED.matcher(text);
    if (pinned.matches() && !isThere(text, folder)) {
      return Optional.of(
          new ImageReference(
              pinned.group("repository"),
              pinned.group("digest"),
              pinned.group("os") == null ? "linux" : pinned.group("os"),
              pinned.group("arch") == null ? architecture() : pinned.group("arch")));
    }
    if (text.contains("@sha256:") && !isThere(text, folder)) {
      throw new MalformedException(
          "a digest has 64 digits, and a platform is such as linux/amd64: " + text);
    }
    if (LOOSE.matcher(text).matches() && !text.endsWith(".tar") && !isThere(text, folder)) {
      throw new MalformedException(
          text
              + " can change what it names; say which image it is: "
              + text.replaceFirst(":[^:/]*$", "")
              + "@sha256:…; docker buildx imagetools inspect and skopeo inspect tell the digest");
    }
    return Optional.empty();
  }

  private static boolean isThere(String text, Path folder) {
    try {
      return Files.exists(folder.resolve(text));
    } catch (InvalidPathException _) {
      return false; // then it is nothing but a name
    }
  }

  /// This host's, as images have it.
  private static String architecture() {
    String name = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    return switch (name) {
      case "x86_64" -> "amd64";
      case "aarch64" -> "arm64";
      default -> name;
    };
  }
}
