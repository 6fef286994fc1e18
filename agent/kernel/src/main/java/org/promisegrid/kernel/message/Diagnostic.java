package org.promisegrid.kernel.message;

import java.util.HexFormat;
import java.util.Iterator;
import java.util.Map;
import org.promisegrid.sandbox.Cid;

/// Items in the diagnostic notation of [RFC 8949
/// §8](https://www.rfc-editor.org/rfc/rfc8949#section-8), for people.
public final class Diagnostic {

  private static final HexFormat HEX = HexFormat.of();

  // The most that a container may take in one line, when written in lines.
  private static final int NARROW = 72;

  private final StringBuilder out = new StringBuilder();
  private final boolean pretty;

  private Diagnostic(boolean pretty) {
    this.pretty = pretty;
  }

  /// One line.
  public static String of(Item item) {
    Diagnostic text = new Diagnostic(false);
    text.write(item, 0);
    return text.out.toString();
  }

  /// In lines, indented by two blanks. Each link is followed by a comment: the name of the protocol
  /// document that it names, or else the CID's text.
  public static String pretty(Item item) {
    Diagnostic text = new Diagnostic(true);
    text.write(item, 0);
    return text.out.append('\n').toString();
  }

  private void write(Item item, int depth) {
    switch (item) {
      case Item.Null _ -> out.append("null");
      case Item.Bool bool -> out.append(bool.value());
      case Item.Int number -> out.append(number.value());
      case Item.Text text -> quote(text.value());
      case Item.Bytes bytes -> hex(bytes.shared());
      case Item.Link link -> link(link.cid());
      case Item.Tagged tagged -> {
        out.append(tagged.tag()).append('(');
        write(tagged.item(), depth);
        out.append(')');
      }
      case Item.Array array -> {
        boolean broken = open('[', item, depth);
        Iterator<Item> elements = array.items().iterator();
        while (elements.hasNext()) {
          line(broken, depth + 1);
          write(elements.next(), depth + 1);
          comma(elements.hasNext(), broken);
        }
        close(']', broken, depth);
      }
      case Item.Table table -> {
        boolean broken = open('{', item, depth);
        Iterator<Map.Entry<Item, Item>> entries = table.entries().entrySet().iterator();
        while (entries.hasNext()) {
          Map.Entry<Item, Item> entry = entries.next();
          line(broken, depth + 1);
          write(entry.getKey(), depth + 1);
          out.append(": ");
          write(entry.getValue(), depth + 1);
          comma(entries.hasNext(), broken);
        }
        close('}', broken, depth);
      }
    }
  }

  /// Opens a container; tells whether its elements stand on lines of their own.
  private boolean open(char bracket, Item item, int depth) {
    out.append(bracket);
    return pretty && width(item, NARROW - 2 * depth) < 0;
  }

  private void close(char bracket, boolean broken, int depth) {
    line(broken, depth);
    out.append(bracket);
  }

  private void line(boolean broken, int depth) {
    if (broken) {
      out.append('\n').repeat("  ", depth);
    }
  }

  private void comma(boolean more, boolean broken) {
    if (more) {
      out.append(broken ? "," : ", ");
    }
  }

  private void link(Cid cid) {
    out.append("42(");
    byte[] binary = new byte[1 + Cid.SIZE];
    System.arraycopy(cid.bytes(), 0, binary, 1, Cid.SIZE);
    hex(binary);
    out.append(')');
    if (pretty) {
      out.append(" / ").append(Protocols.name(cid).orElseGet(cid::toString)).append(" /");
    }
  }

  private void hex(byte[] bytes) {
    out.append("h'").append(HEX.formatHex(bytes)).append('\'');
  }

  private void quote(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (isUnsafe(c)) {
        out.append("\\u").append(HEX.toHexDigits(c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  /// Whether a terminal would obey a character in place of showing it: it moves the cursor, changes
  /// colours, or turns the direction of writing round.
  public static boolean isUnsafe(int c) {
    int type = Character.getType(c);
    return type == Character.CONTROL
        || type == Character.FORMAT
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR;
  }

  /// What is left of `room` after `item` in one line; negative if it doesn't fit. Links never do:
  /// each has its comment.
  private static int width(Item item, int room) {
    if (room < 0) {
      return room;
    }
    return switch (item) {
      case Item.Null _, Item.Bool _, Item.Int _ -> room - item.toString().length();
      case Item.Text text -> room - text.value().length() - 2;
      case Item.Bytes bytes -> bytes.length() > NARROW ? -1 : room - 2 * bytes.length() - 3;
      case Item.Link _ -> -1;
      case Item.Tagged tagged -> width(tagged.item(), room - 22);
      case Item.Array array -> {
        int left = room - 2;
        for (Item element : array.items()) {
          left = width(element, left) - 2;
          if (left < 0) {
            break;
          }
        }
        yield left;
      }
      case Item.Table table -> {
        int left = room - 2;
        for (Map.Entry<Item, Item> entry : table.entries().entrySet()) {
          left = width(entry.getValue(), width(entry.getKey(), left) - 2) - 2;
          if (left < 0) {
            break;
          }
        }
        yield left;
      }
    };
  }
}
