package org.promisegrid.cli.text;

/// Text from elsewhere, made harmless for a terminal.
public final class Plain {

  private Plain() {}

  /// One line: control characters, which could move the cursor or change colours, become `·`.
  public static String line(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    text.codePoints().forEach(c -> plain.appendCodePoint(Character.isISOControl(c) ? '·' : c));
    return plain.toString();
  }

  /// The beginning of a line that is longer than `most` characters.
  public static String shorten(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most - 1) + "…";
  }
}
