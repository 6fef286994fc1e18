package org.promisegrid.cli.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ProgressTest {

  private static final long MS = 1_000_000;

  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
  private final PrintStream terminal = new PrintStream(shown, true, StandardCharsets.UTF_8);
  private long now = 7;

  private Progress progress(String what, long size) {
    return new Progress(Optional.of(terminal), what, size, () -> now);
  }

  private String lines() {
    return shown.toString(StandardCharsets.UTF_8).replace("\r\u001b[K", "|");
  }

  @Test
  void itTellsHowFarItIsNowAndThenAndLeavesNothingBehind() throws IOException {
    try (Progress progress = progress("put file", 4096);
        OutputStream out = progress.of(OutputStream.nullOutputStream())) {
      out.write(new byte[1024]);
      now += 1000 * MS;
      out.write(new byte[1024]);
      out.write(new byte[1]);
      now += 1000 * MS;
      out.write(new byte[1023]);
    }
    assertThat(lines())
        .isEqualTo(
            "|put file: 2.0 KiB of 4.0 KiB, 50 %, 2.0 KiB/s"
                + "|put file: 3.0 KiB of 4.0 KiB, 75 %, 1.5 KiB/s|");
  }

  @Test
  void whatIsSoonDoneShowsNothing() throws IOException {
    try (Progress progress = progress("put file", 10)) {
      now += 400 * MS;
      assertThat(progress.of(new ByteArrayInputStream(new byte[10])).readAllBytes()).hasSize(10);
    }
    assertThat(lines()).isEmpty();
  }

  @Test
  void withoutASizeItTellsOnlyHowMuch() throws IOException {
    try (Progress progress = progress("get \u001b[2Jx", 0)) {
      now += 2000 * MS;
      assertThat(progress.of(new ByteArrayInputStream(new byte[2048])).read(new byte[2048]))
          .isEqualTo(2048);
    }
    assertThat(lines()).isEqualTo("|get ·[2Jx: 2.0 KiB, 1.0 KiB/s|");
  }

  @Test
  void withoutATerminalItIsSilent() throws IOException {
    try (Progress progress = new Progress(Optional.empty(), "put", 10, () -> now)) {
      now += 2000 * MS;
      assertThat(progress.of(new ByteArrayInputStream(new byte[10])).readAllBytes()).hasSize(10);
    }
    assertThat(lines()).isEmpty();
  }
}
