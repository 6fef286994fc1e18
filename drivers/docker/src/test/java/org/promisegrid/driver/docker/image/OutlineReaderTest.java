package org.promisegrid.driver.docker.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.driver.docker.TarBytes;
import org.promisegrid.sandbox.Cid;

/// Archives of images, good ones and those that somebody made to do harm.
final class OutlineReaderTest {

  private static final Platform HERE = new Platform("linux", "amd64");
  private static final byte[] LAYER = new TarBytes().file("a", 0644, utf8("a")).bytes();
  private static final String CONFIG = config("linux", "amd64");

  @Test
  void anArchiveNamesItsLayersInOrder() throws Exception {
    byte[] archive =
        new TarBytes()
            .file("./two.tar", 0644, LAYER)
            .file("one/layer.tar", 0644, LAYER)
            .symbolicLink("again/layer.tar", "../one/layer.tar")
            .file("config.json", 0644, utf8(CONFIG))
            .file("manifest.json", 0644, manifest("one/layer.tar", "two.tar", "again/layer.tar"))
            .bytes();
    ImageOutline outline = read(archive);
    assertThat(outline.layers()).containsExactly("one/layer.tar", "two.tar", "one/layer.tar");
    assertThat(outline.config()).isEqualTo(utf8(CONFIG));
  }

  @Test
  void aLayoutIsReadForItsPlatform() throws Exception {
    byte[] config = utf8(CONFIG);
    byte[] manifest =
        utf8(
            "{\"config\":{\"digest\":\"%s\"},\"layers\":[{\"digest\":\"%s\"}]}"
                .formatted(digest(config), digest(LAYER)));
    byte[] index =
        utf8(
            """
            {"manifests":[{"digest":"sha256:%s","platform":{"os":"linux","architecture":"s390x"}},\
            {"digest":"%s","platform":{"os":"linux","architecture":"amd64"}}]}\
            """
                .formatted("0".repeat(64), digest(manifest)));
    byte[] archive =
        new TarBytes()
            .file(blob(LAYER), 0644, LAYER)
            .file(blob(config), 0644, config)
            .file(blob(manifest), 0644, manifest)
            .file("index.json", 0644, index)
            .bytes();
    assertThat(read(archive).layers()).containsExactly(blob(LAYER));
    assertThatThrownBy(() -> read(archive, new Platform("linux", "arm64")))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("s390x")
        .hasMessageContaining("linux/arm64");
  }

