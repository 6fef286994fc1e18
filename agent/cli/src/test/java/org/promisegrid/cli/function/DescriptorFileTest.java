package org.promisegrid.cli.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.kernel.function.Descriptor;
import org.promisegrid.kernel.function.Parameter;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Isolation;

final class DescriptorFileTest {

  private static final Path FOLDER = Path.of("/home/ada/thumb");
  private static final Cid CODE = Cid.of(new byte[] {1});

  private static final String THUMB =
      """
      pure: true
      accepts: image/png
      returns: image/png
      kept: [0, 3]
      parameters:
        width: {type: integer, default: 320, minimum: 1}
        gamma: {type: number, default: 1.50}
        along: {type: string, enum: [x, "true"], default: ~}
      limits: {time: 5s, memory: 128MiB, log: 65536}
      isolation: kernel
      forms:
        - wasm: ./thumb.wasm
        - {program: bin/thumb, attributes: {os: linux}}
      """;

  @Test
  void aFileIsADescriptorWhoseFormsAreFilesAndItsTerms() throws Exception {
    Draft draft = DescriptorFile.parse(THUMB, "thumb.yaml", FOLDER);
    assertThat(draft.code())
        .containsExactly(
            new Draft.Source.File(Path.of("/home/ada/thumb/thumb.wasm")),
            new Draft.Source.File(Path.of("/home/ada/thumb/bin/thumb")));
    assertThat(draft.terms().limits().time()).contains(Duration.ofSeconds(5));
    assertThat(draft.terms().limits().memory()).hasValue(128L << 20);
    assertThat(draft.terms().limits().log()).hasValue(65_536);
    assertThat(draft.terms().isolation()).contains(Isolation.KERNEL);

    Descriptor descriptor = draft.descriptor(List.of(CODE, CODE));
    assertThat(descriptor.pure()).isTrue();
    assertThat(descriptor.accepts()).containsExactly("image/png");
    assertThat(descriptor.kept()).containsExactly(0, 3);
    assertThat(descriptor.parameters().list().stream().map(Parameter::name))
        .as("declared order")
        .containsExactly("width", "gamma", "along");
    assertThat(descriptor.parameters().coerce(Item.EMPTY, Item.EMPTY))
        .isEqualTo(Item.table().put("width", 320).put("gamma", "1.5").build());
    assertThat(descriptor.forms().getFirst()).isEqualTo(new Form("wasm", CODE));
    assertThat(descriptor.forms().getLast().attributes()).containsEntry("os", "linux");
    assertThat(Descriptor.decode(descriptor.encode())).isEqualTo(descriptor);
  }

  @Test
  void jsonSaysTheSame() throws Exception {
    Draft yaml =
        DescriptorFile.parse(
            "{pure: yes}".replace("yes", "true").replace("}", ", forms: [{wasm: a}]}"),
            "a.yaml",
            FOLDER);
    Draft json =
        DescriptorFile.parse("{\"pure\":true,\"forms\":[{\"wasm\":\"a\"}]}", "a.json", FOLDER);
    assertThat(json).isEqualTo(yaml);
  }

  @Test
  void whatIsTheDefaultMayBeSpelledOut() throws Exception {
    Draft spelled =
        DescriptorFile.parse(
            "pure: false\nkept: 0\naccepts: []\nargv: []\nforms: [{wasm: a}]", "a", FOLDER);
    Draft plain = DescriptorFile.parse("forms: [{wasm: a}]", "a", FOLDER);
    assertThat(spelled.like().cid()).isEqualTo(plain.like().cid());
  }

  @Test
  void contentCanBeNamedByItsCid() throws Exception {
    for (String code : List.of(CODE.toString(), "{/: " + CODE + "}")) {
      Draft draft = DescriptorFile.parse("forms: [{wasm: " + code + "}]", "a", FOLDER);
      assertThat(draft.code()).containsExactly(new Draft.Source.Content(CODE));
      assertThat(draft.like().forms()).containsExactly(new Form("wasm", CODE));
    }
  }

  @Test
  void aFileWithoutTermsHasNone() throws Exception {
    Draft draft = DescriptorFile.parse("forms: [{wasm: a}]", "a", FOLDER);
    assertThat(draft.terms().limits().time()).isEqualTo(Optional.empty());
    assertThat(draft.terms().toItem()).isEqualTo(Item.EMPTY);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          pure: yes                            | pure
          purr: true                           | purr
          kept: [a]                            | kept
          parameters: [width]                  | mapping
          parameters: {w: integer}             | parameter w
          parameters: {w: {type: integer, default: 0320}} | whole number
          parameters: {w: {type: string, default: 5}}     | text
          limits: {time: 5}                    | limits.time
          limits: {time: 5 seconds}            | limits.time
          limits: {memory: 128M}               | limits.memory
          limits: {speed: 5}                   | speed
          limits: 5s                           | limits
          isolation: total                     | isolation
          within: soon                         | within
          nonce: abc                           | nonce
          slots: {a: {kind: egress}, a: {kind: egress}} | twice
          """)
  void whatIsNoFunctionIsRefusedWithItsPlace(String said, String why) {
    assertThatThrownBy(
            () -> DescriptorFile.parse(said + "\nforms: [{wasm: a}]", "thumb.yaml", FOLDER))
        .isInstanceOf(MalformedException.class)
        .hasMessageStartingWith("thumb.yaml")
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "text",
        "pure: true",
        "forms: []",
        "forms: {wasm: a}",
        "forms: [a]",
        "forms: [{wasm: a, image: b}]",
        "forms: [{wasm: [a]}]",
        "forms: [{wasm: {url: 'https://example.org/x', sha256: 00}}]",
        "forms: [{wasm: ''}]",
        "forms: [{wasm: a}, {wasm: ./a}]",
        "forms: [{wasm: &x a}, {image: *x}]",
        "forms: [{wasm: !!binary aGk=}]",
        "!!java.net.URL [http://example.org]",
        "forms: [{wasm: a}]\n---\nforms: [{wasm: a}]",
        "forms: [{wasm: a}",
        "\"\\ud800\": 1",
        "? [a]\n: b",
        "a: \u0000",
      })
  void whatIsNoDescriptionOfAFunctionIsRefused(String text) {
    assertThatThrownBy(() -> DescriptorFile.parse(text, "thumb.yaml", FOLDER))
        .isInstanceOf(MalformedException.class)
        .hasMessageStartingWith("thumb.yaml");
  }

  @Test
  void aFileIsBounded() {
    assertThatThrownBy(
            () -> DescriptorFile.parse("a".repeat(Yaml.MAX_SIZE + 1), "thumb.yaml", FOLDER))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> DescriptorFile.parse("[".repeat(100_000), "thumb.yaml", FOLDER))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aRefusalOfYamlNamesTheLine() {
    assertThatThrownBy(() -> DescriptorFile.parse("pure: true\nargv: *x\n", "t.yaml", FOLDER))
        .isInstanceOf(MalformedException.class)
        .hasMessageStartingWith("t.yaml:2:");
  }
}
