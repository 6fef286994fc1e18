package org.promisegrid.kernel.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A process that is killed leaves nothing of what the database needs to be unpacked.
@Timeout(600)
final class NativeLibraryTest {

  @TempDir Path folder;

  private Path temporary = Path.of("");
  private Path database = Path.of("");

  @BeforeEach
  void folders() throws IOException {
    temporary = Files.createDirectory(folder.resolve("temporary"));
    database = folder.resolve("small");
  }

  @Test
  void aKilledProcessLeavesNothingOfIt() throws Exception {
    killed();
    assertThat(temporary).isEmptyDirectory();
    assertThat(libraries()).isEmpty();
  }

  @Test
  void whatAProcessLeftThatWasKilledWhileItUnpackedIsReplacedAndRemoved() throws Exception {
    Path own = Files.createDirectories(database.resolve("native"));
    for (String name : List.of("librocksdbjni-linux64.so", "librocksdbjni-other.so")) {
      Files.writeString(own.resolve(name), "cut off");
    }
    killed();
    assertThat(temporary).isEmptyDirectory();
    assertThat(libraries()).isEmpty();
  }

  @Test
  void whereItCannotBeUnpackedInTheHomeItIsAmongTheTemporaryFilesAndGoneAsWell() throws Exception {
    Files.writeString(Files.createDirectories(database).resolve("native"), "in the way");
    killed();
    assertThat(temporary).isEmptyDirectory();
  }

  private List<Path> libraries() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.getFileName().toString().contains("native")).toList();
    }
  }

  /// Has another process write to the database, and end without a chance to clear up.
  private void killed() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                Killed.class.getName(),
                database.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isEqualTo(137);
    try (Database left = Database.open(database, Set.of("content"), Database.Durability.SYNCED)) {
      assertThat(left.has("content", new byte[] {1})).isTrue();
    }
  }

  /// The program of that other process.
  static final class Killed {

    private Killed() {}

    /// Writes to the database whose folder is its argument.
    public static void main(String[] arguments) {
      Database database =
          Database.open(Path.of(arguments[0]), Set.of("content"), Database.Durability.SYNCED);
      database.put("content", new byte[] {1}, new byte[] {2});
      Runtime.getRuntime().halt(137);
    }
  }
}
