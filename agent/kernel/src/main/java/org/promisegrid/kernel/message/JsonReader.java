package org.promisegrid.kernel.message;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Cid;

/// Makes one item of a stream of JSON tokens.
final class JsonReader {

  private static final String RESERVED = "/";

  private final JsonParser parser;
  private int items;

  JsonReader(JsonParser parser) {
    this.parser = parser;
  }

  Item read() throws IOException, MalformedException {
    Item item = value(parser.nextToken(), 0);
    if (items > Cbor.itemsIn(0)) {
      // How many there may be depends on the length of the encoding: what is read can be encoded.
      try {
        Cbor.encode(item);
      } catch (IllegalArgumentException e) {
        throw new MalformedException("JSON with too many items", e);
      }
    }
    return item;
  }

  private Item value(@Nullable JsonToken token, int depth) throws IOException, MalformedException {
    if (depth > Cbor.MAX_DEPTH) {
      throw new MalformedException("JSON nested deeper than " + Cbor.MAX_DEPTH);
    }
    if (++items > Cbor.MAX_ITEMS) {
      throw new MalformedException("JSON with more than " + Cbor.MAX_ITEMS + " items");
    }
    return switch (token) {
      case null -> throw new MalformedException("no JSON, or the end in the middle of it");
      case VALUE_NULL -> Item.NULL;
      case VALUE_TRUE -> Item.TRUE;
      case VALUE_FALSE -> Item.FALSE;
      case VALUE_STRING -> Item.of(text(parser.getText()));
      case VALUE_NUMBER_INT -> Item.of(whole());
      case VALUE_NUMBER_FLOAT ->
          throw new MalformedException(
              "the number " + parser.getText() + ": only whole numbers can be said; use text");
      case START_ARRAY -> array(depth);
      case START_OBJECT -> object(depth);
      default -> throw new MalformedException("JSON with an unexpected " + token);
    };
  }

  private Item array(int depth) throws IOException, MalformedException {
    List<Item> elements = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      elements.add(value(token, depth + 1));
    }
    return Item.array(elements);
  }

  private Item object(int depth) throws IOException, MalformedException {
    Map<Item, Item> entries = new LinkedHashMap<>();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      if (name.equals(RESERVED)) {
        if (!entries.isEmpty()) {
          throw notReserved();
        }
        return reserved(depth);
      }
      items++;
      entries.put(Item.of(text(name)), value(parser.nextToken(), depth + 1));
    }
    return new Item.Table(entries);
  }

  private Item reserved(int depth) throws IOException, MalformedException {
    Item item =
        switch (parser.nextToken()) {
          case VALUE_STRING -> link(parser.getText());
          case START_OBJECT -> {
            String kind = parser.nextFieldName();
            Item inner =
                switch (kind) {
                  case "bytes" -> bytes();
                  case "tag" -> tag(depth);
                  case "map" -> pairs(depth);
                  case null, default -> throw notReserved();
                };
            expect(JsonToken.END_OBJECT);
            yield inner;
          }
          case null, default -> throw notReserved();
        };
    expect(JsonToken.END_OBJECT);
    return item;
  }

  private Item bytes() throws IOException, MalformedException {
    expect(JsonToken.VALUE_STRING);
    String text = parser.getText();
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      if (Base64.getEncoder().withoutPadding().encodeToString(bytes).equals(text)) {
        return Item.of(bytes);
      }
    } catch (IllegalArgumentException e) {
      throw new MalformedException("JSON with bytes that are not base64", e);
    }
    throw new MalformedException(
        "JSON with bytes in base64 that has padding, or bits set beyond the end");
  }

  private Item tag(int depth) throws IOException, MalformedException {
    expect(JsonToken.START_ARRAY);
    expect(JsonToken.VALUE_NUMBER_INT);
    long tag = whole();
    Item item = value(parser.nextToken(), depth + 1);
    expect(JsonToken.END_ARRAY);
    try {
      return new Item.Tagged(tag, item);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("JSON with a tag that is none", e);
    }
  }

  private Item pairs(int depth) throws IOException, MalformedException {
    expect(JsonToken.START_ARRAY);
    Map<Item, Item> entries = new LinkedHashMap<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      if (token != JsonToken.START_ARRAY) {
        throw notReserved();
      }
      Item key = value(parser.nextToken(), depth + 1);
      if (!(key instanceof Item.Text || key instanceof Item.Int)) {
        throw new MalformedException("JSON with a map key that is neither text nor a number");
      }
      if (entries.put(key, value(parser.nextToken(), depth + 1)) != null) {
        throw new MalformedException("JSON with a map key twice");
      }
      expect(JsonToken.END_ARRAY);
    }
    if (!Json.needsPairs(entries)) {
      throw new MalformedException("JSON with a map in pairs that could be an object");
    }
    return new Item.Table(entries);
  }

  private long whole() throws IOException, MalformedException {
    String text = parser.getText();
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new MalformedException("the number " + text + " doesn't fit into 64 bits", e);
    }
  }

  private static Item link(String text) throws MalformedException {
    try {
      return Item.of(Cid.parse(text));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("JSON with a link that is none", e);
    }
  }

  private static String text(String text) throws MalformedException {
    if (Utf8.length(text) < 0) {
      throw new MalformedException("JSON with half a surrogate pair in a text");
    }
    return text;
  }

  private void expect(JsonToken token) throws IOException, MalformedException {
    if (parser.nextToken() != token) {
      throw notReserved();
    }
  }

  private static MalformedException notReserved() {
    return new MalformedException(
        "JSON with the name \"/\", which is kept for links, bytes, tags and maps, in no such form");
  }
}
