package org.promisegrid.kernel.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.stack.Stack;
import org.promisegrid.sandbox.Cid;

/// What the protocol documents show is what they say.
final class ProtocolExamplesTest {

  private static final Pattern EXAMPLE =
      Pattern.compile("^```cbor-diag\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
  private static final Cid ITSELF = Cid.ofDigest(new byte[32]);

  @Test
  void everyExampleHasAnEncoding() throws MalformedException {
    for (String name : Protocols.all().keySet()) {
      for (Item item : examples(name)) {
        assertThat(Cbor.decode(Cbor.encode(item))).as(name).isEqualTo(item);
      }
    }
  }

  @Test
  void theEnvelope() throws MalformedException {
    Message message = message("grid");
    assertThat(message.function()).contains(Protocols.cid("grid"));
    assertThat(message.slots()).hasSize(3);
    assertThat(Message.begins(message.bytes())).isTrue();
  }

  @Test
  void aCall() throws MalformedException {
    Call call = Call.decode(message("call"));
    assertThat(call.input()).isEqualTo(new Input.Inline("hello".getBytes(StandardCharsets.UTF_8)));
    assertThat(call.terms().cache()).contains(Terms.Cache.USE);
    assertThat(call.terms().slots()).containsEntry("data", new Terms.Fill.Volume("photos"));
    assertThat(call.signature()).isEmpty();
  }

  @Test
  void anAnswer() throws MalformedException {
    Answer answer = Answer.decode(message("answer"));
    assertThat(answer.payload())
        .isEqualTo(
            new Answer.Payload.NotPromised(
                Answer.Reason.EXHAUSTED,
                "12 calls are waiting for wasm:local",
                Item.table().put("retry_after", 2000).build()));
  }

  @Test
  void aReceipt() throws MalformedException {
    Receipt receipt = Receipt.decode(message("receipt"));
    assertThat(receipt.body().target()).hasToString("wasm:local");
    assertThat(receipt.body().result())
        .contains(
            new Receipt.Result(Cid.of("hello".getBytes(StandardCharsets.UTF_8)), "hello".length()));
    assertThat(receipt.body().input()).isEqualTo(Input.EMPTY);
  }

  @Test
  void aKey() {
    Item.Table example = (Item.Table) examples("key").getFirst();
    Cid function = ((Item.Link) example.get("function").orElseThrow()).cid();
    Item.Table params = (Item.Table) example.get("params").orElseThrow();
    Cid key = CallKey.of(function, params, Input.EMPTY);
    assertThat(key).isEqualTo(Cid.of(Cbor.encode(example)));
    assertThat(text("key")).contains("`" + key + "`");
  }

  @Test
  void anEvent() throws MalformedException {
    assertThat(Event.decode(message("event")).kind()).isEqualTo("output");
  }

  @Test
  void aFrame() throws Exception {
    Message message = Message.decode(Cbor.encode(examples("stream").getFirst()));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Framing.write(out, message);
    assertThat(out.toByteArray()).startsWith(0, 0, 0, 47).hasSize(4 + 47);
    assertThat(Framing.read(new ByteArrayInputStream(out.toByteArray()))).hasValue(message.bytes());
  }

  @Test
  void aStack() throws MalformedException {
    assertThat(Stack.of(message("stack")).services()).containsOnlyKeys("wiki");
  }

  @Test
  void anOffer() throws MalformedException {
    Offer offer = Offer.decode(Call.decode(message("offer")).params());
    assertThat(offer.price()).isEqualTo(25);
    assertThat(offer.token()).isEmpty();
  }

  @Test
  void aForwardedCallIsWholeAndUntouched() throws MalformedException {
    Call call = Call.decode(message("forward"));
    Forward forward = Forward.decode(call.params());
    assertThat(call.params().get("message")).contains(Item.of(forward.call().message().bytes()));
  }

  private static Message message(String name) throws MalformedException {
    return Message.decode(Cbor.encode(examples(name).getFirst()));
  }

  private static List<Item> examples(String name) {
    String zeros = "h'00" + HexFormat.of().formatHex(ITSELF.bytes()) + "'";
    String itself = "h'00" + HexFormat.of().formatHex(Protocols.cid(name).bytes()) + "'";
    Matcher matcher = EXAMPLE.matcher(text(name));
    List<Item> items = new ArrayList<>();
    while (matcher.find()) {
      items.add(DiagnosticReader.read(matcher.group(1).replace(zeros, itself)));
    }
    return items;
  }

  private static String text(String name) {
    return new String(Protocols.document(name), StandardCharsets.UTF_8);
  }
}
