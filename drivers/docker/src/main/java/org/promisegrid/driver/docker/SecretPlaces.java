package org.promisegrid.driver.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/// Where secrets go in a container: each into a folder that lies in memory and holds nothing else.
/// For one that is to be in the root folder itself, that can't lie in memory, a link leads to it.
///
/// @param files where each is written, by the path that its slot says
record SecretPlaces(Map<String, String> files) {

  /// Where those lie that only a link leads to.
  static final String LINKED = "/.grid/secrets";

  /// Folders that are the system's in every container, or ours.
  private static final Set<String> TAKEN = Set.of("proc", "sys", "dev", ".grid");

  SecretPlaces {
    files = new TreeMap<>(files);
  }

  static SecretPlaces of(Terms terms) {
    Map<String, String> files = new TreeMap<>();
    for (String path : terms.secrets().keySet()) {
      files.put(path, parent(path).equals("/") ? LINKED + path : path);
    }
    return new SecretPlaces(files);
  }

  /// Why no secret can be at `path`; empty if one can.
  static Optional<String> refusal(String path) {
    String[] steps = path.split("/", -1);
    boolean plain = path.startsWith("/") && steps.length > 1;
    for (int i = 1; i < steps.length; i++) {
      plain &= !steps[i].isEmpty() && !steps[i].equals(".") && !steps[i].equals("..");
      // What an engine has no way to say of a folder in memory.
      plain &= steps[i].chars().allMatch(c -> c > ' ' && c != ':' && c != ',' && c != 0x7f);
    }
    if (!plain) {
      return Optional.of(path + " is no plain path of a file");
    }
    return TAKEN.contains(steps[1])
        ? Optional.of("/" + steps[1] + " of a container isn't for secrets")
        : Optional.empty();
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? "/" : path.substring(0, slash);
  }

  /// The folders that are to lie in memory.
  Set<String> folders() {
    Set<String> folders = new TreeSet<>();
    files.values().forEach(file -> folders.add(parent(file)));
    return folders;
  }

  /// Whether one needs a link in the root folder.
  boolean linksFromRoot() {
    return files.entrySet().stream().anyMatch(file -> !file.getKey().equals(file.getValue()));
  }

  /// Those links, as an archive that an engine unpacks in the root folder.
  byte[] links() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, UTF_8.name())) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        if (!file.getKey().equals(file.getValue())) {
          TarArchiveEntry link =
              new TarArchiveEntry(file.getKey().substring(1), TarConstants.LF_SYMLINK);
          link.setLinkName(file.getValue());
          tar.putArchiveEntry(link);
          tar.closeArchiveEntry();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }
}
