package org.promisegrid.kernel.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;

final class TermsTest {

  @ParameterizedTest
  @ValueSource(strings = {"", "$Bounds", "$Place"})
  void nothingIsMissingWhicheverPartIsUsedFirst(String first) throws Exception {
    // A process of its own would be the same, and slower.
    List<URL> path = new ArrayList<>();
    for (String entry :
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
            .split(File.pathSeparator, -1)) {
      path.add(Path.of(entry).toUri().toURL());
    }
    try (URLClassLoader fresh =
        new URLClassLoader(path.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
      Class<?> used = Class.forName(Terms.class.getName() + first, true, fresh);
      Class<?> terms = Class.forName(Terms.class.getName(), true, fresh);
      Object none = terms.getField("NONE").get(null);
      assertThat(terms).isNotSameAs(Terms.class);
      assertThat(used.getClassLoader()).isSameAs(fresh);
      assertThat(none.toString()).isEqualTo(Terms.NONE.toString()).doesNotContain("null");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]                                  | not a map",
        "{1: 2}                              | unknown field 1",
        "{\"Within\": 1}                     | unknown field \"Within\"",
        "{\"nonce\": h'00'}                  | 16 bytes, not 1",
        "{\"nonce\": 1}                      | not a byte string",
        "{\"within\": 0}                     | within is 0, not from 1",
        "{\"within\": 31536000001}           | not from 1 to 31536000000",
        "{\"within\": \"1s\"}                | not a whole number",
        "{\"limits\": {}}                    | leave it out",
        "{\"limits\": {\"time\": 0}}         | time is 0",
        "{\"limits\": {\"memory\": -1}}      | memory is -1",
        "{\"limits\": {\"cpu\": 1}}          | limits has an unknown field \"cpu\"",
        "{\"limits\": {\"\\u202e\": 1}}      | unknown field \"\\u202e\"",
        "{\"isolation\": \"SANDBOX\"}        | none of any, sandbox, kernel",
        "{\"isolation\": null}               | not text",
        "{\"place\": {}}                     | leave it out",
        "{\"place\": {\"drivers\": []}}      | empty",
        "{\"place\": {\"drivers\": [\"a\", \"a\"]}} | twice",
        "{\"place\": {\"drivers\": [\"\"]}}  | empty",
        "{\"place\": {\"labels\": {}}}       | leave it out",
        "{\"place\": {\"labels\": {\"a\": 1}}} | from text to text",
        "{\"place\": {\"labels\": {1: \"a\"}}} | from text to text",
        "{\"place\": {\"zone\": \"a\"}}      | unknown field",
        "{\"price\": -1}                     | price is -1",
        "{\"cache\": \"no\"}                 | none of use, refresh, only",
        "{\"reach\": \"all\"}                | none of here, own, keys, anyone",
        "{\"later\": 1}                      | not true or false",
        "{\"hops\": 256}                     | not from 0 to 255",
        "{\"reply\": \"here\"}               | not a link",
        "{\"slots\": {}}                     | leave it out",
        "{\"slots\": {1: {}}}                | name",
        "{\"slots\": {\"\": {\"volume\": \"v\"}}} | name",
        "{\"slots\": {\"a\": {}}}            | one kind",
        "{\"slots\": {\"a\": {\"volume\": \"v\", \"secret\": \"s\"}}} | one kind",
        "{\"slots\": {\"a\": {\"disk\": \"v\"}}} | none of volume",
        "{\"slots\": {\"a\": {\"volume\": 1}}} | not text",
        "{\"slots\": {\"a\": {\"egress\": 1}}} | not an array",
        "{\"slots\": {\"a\": {\"tokens\": [1]}}} | not a byte string",
      })
  void whatIsNoTermIsRefusedAndSaysWhy(String terms, String why) {
    Item item = DiagnosticReader.read(terms);
    assertThatThrownBy(() -> Terms.decode(item))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(why);
  }

  @Test
  void whatACallSaysGoesBeforeWhatItsBindingSays() {
    Terms binding =
        Terms.builder()
            .within(Duration.ofSeconds(9))
            .limits(
                new Terms.Bounds(
                    Optional.of(Duration.ofSeconds(5)),
                    OptionalLong.of(1000),
                    OptionalLong.empty(),
                    OptionalLong.empty()))
            .isolation(Isolation.KERNEL)
            .place(List.of("libvirt"), Map.of("zone", "cellar"))
            .slot("data", new Terms.Fill.Volume("photos"))
            .slot("key", new Terms.Fill.Secret("signing"))
            .build();
    Terms call =
        Terms.builder()
            .limits(
                new Terms.Bounds(
                    Optional.empty(),
                    OptionalLong.of(2000),
                    OptionalLong.empty(),
                    OptionalLong.empty()))
            .place(List.of("docker"), Map.of())
            .slot("data", new Terms.Fill.Volume("videos"))
            .later(false)
            .build();
    Terms both = call.over(binding);
    assertThat(both.within()).contains(Duration.ofSeconds(9));
    assertThat(both.isolation()).contains(Isolation.KERNEL);
    assertThat(both.place().drivers()).containsExactly("docker");
    assertThat(both.place().labels()).containsEntry("zone", "cellar");
    assertThat(both.later()).contains(false);
    assertThat(both.slots())
        .containsEntry("data", new Terms.Fill.Volume("videos"))
        .containsEntry("key", new Terms.Fill.Secret("signing"));
    assertThat(both.limits().over(Limits.DEFAULT))
        .isEqualTo(
            new Limits(Duration.ofSeconds(5), 2000, Limits.DEFAULT.output(), Limits.DEFAULT.log()));
  }

  @Test
  void theyKnowWhatTheySay() {
    assertThat(Terms.NONE.named()).isEmpty();
    assertThat(Terms.builder().price(1).hops(2).later(true).build().named())
        .containsExactly("hops", "later", "price");
  }

  @Test
  void valuesOutOfRangeAreNotMade() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Terms.builder().nonce(new byte[15]).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Terms.builder().within(Duration.ZERO).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Terms.builder().within(Duration.ofNanos(1_500_000)).build());
    assertThatIllegalArgumentException().isThrownBy(() -> Terms.builder().hops(256).build());
    assertThatIllegalArgumentException().isThrownBy(() -> Terms.builder().price(-1).build());
  }
}
