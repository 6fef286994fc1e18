package org.promisegrid.kernel.message;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// Every decoder meets bytes that are almost right: nothing but [MalformedException] comes out, and
/// what is read is what was said.
final class MutationTest {

  @Test
  void itemsThatAreAlmostRight() {
    Seeded.times(
        10_000,
        random -> {
          Arbitrary arbitrary = new Arbitrary(random);
          CborFuzz.fuzzerTestOneInput(arbitrary.mutated(Cbor.encode(arbitrary.item())));
        });
  }

  @Test
  void noise() {
    Seeded.times(30_000, random -> CborFuzz.fuzzerTestOneInput(new Arbitrary(random).bytes(64)));
  }

  @Test
  void messagesThatAreAlmostRight() {
    Seeded.times(
        10_000,
        random -> {
          Arbitrary arbitrary = new Arbitrary(random);
          Message message =
              switch (random.nextInt(5)) {
                case 0 -> arbitrary.answer().message();
                case 1 -> arbitrary.receipt().message();
                case 2 -> arbitrary.event().toMessage();
                default -> arbitrary.call().message();
              };
          MessageFuzz.fuzzerTestOneInput(message.bytes());
          MessageFuzz.fuzzerTestOneInput(arbitrary.mutated(message.bytes()));
        });
  }

  @Test
  void partsThatBelongSomewhereElse() {
    Seeded.times(
        8_000,
        random -> {
          Arbitrary arbitrary = new Arbitrary(random);
          Item item =
              switch (random.nextInt(3)) {
                case 0 -> arbitrary.call().message().item();
                case 1 -> arbitrary.answer().message().item();
                default -> arbitrary.receipt().message().item();
              };
          Item mutant = Grafted.graft(item, random, arbitrary);
          MessageFuzz.fuzzerTestOneInput(Cbor.encode(mutant));
        });
  }

  @Test
  void jsonThatIsAlmostRight() {
    Seeded.times(
        8_000,
        random -> {
          Arbitrary arbitrary = new Arbitrary(random);
          byte[] json = Json.write(arbitrary.item()).getBytes(StandardCharsets.UTF_8);
          JsonFuzz.fuzzerTestOneInput(json);
          JsonFuzz.fuzzerTestOneInput(arbitrary.mutated(json));
        });
  }

  @Test
  void streamsThatAreAlmostRight() {
    Seeded.times(
        8_000,
        random -> {
          Arbitrary arbitrary = new Arbitrary(random);
          ByteArrayOutputStream stream = new ByteArrayOutputStream();
          for (int i = random.nextInt(4); i > 0; i--) {
            Framing.write(stream, arbitrary.event().toMessage());
          }
          FramingFuzz.fuzzerTestOneInput(arbitrary.mutated(stream.toByteArray()));
        });
  }
}