  @Test
  void anImageForAnotherPlatformIsRefusedByName() {
    assertRefused(saved(config("linux", "arm64")), "linux/arm64, and the engine is linux/amd64");
    assertRefused(saved(config("windows", "amd64")), "windows/amd64");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/etc/passwd",
        "../../etc/passwd",
        "a/../layer.tar",
        "missing.tar",
        "folder",
        "device",
        "out",
        "circle"
      })
  void aLayerThatIsNoFileOfTheArchiveIsMissing(String name) {
    byte[] archive =
        new TarBytes()
            .directory("folder", 0755)
            .characterDevice("device")
            .symbolicLink("out", "../../../../etc/passwd")
            .symbolicLink("circle", "circle")
            .file("layer.tar", 0644, LAYER)
            .file("config.json", 0644, utf8(CONFIG))
            .file("manifest.json", 0644, manifest(name))
            .bytes();
    assertRefused(archive, "missing");
  }

  @Test
  void aPartThatIsThereTwiceIsRefused() {
    byte[] archive =
        new TarBytes()
            .file("layer.tar", 0644, LAYER)
            .file("layer.tar", 0644, utf8("another"))
            .file("config.json", 0644, utf8(CONFIG))
            .file("manifest.json", 0644, manifest("layer.tar"))
            .bytes();
    assertRefused(archive, "twice");
  }

  @Test
  void aManifestThatIsHugeIsRefused() {
    byte[] huge = new byte[2 << 20];
    Arrays.fill(huge, (byte) ' ');
    assertRefused(new TarBytes().file("manifest.json", 0644, huge).bytes(), "too large");
  }

  @Test
  void aLayoutWhoseManifestIsAnotherIsRefused() {
    byte[] index = utf8("{\"manifests\":[{\"digest\":\"sha256:" + "1".repeat(64) + "\"}]}");
    byte[] archive =
        new TarBytes()
            .file("blobs/sha256/" + "1".repeat(64), 0644, utf8("{}"))
            .file("index.json", 0644, index)
            .bytes();
    assertRefused(archive, "isn't what it is named");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "{}", "nonsense", "[1,2]", "[{}]", "[{\"Config\":\"config.json\"},{}]"})
  void aManifestThatMakesNoSenseIsRefused(String manifest) {
    byte[] archive =
        new TarBytes()
            .file("config.json", 0644, utf8(CONFIG))
            .file("manifest.json", 0644, utf8(manifest))
            .bytes();
    assertThatThrownBy(() -> read(archive)).isInstanceOf(ImageException.class);
  }

  @Test
  void whatBreaksOffIsNoImage() {
    byte[] whole = saved(CONFIG);
    for (int length = 0; length < whole.length - 1024; length += 100) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> read(cut)).isInstanceOfAny(ImageException.class, IOException.class);
    }
  }

  @RepeatedTest(200)
  void damageNeverGivesMoreThanARefusal(RepetitionInfo repetition) throws IOException {
    Random random = new Random(repetition.getCurrentRepetition());
    byte[] archive = saved(CONFIG);
    for (int i = 0; i <= random.nextInt(20); i++) {
      archive[random.nextInt(archive.length)] = (byte) random.nextInt();
    }
    try {
      assertThat(read(archive).layers()).hasSizeLessThan(2);
    } catch (ImageException | IOException e) {
      assertThat(e).hasMessageNotContaining("null");
    }
  }

  /// Whatever an archive says of tags, and whatever else it holds, stays outside.
  @Test
  void theEngineGetsConfigurationLayersAndATagOfOurs() throws Exception {
    byte[] archive =
        new TarBytes()
            .file("repositories", 0644, utf8("{\"busybox\":{\"latest\":\"x\"}}"))
            .file("../../escape", 0644, utf8("x"))
            .symbolicLink("link", "/etc/shadow")
            .file("deep/layer.tar", 0644, LAYER)
            .file("config.json", 0644, utf8(CONFIG))
            .file("manifest.json", 0644, manifest("deep/layer.tar"))
            .bytes();
    Set<String> names = new HashSet<>();
    try (LoadStream load =
            new LoadStream(
                new Reading(new ByteArrayInputStream(archive)), read(archive), "grid/me:cid");
        TarArchiveInputStream tar = new TarArchiveInputStream(load)) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        names.add(entry.getName());
        byte[] bytes = tar.readAllBytes();
        switch (entry.getName()) {
          case "0.tar" -> assertThat(bytes).isEqualTo(LAYER);
          case "config.json" -> assertThat(bytes).isEqualTo(utf8(CONFIG));
          case "manifest.json" ->
              assertThat(new String(bytes, UTF_8))
                  .contains("[\"grid/me:cid\"]", "[\"0.tar\"]")
                  .doesNotContain("busybox");
          default -> throw new AssertionError(entry.getName());
        }
      }
    }
    assertThat(names).containsExactlyInAnyOrder("0.tar", "config.json", "manifest.json");
  }

  private static void assertRefused(byte[] archive, String why) {
    assertThatThrownBy(() -> read(archive))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining(why);
  }

  private static ImageOutline read(byte[] archive) throws IOException, ImageException {
    return read(archive, HERE);
  }

  private static ImageOutline read(byte[] archive, Platform platform)
      throws IOException, ImageException {
    return OutlineReader.read(new ByteArrayInputStream(archive), platform);
  }

  private static byte[] saved(String config) {
    return new TarBytes()
        .file("layer.tar", 0644, LAYER)
        .file("config.json", 0644, utf8(config))
        .file("manifest.json", 0644, manifest("layer.tar"))
        .bytes();
  }

  private static byte[] manifest(String... layers) {
    return utf8(
        "[{\"Config\":\"config.json\",\"RepoTags\":[\"busybox:latest\"],\"Layers\":[\"%s\"]}]"
            .formatted(String.join("\",\"", List.of(layers))));
  }

  private static String config(String os, String architecture) {
    return """
    {"os":"%s","architecture":"%s","rootfs":{"type":"layers","diff_ids":["%s"]}}\
    """
        .formatted(os, architecture, digest(LAYER));
  }

  private static String digest(byte[] bytes) {
    return "sha256:" + HexFormat.of().formatHex(Cid.sha256().digest(bytes));
  }

  private static String blob(byte[] bytes) {
    return "blobs/" + digest(bytes).replace(':', '/');
  }

  private static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }
}
