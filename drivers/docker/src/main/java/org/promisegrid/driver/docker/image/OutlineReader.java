package org.promisegrid.driver.docker.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.promisegrid.sandbox.Cid;

/// Reads what an archive says of its image: one that `docker save` writes, or an OCI layout.
///
/// All of it is another's: names are compared and never used as paths, counts and sizes are bounded
/// before anything is kept, and what isn't named by the manifest doesn't exist.
final class OutlineReader {

  /// `docker save` writes four entries for a layer, and no image has 1,024 layers.
  private static final int MOST_ENTRIES = 8192;

  private static final int MOST_LAYERS = 512;
  private static final int LONGEST_NAME = 1024;

  /// Manifests and configurations are a few kilobytes long.
  private static final int LARGEST_TEXT = 1 << 20;

  /// Which small entries are texts shows only once the manifest is read.
  private static final int KEPT = 16 << 20;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Platform platform;
  private final Map<String, byte[]> texts = new HashMap<>();
  private final Map<String, String> links = new HashMap<>();
  private final Set<String> files = new HashSet<>();
  private final Set<String> ambiguous = new HashSet<>();
  private int kept;
  private int entries;

  private OutlineReader(Platform platform) {
    this.platform = platform;
  }

  /// @param in read as far as there are entries
  /// @throws ImageException if it holds no image that can run on `platform`
  /// @throws IOException if it can't be read, or breaks off
  static ImageOutline read(InputStream in, Platform platform) throws IOException, ImageException {
    OutlineReader reader = new OutlineReader(platform);
    TarArchiveInputStream tar = new TarArchiveInputStream(in);
    try {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        reader.take(entry, tar);
      }
    } catch (IllegalArgumentException e) { // of numbers that aren't
      throw new ImageException("it is no archive: " + e.getMessage());
    }
    return reader.outline();
  }

  private void take(TarArchiveEntry entry, TarArchiveInputStream tar)
      throws IOException, ImageException {
    String name = entry.getName();
    if (++entries > MOST_ENTRIES) {
      throw new ImageException("it has more than " + MOST_ENTRIES + " entries");
    }
    if (name.length() > LONGEST_NAME) {
      throw new ImageException("a name in it is longer than " + LONGEST_NAME);
    }
    name = plain(name);
    if (entry.isSymbolicLink() || entry.isLink()) {
      String to = entry.getLinkName();
      if (to.length() <= LONGEST_NAME) {
        links.put(name, entry.isLink() ? plain(to) : beside(name, to));
      }
      return;
    }
    if (!isFile(entry)) {
      return;
    }
    if (!files.add(name)) {
      ambiguous.add(name);
      return;
    }
    long size = entry.getSize();
    if (size <= LARGEST_TEXT && kept + size <= KEPT) {
      byte[] text = tar.readNBytes((int) size);
      if (text.length < size) {
        throw new ImageException("it breaks off");
      }
      texts.put(name, text);
      kept += text.length;
    }
  }

  /// Whether it is bytes and nothing else; to the archive's reader a device is a file, too.
  static boolean isFile(TarArchiveEntry entry) {
    return !entry.isSparse()
        && switch (entry.getLinkFlag()) {
          case TarConstants.LF_NORMAL, TarConstants.LF_OLDNORM, TarConstants.LF_CONTIG ->
              !entry.isDirectory();
          default -> false;
        };
  }

  /// Names of entries come with and without the folder they are in.
  static String plain(String name) {
    String plain = name;
    while (plain.startsWith("./")) {
      plain = plain.substring(2);
    }
    return plain;
  }

  /// What a link to `to` that lies at `name` leads to, within the archive; nowhere if it leads out.
  private static String beside(String name, String to) {
    List<String> way = new ArrayList<>(List.of(name.split("/", -1)));
    way.removeLast();
    for (String step : to.split("/", -1)) {
      if (step.equals("..")) {
        if (way.isEmpty()) {
          return "";
        }
        way.removeLast();
      } else if (!step.equals(".")) {
        way.add(step);
      }
    }
    return String.join("/", way);
  }

  private ImageOutline outline() throws ImageException {
    ImageOutline outline = files.contains("manifest.json") ? saved() : layout();
    if (outline.layers().size() > MOST_LAYERS) {
      throw new ImageException("it has more than " + MOST_LAYERS + " layers");
    }
    check(json(outline.config(), "its configuration"));
    return outline;
  }

  /// As `docker save` writes it.
  private ImageOutline saved() throws ImageException {
    JsonNode manifest = json(text("manifest.json"), "manifest.json");
    if (!manifest.isArray() || manifest.size() != 1) {
      throw new ImageException(
          "an archive of one image is wanted, and this has " + manifest.size());
    }
    JsonNode image = manifest.get(0);
    List<String> layers = new ArrayList<>();
    for (JsonNode layer : image.path("Layers")) {
      layers.add(file(layer.asText()));
    }
    return new ImageOutline(text(file(image.path("Config").asText())), layers);
  }

  /// As the Open Container Initiative has it.
  private ImageOutline layout() throws ImageException {
    if (!files.contains("index.json")) {
      throw new ImageException("it is no archive of an image: no manifest.json, no index.json");
    }
    JsonNode manifest = manifest(json(text("index.json"), "index.json"), 0);
    List<String> layers = new ArrayList<>();
    for (JsonNode layer : manifest.path("layers")) {
      layers.add(file(blob(layer)));
    }
    return new ImageOutline(verified(manifest.path("config")), layers);
  }

  /// The manifest for this platform: where there is but one it needn't say for which it is.
  private JsonNode manifest(JsonNode index, int depth) throws ImageException {
    List<JsonNode> fitting = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (JsonNode each : index.path("manifests")) {
      JsonNode its = each.path("platform");
      Platform said = new Platform(its.path("os").asText(), its.path("architecture").asText());
      if (said.equals(platform) || (its.isMissingNode() && index.path("manifests").size() == 1)) {
        fitting.add(each);
      } else {
        others.add(said.toString());
      }
    }
    if (fitting.size() != 1) {
      throw new ImageException(
          fitting.isEmpty()
              ? "it is for " + others + ", and the engine is " + platform
              : "it holds " + fitting.size() + " images for " + platform);
    }
    JsonNode found = json(verified(fitting.getFirst()), "its manifest");
    if (found.has("manifests")) {
      if (depth == 2) {
        throw new ImageException("its index leads to an index, and so on");
      }
      return manifest(found, depth + 1);
    }
    return found;
  }

  private void check(JsonNode config) throws ImageException {
    if (!config.isObject() || !config.path("rootfs").path("diff_ids").isArray()) {
      throw new ImageException("its configuration isn't that of an image");
    }
    Platform said = new Platform(config.path("os").asText(), config.path("architecture").asText());
    boolean fits =
        (said.os().isEmpty() || said.os().equals(platform.os()))
            && (said.architecture().isEmpty()
                || said.architecture().equals(platform.architecture()));
    if (!fits) {
      throw new ImageException("it is for " + said + ", and the engine is " + platform);
    }
  }

  private static String blob(JsonNode descriptor) throws ImageException {
    String digest = descriptor.path("digest").asText();
    if (!digest.matches("sha256:[0-9a-f]{64}")) {
      throw new ImageException("it names a part by something else than its SHA-256");
    }
    return "blobs/sha256/" + digest.substring("sha256:".length());
  }

  private byte[] verified(JsonNode descriptor) throws ImageException {
    String name = blob(descriptor);
    byte[] bytes = text(file(name));
    if (!name.endsWith(HexFormat.of().formatHex(Cid.sha256().digest(bytes)))) {
      throw new ImageException("a part of it isn't what it is named");
    }
    return bytes;
  }

  /// The file behind a name, which may be a link to it.
  private String file(String name) throws ImageException {
    String plain = plain(name);
    String found = files.contains(plain) ? plain : links.getOrDefault(plain, "");
    if (!files.contains(found)) {
      throw new ImageException("a part of it is missing: " + shorten(name));
    }
    if (ambiguous.contains(found)) {
      throw new ImageException("a part of it is there twice: " + shorten(name));
    }
    return found;
  }

  private byte[] text(String name) throws ImageException {
    byte[] text = texts.get(file(name));
    if (text == null) {
      throw new ImageException(shorten(name) + " in it is too large");
    }
    return text;
  }

  private static String shorten(String name) {
    return name.length() <= 80 ? name : name.substring(0, 80) + "…";
  }

  private static JsonNode json(byte[] text, String what) throws ImageException {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new ImageException(what + " is no JSON");
    } catch (IOException e) {
      throw new ImageException(what + " can't be read");
    }
  }
}
