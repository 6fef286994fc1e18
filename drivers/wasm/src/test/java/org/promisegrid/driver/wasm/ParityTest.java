package org.promisegrid.driver.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.sandbox.Outcome;

/// A program written for no grid at all does here what its native build does.
@Timeout(600)
class ParityTest {

  private static final byte[] TEXT =
      "Apple\nbanana\n\nAPPLE pie\nGrüße aus Übersee\nno end of line: apple"
          .getBytes(StandardCharsets.UTF_8);

  private static final List<List<String>> CALLS =
      List.of(
          List.of("apple"),
          List.of("-i", "apple"),
          List.of("-in", "apple"),
          List.of("-c", "a"),
          List.of("-vn", "a"),
          List.of("-q", "banana"),
          List.of("-q", "cherry"),
          List.of("cherry"),
          List.of(""),
          List.of("Übersee"),
          List.of("--", "-"),
          List.of(),
          List.of("one", "two"),
          List.of("-x", "apple"));

  @Test
  void outputLogAndExitCodeAreThoseOfTheNativeBuild(@TempDir Path directory)
      throws IOException, InterruptedException {
    assumeThat(compiler()).as("a C compiler, `cc`, on the path").isTrue();
    Path program = directory.resolve("function"); // so that both have one name
    Path source = Modules.examples().resolve("match.c").toAbsolutePath();
    assertThat(
            execute(
                    List.of("cc", "-std=gnu11", "-o", program.toString(), source.toString()),
                    TEXT,
                    directory)
                .code)
        .isZero();
    byte[] module = Modules.example("match");
    try (Lab lab = new Lab(directory)) {
      for (byte[] input : List.of(TEXT, new byte[0])) {
        for (List<String> arguments : CALLS) {
          List<String> command = new ArrayList<>(List.of(program.toString()));
          command.addAll(arguments);
          Native expected = execute(command, input, directory);
          var result = lab.pure(module, input, arguments.toArray(String[]::new));
          assertThat(result.outcome())
              .as("%s", arguments)
              .isEqualTo(new Outcome.Exited(expected.code));
          assertThat(result.text()).as("%s", arguments).isEqualTo(expected.out);
          if (!arguments.contains("-x")) { // the C library's own words, which differ
            assertThat(result.log()).as("%s", arguments).isEqualTo(expected.log);
          }
        }
      }
    }
  }

  private record Native(int code, String out, String log) {}

  private static Native execute(List<String> command, byte[] input, Path directory)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile(directory, "log", "");
    Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(input);
    } catch (IOException e) {
      // It may end without reading.
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    }
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Native(process.waitFor(), out, Files.readString(log));
  }

  private static boolean compiler() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "cc")));
  }
}
