package org.promisegrid.cli.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.token.Condition;
import org.promisegrid.kernel.token.Condition.Op;

final class TextTest {

  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  @ParameterizedTest
  @CsvSource({
    "0,0 B",
    "1023,1023 B",
    "1024,1.0 KiB",
    "1536,1.5 KiB",
    "102300,99.9 KiB",
    "1048575,1.0 MiB",
    "5368709120,5.0 GiB",
    "9223372036854775807,8.0 EiB"
  })
  void sizesAreToldToThreeDigits(long bytes, String text) {
    assertThat(Sizes.text(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S,0 µs",
    "PT0.000034S,34 µs",
    "PT0.0012S,1.20 ms",
    "PT0.9999S,1.00 s",
    "PT1.5S,1.50 s",
    "PT119S,119 s",
    "PT3M20S,3 min 20 s",
    "PT3H,3 h",
    "PT73H,3 d 1 h"
  })
  void spansAreToldInTheirOwnUnit(Duration span, String text) {
    assertThat(Spans.text(span)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "1h30m,2026-11-22T13:30:00Z",
    "2027-01-31,2027-01-30T23:00:00Z",
    "2027-01-31T12:00,2027-01-31T11:00:00Z",
    "2027-01-31 12:00,2027-01-31T11:00:00Z",
    "2027-01-31T12:00Z,2027-01-31T12:00:00Z",
    "2027-01-31T12:00+05:30,2027-01-31T06:30:00Z"
  })
  void anEndIsAfterATimeOrAtOne(String typed, Instant expected) {
    assertThat(Spans.point(typed, NOW, ZoneOffset.ofHours(1))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "tomorrow", "5", "1h30", "2027-13-01", "99999999999h", "-1h"})
  void whatIsNoTimeIsSaidToBeNone(String typed) {
    assertThatThrownBy(() -> Spans.point(typed, NOW, ZoneId.of("UTC")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + typed + "'");
  }

  @Test
  void parametersAreTextUnlessTheySayThatTheyAreJson() {
    assertThat(
            Values.assignments(List.of("width=640", "empty=", "a-b=x=y", "n:=640", "l:=[1,\"2\"]")))
        .isEqualTo(
            Map.of(
                "width", Item.of("640"),
                "empty", Item.of(""),
                "a-b", Item.of("x=y"),
                "n", Item.of(640),
                "l", Item.array(Item.of(1), Item.of("2"))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "=x", "width", "1=2", "a b=c", "a:=", "a:={", "a:=1.5"})
  void whatIsNoParameterIsSaidToBeNone(String typed) {
    assertThatThrownBy(() -> Values.assignments(List.of(typed)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aParameterIsGivenOnce() {
    assertThatThrownBy(() -> Values.assignments(List.of("a=1", "a:=1")))
        .hasMessage("parameter 'a' is given twice");
  }

  @Test
  void conditionsCompareWhatTheyLookLike() {
    assertThat(Values.condition("params.width<=640"))
        .isEqualTo(Condition.param("width", Op.LE, Item.of(640)));
    assertThat(Values.condition(" params.width >= -1 "))
        .isEqualTo(Condition.param("width", Op.GE, Item.of(-1)));
    assertThat(Values.condition("params.mode=fast"))
        .isEqualTo(Condition.param("mode", Op.EQ, Item.of("fast")));
    assertThat(Values.condition("params.mode == \"640\""))
        .isEqualTo(Condition.param("mode", Op.EQ, Item.of("640")));
    assertThat(Values.condition("params.debug!=true"))
        .isEqualTo(Condition.param("debug", Op.NE, Item.TRUE));
    assertThat(Values.condition("params.mode in [\"a\", \"b\"]"))
        .isEqualTo(Condition.param("mode", Op.IN, Item.array(Item.of("a"), Item.of("b"))));
    assertThat(Values.condition("params.path^=/srv/"))
        .isEqualTo(Condition.param("path", Op.PREFIX, Item.of("/srv/")));
    assertThat(Values.condition("params.path prefix \"/srv/\""))
        .isEqualTo(Condition.param("path", Op.PREFIX, Item.of("/srv/")));
    assertThat(Values.condition("terms.limits.time<5000"))
        .isEqualTo(new Condition(List.of("terms", "limits", "time"), Op.LT, Item.of(5000)));
    assertThat(Values.condition("params.secret absent"))
        .isEqualTo(Condition.param("secret", Op.ABSENT, Item.NULL));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "width<=640",
        "params.width",
        "params<5",
        "params.a<fast",
        "params.a in fast",
        "params.a ~ 5",
        "params.a <="
      })
  void whatIsNoConditionIsSaidToBeNone(String typed) {
    assertThatThrownBy(() -> Values.condition(typed)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void columnsAreAlignedAndNumbersFlushRight() {
    assertThat(new Rows("name", ">size").add("a", 5).add("bcdef", 1000).text())
        .isEqualTo("name   size\na         5\nbcdef  1000\n");
  }

  @Test
  void whatOthersWroteCantSteerTheTerminal() {
    assertThat(new Rows().add("a\u001b[31mred\r\nline", "\u009b2J").text())
        .isEqualTo("a·[31mred··line  ·2J\n");
  }

  @Test
  void whatATerminalShowsIsTheSameHoweverTheBytesCome() throws IOException {
    byte[] bytes = "ä€😀\033]0;x\007\u202e\r\n\tend".getBytes(StandardCharsets.UTF_8);
    String expected = "ä€😀·]0;x··\u00b7\n\tend";
    for (int piece = 1; piece <= bytes.length; piece++) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (PlainStream stream = new PlainStream(out)) {
        for (int at = 0; at < bytes.length; at += piece) {
          stream.write(bytes, at, Math.min(piece, bytes.length - at));
        }
      }
      assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(expected);
    }
  }

  @Test
  void whatIsNoTextIsShownAsSuchToItsEnd() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PlainStream stream = new PlainStream(out)) {
      stream.write(new byte[] {'a', (byte) 0xff, (byte) 0x9b, 'b', (byte) 0xe2, (byte) 0x82});
      assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("a\ufffd\ufffdb");
    }
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("a\ufffd\ufffdb\ufffd");
  }
}
