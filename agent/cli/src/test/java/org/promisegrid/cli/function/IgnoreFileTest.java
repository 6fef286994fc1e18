package org.promisegrid.cli.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Patterns of `.dockerignore` mean here what they do to Docker's own clients.
final class IgnoreFileTest {

  private static boolean ignores(String lines, String path) {
    return IgnoreFile.of(List.of(lines.split(";", -1))).ignores(path);
  }

  @ParameterizedTest
  @CsvSource({
    "a,a",
    "a,a/b/c",
    "/a/,a",
    "./a,a/b",
    "a/../b,b",
    "*.log,x.log",
    "*/x,a/x",
    "*/*/x,a/b/x",
    "**/x,x",
    "**/x,a/b/x",
    "a/**,a/b/c",
    "a/**/x,a/x",
    "a/**/x,a/b/c/x",
    "**,a/b",
    "?,a",
    "a?c,abc",
    "[a-c]x,bx",
    "[^a-c]x,dx",
    "a\\*b,a*b",
    "a.b,a.b",
    "*;!b;b,b",
    "# b;  a  ,a",
    "**/.git,a/.git/config"
  })
  void theseAreLeftOut(String lines, String path) {
    assertThat(ignores(lines, path)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "a,b",
    "a,ab",
    "a,b/a",
    "*.log,a/x.log",
    "*/x,x",
    "*/x,a/b/x",
    "?,ab",
    "a?c,a/c",
    "[a-c]x,dx",
    "[^a-c]x,bx",
    "[^a]x,/x",
    "a\\*b,aab",
    "a.b,aab",
    "*;!b,b",
    "a;!a/b,a/b",
    "a;!a/b,a/b/c",
    "#a,a",
    "'',a",
    "!a,a",
    "/,a"
  })
  void theseAreNot(String lines, String path) {
    assertThat(ignores(lines, path)).isFalse();
  }

  @Test
  void whereOneIsTakenBackFoldersAreSearched() {
    assertThat(IgnoreFile.of(List.of("a", "!a/b")).hasExceptions()).isTrue();
    assertThat(IgnoreFile.of(List.of("a", "b")).hasExceptions()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"[a", "[]", "[b-a]", "x[z-a]y"})
  void whatIsNoPatternIsNamed(String line) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IgnoreFile.of(List.of(line)))
        .withMessageContaining(line);
  }

  @Test
  void aFolderWithoutOneLeavesNothingOutAndABadOneIsNamed(@TempDir Path folder) throws IOException {
    assertThat(IgnoreFile.in(folder).ignores("a")).isFalse();
    Path file = Files.writeString(folder.resolve(".dockerignore"), "a\r\nb\n");
    assertThat(IgnoreFile.in(folder).ignores("a")).isTrue();
    Files.writeString(file, "[\n");
    assertThatIOException()
        .isThrownBy(() -> IgnoreFile.in(folder))
        .withMessageContaining(".dockerignore");
    Files.write(file, new byte[] {(byte) 0xff, '\n'});
    assertThatIOException().isThrownBy(() -> IgnoreFile.in(folder)).withMessageContaining("UTF-8");
  }
}
