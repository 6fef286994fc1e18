package org.promisegrid.kernel.token;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PrivateFileTest {

  private static final byte[] BYTES = "kept".getBytes(US_ASCII);

  @TempDir private Path folder = Path.of("");

  private static String whose(Path path) throws IOException {
    return Files.getAttribute(path, "unix:uid")
        + ":"
        + Files.getAttribute(path, "unix:gid")
        + " "
        + PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void whatRootWritesIsOfTheFoldersOwner() throws IOException {
    assumeTrue(whose(folder).startsWith("0:"), "only root can give files away");
    Files.setAttribute(folder, "unix:gid", 54_322);
    Files.setAttribute(folder, "unix:uid", 54_321);
    Path inside = folder.resolve("a").resolve("b");

    PrivateFile.makeFolder(inside);
    PrivateFile.write(inside.resolve("written"), BYTES);
    PrivateFile.create(inside.resolve("made"), BYTES);
    KeyFile.write(inside.resolve("key"), new Cast(5).node);

    assertThat(whose(folder.resolve("a"))).isEqualTo("54321:54322 rwx------");
    assertThat(whose(inside)).isEqualTo("54321:54322 rwx------");
    for (String name : new String[] {"written", "made", "key"}) {
      assertThat(whose(inside.resolve(name))).isEqualTo("54321:54322 rw-------");
    }
  }

  @Test
  void whatIsWrittenInOnesOwnFolderIsOnesOwn() throws IOException {
    String own = whose(folder).split(" ", 2)[0];
    PrivateFile.makeFolder(folder.resolve("a"));
    PrivateFile.create(folder.resolve("a/made"), BYTES);
    assertThat(whose(folder.resolve("a"))).isEqualTo(own + " rwx------");
    assertThat(whose(folder.resolve("a/made"))).isEqualTo(own + " rw-------");
  }

  @Test
  void aNewFileIsWholeAndNeverInPlaceOfAnother() throws IOException {
    Path file = folder.resolve("made");
    PrivateFile.create(file, BYTES);
    assertThatThrownBy(() -> PrivateFile.create(file, new byte[0]))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasBinaryContent(BYTES);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void aFileIsNoFolder() throws IOException {
    Path file = folder.resolve("made");
    PrivateFile.create(file, BYTES);
    assertThatThrownBy(() -> PrivateFile.makeFolder(file)).isInstanceOf(IOException.class);
  }
}
