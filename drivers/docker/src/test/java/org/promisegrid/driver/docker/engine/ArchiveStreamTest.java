package org.promisegrid.driver.docker.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.driver.docker.engine.ArchiveStream.Entry;

/// What goes into an archive comes out of it by a reader that isn't ours.
final class ArchiveStreamTest {

  private static Entry file(String name, byte[] content) {
    return Entry.file(name, 0640, 7, 8, content.length, () -> new ByteArrayInputStream(content));
  }

  private static List<TarArchiveEntry> read(List<Entry> entries, List<byte[]> contents)
      throws IOException {
    List<TarArchiveEntry> read = new ArrayList<>();
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(new ArchiveStream(entries), UTF_8.name())) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        read.add(entry);
        contents.add(tar.readAllBytes());
      }
    }
    return read;
  }

  @Test
  void filesFoldersAndLinksAreWhatTheyWere() throws IOException {
    List<byte[]> contents = new ArrayList<>();
    List<TarArchiveEntry> read =
        read(
            List.of(
                Entry.folder("a", 0755),
                file("a/empty", new byte[0]),
                file("a/block", new byte[512]),
                file("a/more", new byte[513]),
                Entry.link("b", "a/more")),
            contents);
    assertThat(read)
        .extracting(TarArchiveEntry::getName)
        .containsExactly("a/", "a/empty", "a/block", "a/more", "b");
    assertThat(read.getFirst().isDirectory()).isTrue();
    assertThat(read.get(4).isSymbolicLink()).isTrue();
    assertThat(read.get(4).getLinkName()).isEqualTo("a/more");
    assertThat(read.get(3).getMode() & 0777).isEqualTo(0640);
    assertThat(read.get(3).getLongUserId()).isEqualTo(7);
    assertThat(read.get(3).getLongGroupId()).isEqualTo(8);
    assertThat(read.get(3).getLastModifiedTime().toMillis()).isZero();
    assertThat(contents).extracting(it -> it.length).containsExactly(0, 0, 512, 513, 0);
  }

  /// Lengths at which a record's own length gets another digit are among them.
  @ParameterizedTest
  @ValueSource(ints = {1, 99, 100, 101, 85, 86, 87, 88, 89, 90, 91, 92, 500, 980, 985, 990, 4000})
  void namesAndTargetsAreOfAnyLength(int length) throws IOException {
    String name = "n".repeat(length);
    String target = "ä".repeat(length);
    List<TarArchiveEntry> read =
        read(
            List.of(file(name, new byte[] {1}), Entry.link(name + "l", target)), new ArrayList<>());
    assertThat(read).extracting(TarArchiveEntry::getName).containsExactly(name, name + "l");
    assertThat(read.get(1).getLinkName()).isEqualTo(target);
  }

  /// Its end would be taken for that of the archive.
  @Test
  void oneThatIsClosedHasNoEnd() throws IOException {
    ArchiveStream archive = new ArchiveStream(List.of(file("a", new byte[600])));
    assertThat(archive.readNBytes(700)).hasSize(700);
    archive.close();
    assertThatIOException().isThrownBy(archive::read);
  }

  @Test
  void whatCanNotBeReadEndsIt() {
    List<Entry> entries =
        List.of(
            Entry.file(
                "gone",
                0644,
                0,
                0,
                5,
                () -> {
                  throw new FileNotFoundException("gone");
                }));
    assertThatIOException().isThrownBy(() -> read(entries, new ArrayList<>()));
  }
}
