package org.promisegrid.kernel.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Cid;

/// Ours against Jackson's CBOR, which knows neither determinism nor links: given entries in our
/// order it writes the same bytes, and what it reads of ours is the same item.
final class CborOracleTest {

  private static final CBORFactory JACKSON = new CBORFactory();

  @Test
  void anotherWriterMakesTheSameBytes() {
    Seeded.times(
        8_000,
        random -> {
          Item item = new Arbitrary(random).item();
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          try (CBORGenerator generator = JACKSON.createGenerator(out)) {
            write(generator, item);
          }
          assertThat(Cbor.encode(item)).isEqualTo(out.toByteArray());
        });
  }

  @Test
  void anotherReaderReadsTheSameItem() {
    Seeded.times(
        8_000,
        random -> {
          Item item = withoutBigTags(new Arbitrary(random).item());
          try (CBORParser parser = JACKSON.createParser(Cbor.encode(item))) {
            parser.nextToken();
            assertThat(read(parser)).isEqualTo(item);
            assertThat(parser.nextToken()).isNull();
          }
        });
  }

  private static void write(CBORGenerator out, Item item) throws IOException {
    switch (item) {
      case Item.Null _ -> out.writeNull();
      case Item.Bool bool -> out.writeBoolean(bool.value());
      case Item.Int number -> out.writeNumber(number.value());
      case Item.Text text -> out.writeString(text.value());
      case Item.Bytes bytes -> out.writeBinary(bytes.value());
      case Item.Link link -> {
        byte[] binary = new byte[1 + Cid.SIZE];
        System.arraycopy(link.cid().bytes(), 0, binary, 1, Cid.SIZE);
        out.writeTag(42);
        out.writeBinary(binary);
      }
      case Item.Tagged tagged -> {
        if (tagged.tag() <= Integer.MAX_VALUE) {
          out.writeTag((int) tagged.tag());
        } else {
          // Jackson's tags have 31 bits.
          byte[] head = Cbor.encode(Item.of(tagged.tag()));
          out.writeRaw((byte) (head[0] | 0xc0));
          for (int i = 1; i < head.length; i++) {
            out.writeRaw(head[i]);
          }
        }
        write(out, tagged.item());
      }
      case Item.Array array -> {
        out.writeStartArray(array, array.items().size());
        for (Item element : array.items()) {
          write(out, element);
        }
        out.writeEndArray();
      }
      case Item.Table table -> {
        out.writeStartObject(table, table.entries().size());
        for (Map.Entry<Item, Item> entry : table.entries().entrySet()) {
          switch (entry.getKey()) {
            case Item.Int(long number) -> out.writeFieldId(number);
            case Item.Text(String name) -> out.writeFieldName(name);
            default -> throw new AssertionError("no such keys");
          }
          write(out, entry.getValue());
        }
        out.writeEndObject();
      }
    }
  }

  private static Item read(CBORParser in) throws IOException {
    boolean tagged = !in.getCurrentTags().isEmpty();
    int tag = in.getCurrentTags().getFirstTag();
    Item item =
        switch (in.currentToken()) {
          case VALUE_NULL -> Item.NULL;
          case VALUE_TRUE -> Item.TRUE;
          case VALUE_FALSE -> Item.FALSE;
          case VALUE_NUMBER_INT -> Item.of(in.getLongValue());
          case VALUE_STRING -> Item.of(in.getText());
          case VALUE_EMBEDDED_OBJECT -> Item.of(in.getBinaryValue());
          case START_ARRAY -> {
            List<Item> items = new ArrayList<>();
            while (in.nextToken() != JsonToken.END_ARRAY) {
              items.add(read(in));
            }
            yield Item.array(items);
          }
          case START_OBJECT -> {
            Map<Item, Item> entries = new LinkedHashMap<>();
            while (in.nextToken() != JsonToken.END_OBJECT) {
              Item key = Item.of(in.currentName());
              in.nextToken();
              entries.put(key, read(in));
            }
            yield new Item.Table(entries);
          }
          default -> throw new AssertionError("no such token: " + in.currentToken());
        };
    if (!tagged) {
      return item;
    }
    Cid link = tag == 42 && item instanceof Item.Bytes bytes ? Item.Tagged.linked(bytes) : null;
    return link != null ? Item.of(link) : new Item.Tagged(tag, item);
  }

  /// Without what Jackson reads as something else: wide tags, tags on tags, those that mean numbers
  /// to it, and keys that are numbers, which it hands over as text.
  private static Item withoutBigTags(Item item) {
    return switch (item) {
      case Item.Tagged tagged when tagged.tag() > Integer.MAX_VALUE || tagged.tag() < 42 ->
          withoutBigTags(tagged.item());
      case Item.Tagged(_, Item inner)
          when inner instanceof Item.Tagged || inner instanceof Item.Link ->
          withoutBigTags(inner);
      case Item.Tagged tagged when tagged.tag() != Item.LINK_TAG ->
          new Item.Tagged(tagged.tag(), withoutBigTags(tagged.item()));
      case Item.Array array ->
          Item.array(array.items().stream().map(CborOracleTest::withoutBigTags).toList());
      case Item.Table table -> {
        Map<Item, Item> entries = new LinkedHashMap<>();
        table
            .entries()
            .forEach((key, value) ->
                entries.put(
                    key instanceof Item.Int number ? Item.of("#" + number.value()) : key,
                    withoutBigTags(value)));
        yield new Item.Table(entries);
      }
      default -> item;
    };
  }
}
