package org.promisegrid.kernel.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What is said is what is read.
final class RoundTripTest {

  @Test
  void items() {
    Seeded.times(
        8_000,
        random -> {
          Item item = new Arbitrary(random).item();
          byte[] bytes = Cbor.encode(item);
          Item read = Cbor.decode(bytes);
          assertThat(read).isEqualTo(item).hasSameHashCodeAs(item);
          assertThat(Cbor.encode(read)).isEqualTo(bytes);
        });
  }

  @Test
  void theOrderInWhichAMapIsFilledDoesNotMatter() {
    Seeded.times(
        500,
        random -> {
          Arbitrary arbitrary = new Arbitrary(random);
          Item.TableBuilder forth = Item.table();
          Item.TableBuilder back = Item.table();
          for (int i = 0; i < 20; i++) {
            forth.put(arbitrary.name() + i, i).put(i * 13 - 100, Item.of(i));
          }
          Item.Table table = forth.build();
          List<Item> keys = new ArrayList<>(table.entries().keySet());
          Collections.shuffle(keys, random);
          keys.forEach(key -> {
            switch (key) {
              case Item.Int(long number) -> back.put(number, table.get(number).orElseThrow());
              case Item.Text(String name) -> back.put(name, table.get(name).orElseThrow());
              default -> throw new AssertionError("no such keys");
            }
          });
          assertThat(Cbor.encode(back.build())).isEqualTo(Cbor.encode(table));
        });
  }

  @Test
  void terms() {
    Seeded.times(
        2_000,
        random -> {
          Terms terms = new Arbitrary(random).terms();
          assertThat(Terms.decode(terms.toItem())).isEqualTo(terms);
          assertThat(terms.toBuilder().build()).isEqualTo(terms);
          assertThat(terms.over(Terms.NONE)).isEqualTo(terms);
          assertThat(Terms.NONE.over(terms)).isEqualTo(terms);
        });
  }

  @Test
  void calls() {
    Seeded.times(
        2_000,
        random -> {
          Call call = new Arbitrary(random).call();
          Call read = Call.decode(Message.decode(call.message().bytes()));
          assertThat(read).isEqualTo(call);
          assertThat(read.terms()).isEqualTo(call.terms());
          assertThat(read.params()).isEqualTo(call.params());
          assertThat(read.input()).isEqualTo(call.input());
          assertThat(read.chain()).usingRecursiveComparison().isEqualTo(call.chain());
        });
  }

  @Test
  void answersReceiptsAndEvents() {
    Seeded.times(
        2_000,
        random -> {
          Arbitrary arbitrary = new Arbitrary(random);
          Answer answer = arbitrary.answer();
          Answer heard = Answer.decode(Message.decode(answer.message().bytes()));
          assertThat(heard.payload()).isEqualTo(answer.payload());
          assertThat(heard.call()).isEqualTo(answer.call());
          Receipt receipt = arbitrary.receipt();
          Receipt shown = Receipt.decode(Message.decode(receipt.message().bytes()));
          assertThat(shown.body()).isEqualTo(receipt.body());
          Event event = arbitrary.event();
          assertThat(Event.decode(Message.decode(event.toMessage().bytes()))).isEqualTo(event);
        });
  }

  @Test
  void textSortsAsItsBytesDo() {
    Seeded.times(
        8_000,
        random -> {
          Item a = Item.of(text(random));
          Item b = Item.of(text(random));
          int bytes = Arrays.compareUnsigned(Cbor.encode(a), Cbor.encode(b));
          assertThat(Integer.signum(Entries.compare(a, b))).isEqualTo(Integer.signum(bytes));
        });
  }

  private static String text(Random random) {
    return new Arbitrary(random).text(3);
  }
}
