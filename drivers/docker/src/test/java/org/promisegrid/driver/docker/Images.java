package org.promisegrid.driver.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.promisegrid.tck.TestProgram;

/// Container images for tests: archives as `docker save` writes them, made here and now without an
/// engine or a registry. The same image has the same bytes.
final class Images {

  private Images() {}

  /// The image of a program of the suite.
  static byte[] of(TestProgram program) {
    return of(entrypoint(program));
  }

  /// What runs a program of the suite in such an image.
  static List<String> entrypoint(TestProgram program) {
    return List.of("/programs", program.name().toLowerCase(Locale.ROOT));
  }

  /// An image of all programs of the suite, where `/programs echo` is the program `echo`.
  ///
  /// @param entrypoint what runs
  static byte[] of(List<String> entrypoint) {
    // A workload that isn't root can't even list what is there.
    byte[] layer =
        new TarBytes().directory("./", 0711).file("./programs", 0755, programs()).bytes();
    return archive(config(architecture(), entrypoint, List.of(layer)), List.of(layer));
  }

  /// An archive of any config and layers, whether they fit or not.
  static byte[] archive(String config, List<byte[]> layers) {
    TarBytes tar = new TarBytes().file("config.json", 0644, config.getBytes(UTF_8));
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < layers.size(); i++) {
      tar.file("layer" + i + ".tar", 0644, layers.get(i));
      names.append(i == 0 ? "" : ",").append("\"layer").append(i).append(".tar\"");
    }
    String manifest = "[{\"Config\":\"config.json\",\"RepoTags\":null,\"Layers\":[" + names + "]}]";
    return tar.file("manifest.json", 0644, manifest.getBytes(UTF_8)).bytes();
  }

  /// What an image says of itself.
  ///
  /// @param architecture as engines name it, such as `amd64`
  static String config(String architecture, List<String> entrypoint, List<byte[]> layers) {
    String words =
        entrypoint.stream().map(word -> '"' + word + '"').collect(Collectors.joining(","));
    String sums =
        layers.stream()
            .map(layer -> "\"sha256:" + sha256(layer) + '"')
            .collect(Collectors.joining(","));
    return """
    {"architecture":"%s","os":"linux","created":"1970-01-01T00:00:00Z",\
    "config":{"Entrypoint":[%s]},"rootfs":{"type":"layers","diff_ids":[%s]}}\
    """
        .formatted(architecture, words, sums);
  }

  /// This host's, as engines name it.
  static String architecture() {
    return switch (System.getProperty("os.arch")) {
      case "amd64", "x86_64" -> "amd64";
      case "aarch64" -> "arm64";
      case String other -> other;
    };
  }

  /// All programs in one that runs on this host without any library.
  static byte[] programs() {
    String machine = architecture().equals("arm64") ? "aarch64" : "x86_64";
    String name = "linux/programs-" + machine;
    try (InputStream in = TestProgram.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(
            "there is no " + name + ": drivers/tck/programs/build-linux.sh builds it");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
