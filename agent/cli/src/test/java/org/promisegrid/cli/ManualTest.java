package org.promisegrid.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ManualTest {

  @TempDir private Path folder = Path.of("");

  private static FakeAgent.Ended run(String... arguments) {
    return FakeAgent.run(Map.of(), "", arguments);
  }

  @Test
  void everyCommandHasAPage() throws IOException {
    assertThat(run("manual", "--into", folder.toString()).code()).isZero();
    for (Commands each : Commands.values()) {
      assertThat(Files.readString(folder.resolve("grid-" + each.word() + ".1")))
          .contains("\ngrid\\-" + each.word() + " \\- ")
          .contains(".SH \"SYNOPSIS\"");
    }
    assertThat(folder.resolve("grid.1")).exists();
  }

  @Test
  void noLineIsAnInstructionByAccident() throws IOException {
    assertThat(run("manual", "--into", folder.toString()).code()).isZero();
    try (Stream<Path> pages = Files.list(folder)) {
      for (Path page : pages.toList()) {
        assertThat(Files.readAllLines(page))
            .allMatch(
                line -> line.matches("(\\.(TH|SH|TP|PP|B|I|nh|ad|nf|fi)( .*)?|[^.'].*|)"),
                page.toString());
        assertThat(Files.readString(page)).isASCII();
      }
    }
  }

  @Test
  void aPageHasItsOptionsAndTheirDefaults() {
    assertThat(run("manual", "down").out())
        .contains(".B \\-\\-within 60s\n")
        .contains("How long to wait at most (default: 60s).")
        .doesNotContain("${")
        .doesNotContain("\\-\\-home");
    assertThat(run("manual", "token").out()).contains(".SH \"grid token issue\"");
  }

  @Test
  void theWholeHasWhatHoldsForEveryCommand() {
    assertThat(run("manual").out())
        .contains(".B \\-\\-home DIR\n")
        .contains(".B 124\na run crossed a limit")
        .contains("GRID_HOME");
  }

  @Test
  void aCommandThatIsNoneHasNoPage() {
    assertThat(run("manual", "dance").err()).contains("there is no command dance");
    assertThat(run("manual", "call", "--into", folder.toString()).code()).isEqualTo(2);
  }
}
