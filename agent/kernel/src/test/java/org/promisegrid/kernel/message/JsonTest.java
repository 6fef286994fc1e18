package org.promisegrid.kernel.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class JsonTest {

  private static final String LINK = Input.EMPTY.toString();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "null                      | null",
        "true                      | true",
        "-9223372036854775808      | -9223372036854775808",
        "9223372036854775807       | 9223372036854775807",
        "\"a\\\"\\\\\\n\\u0000é😀\" | \"a\\\"\\\\\\u000a\\u0000é😀\"",
        "[]                        | []",
        "{}                        | {}",
        "[1,[2,{\"a\":null}]]      | [1, [2, {\"a\": null}]]",
        "{\"b\":1,\"aa\":2}        | {\"b\": 1, \"aa\": 2}",
        "{\"/\":{\"bytes\":\"\"}}  | h''",
        "{\"/\":{\"bytes\":\"AP8\"}} | h'00ff'",
        "{\"/\":{\"tag\":[7,\"x\"]}} | 7(\"x\")",
        "{\"/\":{\"map\":[[1,2],[\"a\",3]]}} | {1: 2, \"a\": 3}",
        "{\"/\":{\"map\":[[\"/\",1]]}} | {\"/\": 1}",
        "{\"a\":{\"/\":{\"bytes\":\"AA\"}}} | {\"a\": h'00'}",
      })
  void saysWhatAnItemSays(String json, String notation) throws MalformedException {
    Item item = DiagnosticReader.read(notation);
    assertThat(Json.write(item)).isEqualTo(json);
    assertThat(Json.read(json)).isEqualTo(item);
    assertThat(Json.read(json.getBytes(StandardCharsets.UTF_8))).isEqualTo(item);
    assertThat(Json.read(Json.pretty(item))).isEqualTo(item);
  }

  @Test
  void aLinkIsAMapOfOne() throws MalformedException {
    String json = "{\"/\":\"" + LINK + "\"}";
    assertThat(Json.write(Item.of(Input.EMPTY))).isEqualTo(json);
    assertThat(Json.read(json)).isEqualTo(Item.of(Input.EMPTY));
  }

  @Test
  void prettyIsIndented() {
    Item item = DiagnosticReader.read("{\"a\": [1, 2], \"b\": {}}");
    assertThat(Json.pretty(item))
        .isEqualTo(
            """
            {
              "a": [
                1,
                2
              ],
              "b": { }
            }
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``                         | no JSON",
        "` `                        | no JSON",
        "[1                         | not JSON",
        "[1,]                       | not JSON",
        "{\"a\":1,}                 | not JSON",
        "{a:1}                      | not JSON",
        "'a'                        | not JSON",
        "// x                       | not JSON",
        "NaN                        | not JSON",
        "01                         | not JSON",
        "+1                         | not JSON",
        "1 2                        | after its end",
        "{} []                      | after its end",
        "1.0                        | only whole numbers",
        "1e3                        | only whole numbers",
        "9223372036854775808        | 64 bits",
        "-9223372036854775809       | 64 bits",
        "111111111111111111111111   | not JSON",
        "{\"a\":1,\"a\":2}          | not JSON",
        "\"\\ud800\"                | half a surrogate pair",
        "{\"\\udc00\":1}            | half a surrogate pair",
        "{\"/\":1}                  | in no such form",
        "{\"/\":null}               | in no such form",
        "{\"/\":[]}                 | in no such form",
        "{\"/\":\"bafy\"}           | link that is none",
        "{\"/\":\"\"}               | link that is none",
        "{\"a\":1,\"/\":\"x\"}      | in no such form",
        "{\"/\":{\"bytes\":\"AA\"},\"a\":1} | in no such form",
        "{\"/\":{}}                 | in no such form",
        "{\"/\":{\"bytes\":\"AA\",\"x\":1}} | in no such form",
        "{\"/\":{\"bytes\":1}}      | in no such form",
        "{\"/\":{\"bytes\":\"AA==\"}} | padding",
        "{\"/\":{\"bytes\":\"AB\"}} | bits set beyond the end",
        "{\"/\":{\"bytes\":\"A\"}}  | not base64",
        "{\"/\":{\"bytes\":\"A_\"}} | not base64",
        "{\"/\":{\"tag\":[1]}}      | unexpected",
        "{\"/\":{\"tag\":[-1,1]}}   | tag that is none",
        "{\"/\":{\"tag\":[42,1]}}   | tag that is none",
        "{\"/\":{\"tag\":[1,1,1]}}  | in no such form",
        "{\"/\":{\"map\":[]}}       | could be an object",
        "{\"/\":{\"map\":[[\"a\",1]]}} | could be an object",
        "{\"/\":{\"map\":[[1,1],[1,2]]}} | twice",
        "{\"/\":{\"map\":[[null,1]]}} | neither text nor",
        "{\"/\":{\"map\":[[1]]}}    | unexpected",
        "{\"/\":{\"map\":[1]}}      | in no such form",
      })
  void whatAnItemCannotSayIsRefused(String json, String why) {
    assertThatThrownBy(() -> Json.read(json))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(why);
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() {
    assertThatThrownBy(() -> Json.read(new byte[] {'"', (byte) 0xff, '"'}))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("UTF-8");
    assertThatThrownBy(() -> Json.read("\"a\"".getBytes(StandardCharsets.UTF_16)))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void depthSizeAndItemsAreBounded() throws MalformedException {
    String deepest = "[".repeat(Cbor.MAX_DEPTH + 1) + "]".repeat(Cbor.MAX_DEPTH + 1);
    assertThat(Json.write(Json.read(deepest))).isEqualTo(deepest);
    for (String bomb :
        new String[] {
          "[" + deepest + "]",
          "[".repeat(1_000_000),
          "{\"a\":".repeat(100_000),
          "[" + "0,".repeat(74_897) + "0]",
          " ".repeat(Json.MAX_SIZE + 1)
        }) {
      assertThatThrownBy(() -> Json.read(bomb)).isInstanceOf(MalformedException.class);
    }
  }
}
