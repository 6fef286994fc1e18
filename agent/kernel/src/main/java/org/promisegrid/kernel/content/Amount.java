package org.promisegrid.kernel.content;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How much of a disk: so many bytes, or a part of all that it has.
///
/// @param bytes if the amount isn't a part
/// @param percent of the disk; 0 if the amount is so many bytes
public record Amount(long bytes, int percent) {

  /// As much as there is.
  public static final Amount ALL = new Amount(0, 100);

  private static final Pattern TEXT =
      Pattern.compile("(\\d{1,15})\\s*(%|[kmgt]?i?b?)", Pattern.CASE_INSENSITIVE);

  /// @throws IllegalArgumentException if it is negative, or more than all
  public Amount {
    if (bytes < 0 || percent < 0 || percent > 100) {
      throw new IllegalArgumentException("an amount is so many bytes, or 1% to 100%");
    }
  }

  /// So many bytes.
  public static Amount ofBytes(long bytes) {
    return new Amount(bytes, 0);
  }

  /// Reads `4GiB`, `500MB`, `1048576` or `80%`.
  ///
  /// @throws IllegalArgumentException if it is something else
  public static Amount parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("an amount is like 4GiB or 80%, not " + text);
    }
    long number = Long.parseLong(matcher.group(1));
    String unit = matcher.group(2).toLowerCase(Locale.ROOT);
    if (unit.equals("%")) {
      if (number < 1 || number > 100) {
        throw new IllegalArgumentException("a part of the disk is 1% to 100%, not " + text);
      }
      return new Amount(0, (int) number);
    }
    int power = unit.isEmpty() ? 0 : Math.max(0, "kmgt".indexOf(unit.charAt(0)) + 1);
    long base = unit.contains("i") || (unit.length() == 1 && power > 0) ? 1024 : 1000;
    if (unit.startsWith("i")) {
      throw new IllegalArgumentException("an amount is like 4GiB or 80%, not " + text);
    }
    try {
      for (int i = 0; i < power; i++) {
        number = Math.multiplyExact(number, base);
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("no disk has " + text, e);
    }
    return ofBytes(number);
  }

  /// How many bytes that are, of a disk with `total`.
  public long of(long total) {
    return percent == 0 ? bytes : total / 100 * percent;
  }
}
