package org.promisegrid.cli.text;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Numbers of bytes as people write and read them: `64MiB`, `1.5 GiB`.
public final class Sizes {

  private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})\\s?([A-Za-z]*)");
  private static final Map<String, Long> UNITS =
      Map.of(
          "", 1L,
          "B", 1L,
          "kB", 1_000L,
          "MB", 1_000_000L,
          "GB", 1_000_000_000L,
          "TB", 1_000_000_000_000L,
          "KiB", 1L << 10,
          "MiB", 1L << 20,
          "GiB", 1L << 30,
          "TiB", 1L << 40);
  private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Sizes() {}

  /// Reads a size.
  ///
  /// @throws IllegalArgumentException if it isn't a number of bytes, or more than 2^63-1 of them
  public static long parse(String text) {
    Matcher matcher = SIZE.matcher(text.strip());
    Long unit = matcher.matches() ? UNITS.get(matcher.group(2)) : null;
    if (unit == null) {
      throw new IllegalArgumentException(
          "'" + text + "' is no size: a number and B, kB, MB, GB, TB, KiB, MiB, GiB or TiB");
    }
    try {
      return Math.multiplyExact(Long.parseLong(matcher.group(1)), unit);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("'" + text + "' is too large", e);
    }
  }

  /// A size for people, to three digits: `17 B`, `4.2 KiB`.
  public static String text(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1023.5 && unit < BINARY.length - 1) {
      value /= 1024;
      unit++;
    }
    String number =
        unit == 0 || value >= 99.95
            ? String.format(Locale.ROOT, "%.0f", value)
            : String.format(Locale.ROOT, "%.1f", value);
    return number + " " + BINARY[unit];
  }
}
