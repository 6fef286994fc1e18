package org.promisegrid.kernel.message;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.promisegrid.sandbox.Cid;

/// Reads what the examples in the protocol documents are written in: the diagnostic notation of RFC
/// 8949 §8, as far as there are items for it, with comments between slashes.
public final class DiagnosticReader {

  private final String text;
  private int at;

  private DiagnosticReader(String text) {
    this.text = text;
  }

  public static Item read(String text) {
    DiagnosticReader reader = new DiagnosticReader(text);
    Item item = reader.item();
    reader.blank();
    if (reader.at != text.length()) {
      throw reader.wrong();
    }
    return item;
  }

  private Item item() {
    blank();
    char c = text.charAt(at);
    if (c == '"') {
      return Item.of(quoted());
    }
    if (accept("h'")) {
      int end = text.indexOf('\'', at);
      byte[] bytes = HexFormat.of().parseHex(text.substring(at, end));
      at = end + 1;
      return Item.of(bytes);
    }
    if (c == '[') {
      at++;
      List<Item> items = new ArrayList<>();
      while (!closes(']', items.size())) {
        items.add(item());
      }
      return Item.array(items);
    }
    if (c == '{') {
      at++;
      Map<Item, Item> entries = new LinkedHashMap<>();
      while (!closes('}', entries.size())) {
        Item key = item();
        blank();
        expect(":");
        if (entries.put(key, item()) != null) {
          throw wrong();
        }
      }
      return new Item.Table(entries);
    }
    if (accept("null")) {
      return Item.NULL;
    }
    if (accept("true")) {
      return Item.TRUE;
    }
    if (accept("false")) {
      return Item.FALSE;
    }
    return numberOrTag();
  }

  private Item numberOrTag() {
    int from = at;
    if (text.charAt(at) == '-') {
      at++;
    }
    while (at < text.length() && Character.isDigit(text.charAt(at))) {
      at++;
    }
    long number = Long.parseLong(text.substring(from, at));
    if (!accept("(")) {
      return Item.of(number);
    }
    Item marked = item();
    blank();
    expect(")");
    if (number == Item.LINK_TAG && marked instanceof Item.Bytes bytes) {
      Cid cid = Item.Tagged.linked(bytes);
      if (cid != null) {
        return Item.of(cid);
      }
    }
    return new Item.Tagged(number, marked);
  }

  private String quoted() {
    StringBuilder value = new StringBuilder();
    for (at++; text.charAt(at) != '"'; at++) {
      char c = text.charAt(at);
      if (c != '\\') {
        value.append(c);
      } else if (text.charAt(++at) == 'u') {
        value.append((char) HexFormat.fromHexDigits(text, at + 1, at + 5));
        at += 4;
      } else {
        value.append(text.charAt(at));
      }
    }
    at++;
    return value.toString();
  }

  private boolean closes(char bracket, int before) {
    blank();
    if (accept(String.valueOf(bracket))) {
      return true;
    }
    if (before > 0) {
      expect(",");
    }
    return false;
  }

  private void blank() {
    while (at < text.length()) {
      if (Character.isWhitespace(text.charAt(at))) {
        at++;
      } else if (text.charAt(at) == '/') {
        at = text.indexOf('/', at + 1) + 1;
      } else {
        return;
      }
    }
  }

  private boolean accept(String token) {
    boolean there = text.startsWith(token, at);
    if (there) {
      at += token.length();
    }
    return there;
  }

  private void expect(String token) {
    if (!accept(token)) {
      throw wrong();
    }
  }

  private IllegalArgumentException wrong() {
    return new IllegalArgumentException("no diagnostic notation at character " + at + ": " + text);
  }
}
