package org.promisegrid.kernel.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReceiptTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "node      | \"z6Mk\"              | did:key",
        "node      | null                  | not text",
        "key       | h''                   | not a link",
        "params    | {1: 2}                | not text",
        "params    | {\"a\": 9(1)}         | tag 9",
        "outcome   | {}                    | no kind",
        "outcome   | {\"kind\": \"well\"}  | not kept or broken",
        "outcome   | {\"why\": \"\", \"kind\": \"kept\"} | unknown field",
        "outcome   | {\"kind\": \"broken\"} | no what",
        "outcome   | {\"by\": \"driver\", \"kind\": \"broken\", \"what\": \"time\"} | time is by function",
        "outcome   | {\"by\": \"function\", \"kind\": \"broken\", \"what\": \"exit\"} | code goes with an exit",
        "outcome   | {\"by\": \"driver\", \"kind\": \"broken\", \"what\": \"lost\", \"code\": 1} | code goes with",
        "outcome   | {\"code\": 2147483648, \"kind\": \"kept\"} | not from",
        "size      | -1                    | size is -1",
        "target    | \"local\"             | driver:address",
        "target    | \":local\"            | driver:address",
        "form      | \"\"                  | form",
        "purity    | \"maybe\"             | none of enforced, promised, none",
        "isolation | \"strong\"            | none of any, sandbox, kernel",
        "started   | -1                    | started is -1",
        "started   | 253402300800001       | started is",
        "took      | -1                    | took is -1",
        "use       | {\"cpu\": 1}          | no memory",
        "use       | {\"cpu\": 1, \"gpu\": 1, \"memory\": 1} | unknown field",
        "price     | -1                    | price is -1",
        "log       | \"text\"              | not a byte string",
        "explain   | null                  | not a link",
        "mood      | 1                     | unknown field \"mood\"",
      })
  void whatIsNoReceiptIsRefusedAndSaysWhy(String field, String value, String why) {
    Map<Item, Item> body = new LinkedHashMap<>(kept().entries());
    body.put(Item.of(field), DiagnosticReader.read(value));
    assertThatThrownBy(() -> decode(new Item.Table(body)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource({
    "node",
    "key",
    "function",
    "params",
    "input",
    "outcome",
    "result",
    "size",
    "target",
    "form",
    "code",
    "purity",
    "isolation",
    "started",
    "took",
    "use",
    "price",
    "log"
  })
  void everyFieldMustBeThere(String field) {
    Map<Item, Item> body = new LinkedHashMap<>(kept().entries());
    body.remove(Item.of(field));
    assertThatThrownBy(() -> decode(new Item.Table(body)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(field);
  }

  @Test
  void onlyTheTailOfALogIsKept() {
    Map<Item, Item> body = new LinkedHashMap<>(kept().entries());
    body.put(Item.of("log"), Item.of(new byte[Receipt.MAX_LOG + 1]));
    assertThatThrownBy(() -> decode(new Item.Table(body))).isInstanceOf(MalformedException.class);
  }

  @Test
  void aRunIsBrokenBySomebody() {
    assertThat(new Receipt.Ended.Broken(Receipt.What.LOST, OptionalInt.empty(), Optional.empty()))
        .returns(Receipt.By.DRIVER, Receipt.Ended.Broken::by);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new Receipt.Ended.Broken(Receipt.What.TIME, OptionalInt.of(1), Optional.empty()));
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new Receipt.Ended.Broken(
                Receipt.What.FAULT,
                OptionalInt.empty(),
                Optional.of("x".repeat(Receipt.MAX_WHY + 1))));
  }

  @Test
  void whatIsSignedIsTheBodyAsItStandsInTheMessage() throws MalformedException {
    Receipt receipt = new Arbitrary(new Random(1)).receipt();
    assertThat(receipt.bodyBytes()).isEqualTo(Receipt.bodyBytes(receipt.body()));
    assertThat(Cbor.decode(Receipt.signedContent(receipt.bodyBytes())))
        .isEqualTo(Item.array(Item.of(Protocols.RECEIPT), Item.of(receipt.bodyBytes())));
  }

  private static Item.Table kept() {
    Random random = new Random(1);
    while (true) {
      Receipt.Body body = new Arbitrary(random).body();
      if (body.outcome() instanceof Receipt.Ended.Kept) {
        return (Item.Table) Receipt.of(body, new byte[0]).message().slots().getFirst();
      }
    }
  }

  private static Receipt decode(Item body) throws MalformedException {
    return Receipt.decode(Message.of(Protocols.RECEIPT, body, Item.of(new byte[0])));
  }
}
