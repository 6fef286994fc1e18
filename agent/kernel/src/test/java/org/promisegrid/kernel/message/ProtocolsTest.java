package org.promisegrid.kernel.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Cid;

/// The pin: a released protocol document never changes, since its bytes are its function's name.
///
/// While a document is being written, `-Dgrid.release=true` makes this test write the list anew.
final class ProtocolsTest {

  private static final Path FOLDER = Path.of("..", "..", "docs", "protocols");
  private static final Path LIST = FOLDER.resolve("released.txt");

  @Test
  void everyDocumentIsListedWithTheNameOfItsBytes() throws IOException {
    String list =
        documents().entrySet().stream()
            .map(document -> document.getKey() + "\t" + Cid.of(document.getValue()) + "\n")
            .collect(Collectors.joining());
    if (Boolean.getBoolean("grid.release")) {
      Files.writeString(LIST, list);
    }
    assertThat(Files.readString(LIST)).isEqualTo(list);
  }

  @Test
  void whatIsPackagedIsWhatStandsInTheFolder() throws IOException {
    assumeThat(Boolean.getBoolean("grid.release")).as("packaged before the list").isFalse();
    SortedMap<String, byte[]> documents = documents();
    assertThat(Protocols.all().keySet()).containsExactlyElementsOf(documents.keySet());
    documents.forEach((name, bytes) -> {
      assertThat(Protocols.document(name)).as(name).isEqualTo(bytes);
      assertThat(Protocols.cid(name)).isEqualTo(Cid.of(bytes));
      assertThat(Protocols.name(Cid.of(bytes))).contains(name);
    });
  }

  @Test
  void documentsAreUtf8WithPlainLineEnds() throws IOException {
    documents()
        .forEach((name, bytes) -> {
          String text = new String(bytes, StandardCharsets.UTF_8);
          assertThat(text.getBytes(StandardCharsets.UTF_8)).as(name).isEqualTo(bytes);
          assertThat(text).as(name).doesNotContain("\r").startsWith("# ").endsWith("\n");
        });
  }

  private static SortedMap<String, byte[]> documents() throws IOException {
    SortedMap<String, byte[]> documents = new TreeMap<>();
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".md") && !name.equals("README.md")) {
          documents.put(name.substring(0, name.length() - 3), Files.readAllBytes(file));
        }
      }
    }
    return documents;
  }
}
