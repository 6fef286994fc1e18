package org.promisegrid.kernel.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DiagnosticTest {

  @Test
  void whatIsWrittenIsReadBack() {
    Seeded.times(
        4_000,
        random -> {
          Item item = new Arbitrary(random).item();
          assertThat(DiagnosticReader.read(Diagnostic.of(item))).isEqualTo(item);
          assertThat(DiagnosticReader.read(Diagnostic.pretty(item))).isEqualTo(item);
        });
  }

  @Test
  void linksAreNamedAndLinesAreShort() {
    Item item = Message.of(Protocols.ANSWER, Item.array(Item.of(Input.EMPTY)), Item.of(7)).item();
    String answer = Diagnostic.of(Item.of(Protocols.ANSWER));
    assertThat(Diagnostic.pretty(item))
        .isEqualTo(
            """
            1735551332([
              %s / answer /,
              [
                42(h'0001551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855') / %s /
              ],
              7
            ])
            """
                .formatted(answer, Input.EMPTY));
  }

  @Test
  void whatATerminalWouldObeyIsEscaped() {
    assertThat(Diagnostic.of(Item.of("\u001b[31m\u202e\u0085\u2028")))
        .isEqualTo("\"\\u001b[31m\\u202e\\u0085\\u2028\"");
  }
}
