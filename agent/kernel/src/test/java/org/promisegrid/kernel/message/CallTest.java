package org.promisegrid.kernel.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.promisegrid.sandbox.Cid;

final class CallTest {

  private static final Cid FUNCTION = Cid.of(new byte[] {1});
  private static final String EMPTY =
      "42(h'0001551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "                                        | 2 slots",
        "[{}, null, {}]                          | 2 slots",
        "[{}, null, {}], [[], null], null        | 2 slots",
        "[{}, null], [[], null]                  | payload is not",
        "[{}, null, {}, null], [[], null]        | payload is not",
        "{}, [[], null]                          | payload is not",
        "h'', [[], null]                         | payload is not",
        "[[], null, {}], [[], null]              | params are not a map",
        "[{1: 2}, null, {}], [[], null]          | not text",
        "[{\"a\": [{1: 2}]}, null, {}], [[], null] | not text",
        "[{\"a\": 7(1)}, null, {}], [[], null]   | tag 7",
        "[{\"a\": 42(h'0055')}, null, {}], [[], null] | tag 42",
        "[{}, \"x\", {}], [[], null]             | an input",
        "[{}, 1, {}], [[], null]                 | an input",
        "[{}, {}, {}], [[], null]                | no ok",
        "[{}, {\"ok\": 1}, {}], [[], null]       | ok is not a link",
        "[{}, null, null], [[], null]            | terms is not a map",
        "[{}, null, {}], []                      | proof is not",
        "[{}, null, {}], null                    | proof is not",
        "[{}, null, {}], [[]]                    | proof is not",
        "[{}, null, {}], [null, null]            | chain is not an array",
        "[{}, null, {}], [[null], null]          | a token",
        "[{}, null, {}], [[], 1]                 | signature is neither",
      })
  void whatIsNoCallIsRefusedAndSaysWhy(String slots, String why) {
    Item item =
        DiagnosticReader.read("1735551332([" + EMPTY + (slots == null ? "" : ", " + slots) + "])");
    assertThatThrownBy(() -> Call.decode(Message.decode(Cbor.encode(item))))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(why);
  }

  @Test
  void everyInputIsReadAsItWasGiven() throws MalformedException {
    for (Input input :
        List.of(
            Input.none(),
            new Input.Inline(new byte[] {1, 2}),
            new Input.Inline(new byte[0]),
            new Input.Content(FUNCTION),
            new Input.Pending(FUNCTION))) {
      assertThat(Input.decode(input.toItem())).isEqualTo(input);
    }
  }

  @Test
  void noInputHasTheNameOfNoBytes() {
    assertThat(Input.none().name()).contains(Cid.of(new byte[0]));
    assertThat(new Input.Inline(new byte[0]).name()).contains(Input.EMPTY);
    assertThat(new Input.Pending(FUNCTION).name()).isEmpty();
  }

  @Test
  void thePayloadIsWhatWasSignedBeforeThereWasAProof() throws MalformedException {
    Call.Request request =
        new Call.Request(
            FUNCTION,
            Item.table().put("a", 1).build(),
            new Input.Inline(new byte[] {9}),
            Terms.builder().price(7).build());
    byte[] payload = request.payload();
    Call call = request.proved(List.of(new byte[] {1}), Optional.of(new byte[] {2}));
    Call read = Call.decode(Message.decode(call.message().bytes()));
    assertThat(read.payload()).isEqualTo(payload);
    assertThat(new String(read.message().bytes(), StandardCharsets.ISO_8859_1))
        .contains(new String(payload, StandardCharsets.ISO_8859_1));
    assertThat(read.signature().orElseThrow()).containsExactly(2);
    assertThat(read.chain().getFirst()).containsExactly(1);
  }

  @Test
  void theSignedContentIsAnArrayOfSix() throws MalformedException {
    byte[] content =
        Call.signedContent(FUNCTION, new byte[] {1}, Input.EMPTY, "did:key:z6Mk", 1000, 2000);
    assertThat(Diagnostic.of(Cbor.decode(content)))
        .endsWith("h'01', " + EMPTY + ", \"did:key:z6Mk\", 1000, 2000]");
  }

  @Test
  void aChainIsShort() throws MalformedException {
    List<byte[]> longest = Collections.nCopies(Call.MAX_CHAIN, new byte[1]);
    List<byte[]> longer = Collections.nCopies(Call.MAX_CHAIN + 1, new byte[1]);
    Call call = Call.of(FUNCTION, Item.EMPTY, Input.none(), Terms.NONE, longest, Optional.empty());
    assertThat(Call.decode(call.message()).chain()).hasSize(Call.MAX_CHAIN);
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            Call.of(FUNCTION, Item.EMPTY, Input.none(), Terms.NONE, longer, Optional.empty()));
  }

  @Test
  void whatCallsCarryIsCheckedWhereTheyAreMade() {
    Item.Table odd = Item.table().put("a", new Item.Tagged(7, Item.NULL)).build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Call.Request(FUNCTION, odd, Input.none(), Terms.NONE));
  }

  @Test
  void tokensDoNotShowInWhatIsPrinted() {
    Call call =
        Call.of(
            FUNCTION,
            Item.EMPTY,
            Input.none(),
            Terms.NONE,
            List.of("secret".getBytes(StandardCharsets.UTF_8)),
            Optional.empty());
    assertThat(call.toString()).contains(FUNCTION.toString()).doesNotContain("secret");
  }
}
