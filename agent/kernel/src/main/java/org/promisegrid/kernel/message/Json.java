package org.promisegrid.kernel.message;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/// Items as JSON text, in the form of [DAG-JSON](https://ipld.io/specs/codecs/dag-json/spec/): a
/// link is `{"/": "bafk…"}`, bytes are `{"/": {"bytes": "…"}}` in base64 without padding.
///
/// What DAG-JSON has no form for gets one in the same reserved place, so that every item can be
/// written and read back: `{"/": {"tag": [number, item]}}`, and for a map with a key that is not
/// text, or is `/`, `{"/": {"map": [[key, value], …]}}`.
public final class Json {

  /// Longest text that is read, in bytes.
  public static final int MAX_SIZE = Message.MAX_SIZE;

  private static final String RESERVED = "/";

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  // A tag or a map of the reserved form takes three levels.
                  .maxNestingDepth(4 * Cbor.MAX_DEPTH)
                  .maxStringLength(MAX_SIZE)
                  .maxNameLength(MAX_SIZE)
                  .maxNumberLength(20) // -9223372036854775808
                  .build())
          .streamWriteConstraints(
              StreamWriteConstraints.builder().maxNestingDepth(4 * Cbor.MAX_DEPTH).build())
          .build();

  private Json() {}

  /// Reads UTF-8 text that holds one JSON value.
  ///
  /// @throws MalformedException if it isn't JSON, or says what an [Item] can't: a number with a
  ///   fraction or an exponent or of more than 64 bits, a name twice, a reserved form that is none
  public static Item read(byte[] utf8) throws MalformedException {
    if (utf8.length > MAX_SIZE) {
      throw new MalformedException(
          "JSON of " + utf8.length + " bytes, where " + MAX_SIZE + " are the most");
    }
    try {
      return read(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString());
    } catch (CharacterCodingException e) {
      throw new MalformedException("JSON that is not UTF-8", e);
    }
  }

  /// Reads text that holds one JSON value, like [#read(byte[])].
  public static Item read(String text) throws MalformedException {
    if (text.length() > MAX_SIZE) {
      throw new MalformedException("JSON of more than " + MAX_SIZE + " characters");
    }
    try (JsonParser parser = FACTORY.createParser(text)) {
      Item item = new JsonReader(parser).read();
      if (parser.nextToken() != null) {
        throw new MalformedException("JSON with something after its end");
      }
      return item;
    } catch (JsonProcessingException e) {
      throw new MalformedException("not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("a string can be read", e);
    }
  }

  /// One line, without blanks.
  public static String write(Item item) {
    return write(item, false);
  }

  /// Indented by two blanks, with a newline at the end.
  public static String pretty(Item item) {
    return write(item, true) + "\n";
  }

  private static String write(Item item, boolean pretty) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = FACTORY.createGenerator(text)) {
      if (pretty) {
        DefaultPrettyPrinter printer =
            new DefaultPrettyPrinter(
                Separators.createDefaultInstance()
                    .withObjectFieldValueSpacing(Separators.Spacing.AFTER));
        DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
        printer.indentArraysWith(indenter);
        printer.indentObjectsWith(indenter);
        generator.setPrettyPrinter(printer);
      }
      write(generator, item, 0);
    } catch (IOException e) {
      throw new UncheckedIOException("a string can be written", e);
    }
    return escape(text.toString());
  }

  /// What a terminal would obey is escaped, as JSON demands of the oldest of those characters only.
  /// They stand in strings, all else being ASCII.
  private static String escape(String json) {
    if (isPlain(json)) {
      return json;
    }
    StringBuilder escaped = new StringBuilder(json.length() + 64);
    json.codePoints()
        .forEach(c -> {
          if (isUnsafe(c)) {
            for (char unit : Character.toChars(c)) {
              escaped.append(String.format("\\u%04x", (int) unit));
            }
          } else {
            escaped.appendCodePoint(c);
          }
        });
    return escaped.toString();
  }

  private static boolean isPlain(String json) {
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if ((c < ' ' && c != '\n') || c >= 0x7f) {
        return json.codePoints().noneMatch(Json::isUnsafe);
      }
    }
    return true;
  }

  private static boolean isUnsafe(int c) {
    return c != '\n' && Diagnostic.isUnsafe(c);
  }

  private static void write(JsonGenerator json, Item item, int depth) throws IOException {
    if (depth > Cbor.MAX_DEPTH) {
      throw new IllegalArgumentException("nested deeper than " + Cbor.MAX_DEPTH);
    }
    switch (item) {
      case Item.Null _ -> json.writeNull();
      case Item.Bool bool -> json.writeBoolean(bool.value());
      case Item.Int number -> json.writeNumber(number.value());
      case Item.Text text -> json.writeString(text.value());
      case Item.Bytes bytes -> {
        json.writeStartObject();
        json.writeObjectFieldStart(RESERVED);
        json.writeStringField(
            "bytes", Base64.getEncoder().withoutPadding().encodeToString(bytes.shared()));
        json.writeEndObject();
        json.writeEndObject();
      }
      case Item.Link link -> {
        json.writeStartObject();
        json.writeStringField(RESERVED, link.cid().toString());
        json.writeEndObject();
      }
      case Item.Tagged tagged -> {
        json.writeStartObject();
        json.writeObjectFieldStart(RESERVED);
        json.writeArrayFieldStart("tag");
        json.writeNumber(tagged.tag());
        write(json, tagged.item(), depth + 1);
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndObject();
      }
      case Item.Array array -> {
        json.writeStartArray();
        for (Item element : array.items()) {
          write(json, element, depth + 1);
        }
        json.writeEndArray();
      }
      case Item.Table table -> {
        if (needsPairs(table.entries())) {
          writePairs(json, table, depth);
        } else {
          json.writeStartObject();
          for (Map.Entry<Item, Item> entry : table.entries().entrySet()) {
            json.writeFieldName(((Item.Text) entry.getKey()).value());
            write(json, entry.getValue(), depth + 1);
          }
          json.writeEndObject();
        }
      }
    }
  }

  private static void writePairs(JsonGenerator json, Item.Table table, int depth)
      throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart(RESERVED);
    json.writeArrayFieldStart("map");
    for (Map.Entry<Item, Item> entry : table.entries().entrySet()) {
      json.writeStartArray();
      write(json, entry.getKey(), depth + 1);
      write(json, entry.getValue(), depth + 1);
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeEndObject();
    json.writeEndObject();
  }

  static boolean needsPairs(Map<Item, Item> entries) {
    for (Item key : entries.keySet()) {
      if (!(key instanceof Item.Text(String name)) || name.equals(RESERVED)) {
        return true;
      }
    }
    return false;
  }
}
