package org.promisegrid.cli.function;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Times and sizes as people write them: `5s`, `1m30s`, `250ms`; `128MiB`, `2GB`, `512B`.
public final class Quantity {

  private static final Pattern TIME =
      Pattern.compile(
          "(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?"
              + "(?:([0-9]{1,9})ms)?");
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})([kKMGT]i?)?B");

  private static final Map<String, Long> UNITS =
      Map.of(
          "k",
          1_000L,
          "M",
          1_000_000L,
          "G",
          1_000_000_000L,
          "T",
          1_000_000_000_000L,
          "Ki",
          1L << 10,
          "Mi",
          1L << 20,
          "Gi",
          1L << 30,
          "Ti",
          1L << 40);

  private Quantity() {}

  /// Reads a time: days, hours, minutes, seconds and milliseconds, in this order, each with its
  /// unit.
  ///
  /// @throws IllegalArgumentException if it isn't one
  public static Duration time(String text) {
    Matcher matcher = TIME.matcher(text);
    if (text.isEmpty() || !matcher.matches()) {
      throw new IllegalArgumentException("not a time such as 5s, 1m30s or 250ms: " + text);
    }
    return Duration.ofDays(number(matcher, 1))
        .plusHours(number(matcher, 2))
        .plusMinutes(number(matcher, 3))
        .plusSeconds(number(matcher, 4))
        .plusMillis(number(matcher, 5));
  }

  /// Reads a size in bytes: B, or kB MB GB TB of 1000, or KiB MiB GiB TiB of 1024.
  ///
  /// @throws IllegalArgumentException if it isn't one, or is 2^63 bytes or more
  public static long size(String text) {
    Matcher matcher = SIZE.matcher(text);
    String unit = matcher.matches() ? matcher.group(2) : "none";
    long factor = unit == null ? 1 : UNITS.getOrDefault(unit, 0L);
    if (factor == 0) {
      throw new IllegalArgumentException("not a size such as 512B, 2GB or 128MiB: " + text);
    }
    try {
      return Math.multiplyExact(Long.parseLong(matcher.group(1)), factor);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("too large a size: " + text, e);
    }
  }

  private static long number(Matcher matcher, int group) {
    String digits = matcher.group(group);
    return digits == null ? 0 : Long.parseLong(digits);
  }
}
