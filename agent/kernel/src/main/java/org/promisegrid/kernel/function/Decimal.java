package org.promisegrid.kernel.function;

import java.math.BigDecimal;
import java.util.regex.Pattern;

/// A decimal number in its one canonical text: no exponent, no leading `+`, no needless zeros, no
/// negative zero. It stands for the schema type `number`, since messages have no floats.
///
/// @param text the canonical text, at most [#MAX_DIGITS] digits
public record Decimal(String text) implements Comparable<Decimal> {

  /// Most digits of a number, before and after the point together.
  public static final int MAX_DIGITS = 38;

  // Longer than any number that is worth reading; it bounds the work before digits are counted.
  private static final int LONGEST_READ = 128;

  private static final Pattern CANONICAL =
      Pattern.compile("-?(?:0|[1-9][0-9]*)(?:\\.[0-9]*[1-9])?");

  // A number of JSON. Three digits of exponent: what they can ask for still fits in memory.
  private static final Pattern READ =
      Pattern.compile("-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?");

  /// @throws IllegalArgumentException if `text` isn't canonical
  public Decimal {
    if (text.length() > LONGEST_READ
        || !CANONICAL.matcher(text).matches()
        || text.equals("-0")
        || digits(text) > MAX_DIGITS) {
      throw new IllegalArgumentException("not a canonical decimal number");
    }
  }

  /// Reads a number as JSON writes it, such as `1.50` or `-2e3`.
  ///
  /// @throws IllegalArgumentException if it isn't one, or needs more than [#MAX_DIGITS] digits
  public static Decimal parse(String text) {
    if (text.length() > LONGEST_READ || !READ.matcher(text).matches()) {
      throw new IllegalArgumentException("not a decimal number");
    }
    BigDecimal value = new BigDecimal(text);
    return new Decimal(value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString());
  }

  /// A whole number as a decimal one.
  public static Decimal of(long value) {
    return new Decimal(Long.toString(value));
  }

  @Override
  public int compareTo(Decimal other) {
    return new BigDecimal(text).compareTo(new BigDecimal(other.text));
  }

  private static long digits(String text) {
    return text.chars().filter(c -> c >= '0' && c <= '9').count();
  }
}
