package org.promisegrid.driver.wasm;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import org.promisegrid.tck.TestProgram;

/// Modules that tests run.
final class Modules {

  private Modules() {}

  /// A program of the conformance suite.
  static byte[] of(TestProgram program) {
    String name = "wasm/" + program.name().toLowerCase(Locale.ROOT) + ".wasm";
    try (InputStream in =
        Objects.requireNonNull(TestProgram.class.getResourceAsStream(name), name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// One of the examples at the project's top.
  static byte[] example(String name) {
    try {
      return Files.readAllBytes(examples().resolve(name + ".wasm"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Where the examples are.
  static Path examples() {
    return Path.of("../../examples");
  }
}
