package org.promisegrid.kernel.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Cid;

/// The pin: a released protocol document never changes, since its bytes are its function's name.
///
/// While a document is being written, `-Dgrid.release=true` makes this test write the list anew. A
/// line that ends with `frozen` is never written anew: who releases documents adds that by hand.
final class ProtocolsTest {

  private static final Path FOLDER = Path.of("..", "..", "docs", "protocols");
  private static final String FROZEN = "\tfrozen";
  private static final Path LIST = FOLDER.resolve("released.txt");

  @Test
  void everyDocumentIsListedWithTheNameOfItsBytes() throws IOException {
    String list = list(Files.readString(LIST), documents());
    if (Boolean.getBoolean("grid.release")) {
      Files.writeString(LIST, list);
    }
    assertThat(Files.readString(LIST)).isEqualTo(list);
  }

  /// The list of documents, where that of before lets it be so.
  private static String list(String before, SortedMap<String, byte[]> documents) {
    Set<String> frozen =
        before.lines().filter(line -> line.endsWith(FROZEN)).collect(Collectors.toSet());
    String list =
        documents.entrySet().stream()
            .map(document -> document.getKey() + "\t" + Cid.of(document.getValue()))
            .map(line -> (frozen.contains(line + FROZEN) ? line + FROZEN : line) + "\n")
            .collect(Collectors.joining());
    assertThat(list.lines())
        .as("a document that was released is changed or gone: what must change is a new one")
        .containsAll(frozen);
    return list;
  }

  @Test
  void whatIsFrozenStaysWhatIsADraftIsPinnedAnew() {
    SortedMap<String, byte[]> documents =
        new TreeMap<>(Map.of("a", "one".getBytes(UTF_8), "b", "two".getBytes(UTF_8)));
    String drafts = list("", documents);
    String released = drafts.replaceFirst("\n", FROZEN + "\n");
    assertThat(list(released, documents)).isEqualTo(released);

    documents.put("b", "other".getBytes(UTF_8));
    documents.put("c", "new".getBytes(UTF_8));
    assertThat(list(released, documents))
        .startsWith("a\t" + Cid.of("one".getBytes(UTF_8)) + FROZEN + "\nb\t")
        .contains("b\t" + Cid.of("other".getBytes(UTF_8)) + "\n")
        .contains("c\t" + Cid.of("new".getBytes(UTF_8)) + "\n");

    documents.put("a", "changed".getBytes(UTF_8));
    assertThatThrownBy(() -> list(released, documents)).isInstanceOf(AssertionError.class);
    documents.remove("a");
    assertThatThrownBy(() -> list(released, documents)).isInstanceOf(AssertionError.class);
  }

  /// What a version may not be released with.
  private static List<String> drafts(String version, String list) {
    return version.endsWith("-SNAPSHOT")
        ? List.of()
        : list.lines().filter(line -> !line.endsWith(FROZEN)).toList();
  }

  @Test
  void aVersionThatIsReleasedHasNoDrafts() throws IOException {
    assertThat(drafts("1.2.3-SNAPSHOT", "a\tb\n")).isEmpty();
    assertThat(drafts("1.2.3", "a\tb\nc\td" + FROZEN + "\n")).containsExactly("a\tb");

    Matcher version =
        Pattern.compile("<version>([^<$]+)</version>")
            .matcher(Files.readString(Path.of("..", "..", "pom.xml")));
    assertThat(version.find()).isTrue();
    assertThat(drafts(version.group(1), Files.readString(LIST))).isEmpty();
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
          String text = new String(bytes, UTF_8);
          assertThat(text.getBytes(UTF_8)).as(name).isEqualTo(bytes);
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
