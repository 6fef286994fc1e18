package org.promisegrid.kernel.message;

/// The UTF-8 form of Java text, which may hold what UTF-8 can't say: half a surrogate pair.
final class Utf8 {

  private Utf8() {}

  /// How many bytes `text` takes; -1 if it holds half a surrogate pair.
  static long length(String text) {
    int chars = text.length();
    long length = chars;
    for (int i = 0; i < chars; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        continue;
      }
      if (c < 0x800) {
        length++;
      } else if (!Character.isSurrogate(c)) {
        length += 2;
      } else if (Character.isHighSurrogate(c)
          && i + 1 < chars
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        // Two chars, four bytes.
        length += 2;
        i++;
      } else {
        return -1;
      }
    }
    return length;
  }

  /// Writes `text`, which [#length] has measured, into `target` from `at` on.
  static void write(String text, byte[] target, int at) {
    int chars = text.length();
    for (int i = 0; i < chars; i++) {
      int c = text.charAt(i);
      if (c < 0x80) {
        target[at++] = (byte) c;
      } else if (c < 0x800) {
        target[at++] = (byte) (0xc0 | (c >> 6));
        target[at++] = (byte) (0x80 | (c & 0x3f));
      } else if (Character.isSurrogate((char) c)) {
        c = Character.toCodePoint((char) c, text.charAt(++i));
        target[at++] = (byte) (0xf0 | (c >> 18));
        target[at++] = (byte) (0x80 | ((c >> 12) & 0x3f));
        target[at++] = (byte) (0x80 | ((c >> 6) & 0x3f));
        target[at++] = (byte) (0x80 | (c & 0x3f));
      } else {
        target[at++] = (byte) (0xe0 | (c >> 12));
        target[at++] = (byte) (0x80 | ((c >> 6) & 0x3f));
        target[at++] = (byte) (0x80 | (c & 0x3f));
      }
    }
  }

  /// Compares as the bytes of the two would: by code point.
  static int compare(String a, String b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      char left = a.charAt(i);
      char right = b.charAt(i);
      if (left != right) {
        // Surrogates stand for code points above all others, but below U+E000 as chars.
        boolean leftHigh = Character.isSurrogate(left);
        boolean rightHigh = Character.isSurrogate(right);
        return leftHigh == rightHigh ? left - right : leftHigh ? 1 : -1;
      }
    }
    return a.length() - b.length();
  }
}
