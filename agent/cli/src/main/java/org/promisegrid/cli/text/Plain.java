package org.promisegrid.cli.text;

import org.promisegrid.kernel.message.Diagnostic;

/// Text from elsewhere, made harmless for a terminal.
public final class Plain {

  private Plain() {}

  /// One line: what could move the cursor, change colours or turn the writing round becomes `·`.
  public static String line(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    text.codePoints().forEach(c -> plain.appendCodePoint(Diagnostic.isUnsafe(c) ? '·' : c));
    return plain.toString();
  }

  /// Lines and tabs stay, all else is as in [#line].
  public static String lines(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> plain.appendCodePoint(c != '\n' && c != '\t' && Diagnostic.isUnsafe(c) ? '·' : c));
    return plain.toString();
  }

  /// The beginning of a line that is longer than `most` characters.
  public static String shorten(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most - 1) + "…";
  }
}
