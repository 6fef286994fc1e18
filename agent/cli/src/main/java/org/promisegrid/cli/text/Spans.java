package org.promisegrid.cli.text;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.promisegrid.cli.function.Quantity;

/// Spans and points of time as people write and read them: `1h30m`, `250ms`, `2027-01-01`.
public final class Spans {

  private static final DateTimeFormatter SHORT =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

  private Spans() {}

  /// Reads a point of time: a span from now on, a date (its beginning), a time of this zone, or one
  /// with its own.
  ///
  /// @throws IllegalArgumentException if it is none of these
  public static Instant point(String text, Instant now, ZoneId zone) {
    String stripped = text.strip();
    try {
      if (stripped.matches("(?:[0-9]+[a-z]+)+")) {
        return now.plus(Quantity.time(stripped)).truncatedTo(ChronoUnit.SECONDS);
      }
      if (stripped.matches("\\d{4}-\\d{2}-\\d{2}")) {
        return LocalDate.parse(stripped).atStartOfDay(zone).toInstant();
      }
      String joined = stripped.replace(' ', 'T');
      if (joined.matches(".*(Z|[+-]\\d{2}(:?\\d{2})?)$") && joined.contains("T")) {
        return OffsetDateTime.parse(joined).toInstant().truncatedTo(ChronoUnit.SECONDS);
      }
      return LocalDateTime.parse(joined).atZone(zone).toInstant().truncatedTo(ChronoUnit.SECONDS);
    } catch (DateTimeException | IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is no time: a duration as in 1h, or 2027-01-31, 2027-01-31T12:00,"
              + " 2027-01-31T12:00Z",
          e);
    }
  }

  /// A span for people, to three digits: `34 µs`, `1.2 ms`, `3 min 20 s`.
  public static String text(Duration span) {
    double micros = span.toNanos() / 1e3;
    if (micros < 1000) {
      return String.format(Locale.ROOT, "%.0f µs", micros);
    }
    if (micros < 999_500) {
      return number(micros / 1e3) + " ms";
    }
    if (span.compareTo(Duration.ofMinutes(2)) < 0) {
      return number(micros / 1e6) + " s";
    }
    if (span.compareTo(Duration.ofHours(2)) < 0) {
      return span.toMinutes() + " min" + rest(span.toSecondsPart(), "s");
    }
    if (span.compareTo(Duration.ofDays(2)) < 0) {
      return span.toHours() + " h" + rest(span.toMinutesPart(), "min");
    }
    return span.toDays() + " d" + rest(span.toHoursPart(), "h");
  }

  private static String rest(int part, String unit) {
    return part == 0 ? "" : " " + part + " " + unit;
  }

  private static String number(double value) {
    String format = value >= 99.95 ? "%.0f" : value >= 9.995 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }

  /// A point of time for people, in this zone, to the second.
  public static String text(Instant time, ZoneId zone) {
    return SHORT.format(time.atZone(zone));
  }
}
