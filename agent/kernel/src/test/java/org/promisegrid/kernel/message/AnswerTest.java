package org.promisegrid.kernel.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.promisegrid.sandbox.Cid;

final class AnswerTest {

  private static final Cid CALL = Cid.of(new byte[] {1});
  private static final String LINK = link(CALL);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[LINK], {\"kept\": 1}                    | 3 slots",
        "[], {\"kept\": 1}, h''                   | parents",
        "[LINK, LINK], {\"kept\": 1}, h''         | parents",
        "[1], {\"kept\": 1}, h''                  | parents",
        "LINK, {\"kept\": 1}, h''                 | parents",
        "[LINK], {\"kept\": 1}, null              | proof",
        "[LINK], [], h''                          | not a map",
        "[LINK], {}, h''                          | none of kept",
        "[LINK], {\"kept\": 1, \"how\": \"run\"}, h'' | more than one thing",
        "[LINK], {\"kept\": 1, \"broken\": {\"detail\": \"\", \"reason\": \"internal\"}}, h'' | more than one",
        "[LINK], {\"receipt\": h''}, h''          | no how",
        "[LINK], {\"how\": \"luck\", \"receipt\": h''}, h'' | none of run, joined, cache, peer",
        "[LINK], {\"how\": \"run\", \"receipt\": \"\"}, h'' | not a byte string",
        "[LINK], {\"how\": \"run\", \"extra\": 1, \"receipt\": h''}, h'' | unknown fields",
        "[LINK], {\"revoked\": {}}, h''           | no token",
        "[LINK], {\"revoked\": {\"why\": 1, \"token\": LINK}}, h'' | unknown field",
        "[LINK], {\"not_promised\": {\"detail\": \"\"}}, h'' | no reason",
        "[LINK], {\"not_promised\": {\"detail\": \"\", \"reason\": \"moody\"}}, h'' | none of malformed",
        "[LINK], {\"not_promised\": {\"reason\": \"absent\"}}, h'' | no detail",
        "[LINK], {\"not_promised\": {1: 2, \"detail\": \"\", \"reason\": \"absent\"}}, h'' | not text",
        "[LINK], {\"broken\": {\"detail\": \"\", \"reason\": \"yours\"}}, h'' | internal",
      })
  void whatIsNoAnswerIsRefusedAndSaysWhy(String slots, String why) {
    Item item =
        DiagnosticReader.read(
            "1735551332([" + link(Protocols.ANSWER) + ", " + slots.replace("LINK", LINK) + "])");
    assertThatThrownBy(() -> Answer.decode(Message.decode(Cbor.encode(item))))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(why);
  }

  @Test
  void anotherFunctionIsNoAnswer() {
    assertThatThrownBy(() -> Answer.decode(Message.of(CALL)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("slot 0");
  }

  @Test
  void whatIsSignedIsThePayloadAsItStandsInTheMessage() throws MalformedException {
    Answer.Payload payload =
        new Answer.Payload.NotPromised(
            Answer.Reason.TOO_LARGE, "17 MiB", Item.table().put("most", 16).build());
    byte[] bytes = Answer.payloadBytes(payload);
    Answer answer = Answer.of(CALL, payload, new byte[] {7});
    assertThat(Answer.decode(Message.decode(answer.message().bytes())).payloadBytes())
        .isEqualTo(bytes);
    assertThat(Diagnostic.of(Cbor.decode(Answer.signedContent(CALL, bytes))))
        .isEqualTo(
            "["
                + link(Protocols.ANSWER)
                + ", "
                + LINK
                + ", h'"
                + HexFormat.of().formatHex(bytes)
                + "']");
    assertThat(Answer.Reason.TOO_LARGE.code()).isEqualTo("too_large");
  }

  @Test
  void onlyShortResultsTravelInAnswers() throws MalformedException {
    byte[] longest = new byte[Answer.MAX_INLINE_RESULT];
    Answer answer =
        Answer.of(
            CALL,
            new Answer.Payload.Receipted(
                Item.of(new byte[0]), Answer.How.CACHE, Optional.of(Item.of(longest))),
            new byte[0]);
    assertThat(Answer.decode(answer.message())).isEqualTo(answer);
    Item.Bytes longer = Item.of(Arrays.copyOf(longest, longest.length + 1));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new Answer.Payload.Receipted(longer, Answer.How.RUN, Optional.of(longer)));
  }

  @Test
  void whatMoreThereIsToKnowDoesNotHideTheReason() {
    Item.Table more = Item.table().put("reason", "none").build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Answer.Payload.NotPromised(Answer.Reason.ABSENT, "", more));
  }

  private static String link(Cid cid) {
    return Diagnostic.of(Item.of(cid));
  }
}
