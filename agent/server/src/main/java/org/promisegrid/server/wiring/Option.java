package org.promisegrid.server.wiring;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.promisegrid.kernel.content.Amount;

/// The options that there are, besides those of drivers and rates, which have names of their own.
/// `docs/configuration.md` lists them; a test compares.
enum Option {
  PORT("grid.http.port", "7272", Kind.PORT),
  HOST("grid.http.host", "127.0.0.1", Kind.TEXT),
  NAMES("grid.http.names", "", Kind.TEXT),
  CONNECTIONS("grid.http.connections", "4096", Kind.COUNT),
  HEADERS("grid.http.headers", "10s", Kind.TIME),
  STUCK("grid.http.stuck", "60s", Kind.TIME),
  HEARTBEAT("grid.http.heartbeat", "15s", Kind.TIME),
  CERTIFICATE("grid.tls.certificate", "", Kind.TEXT),
  KEY("grid.tls.key", "", Kind.TEXT),
  RELOAD("grid.tls.reload", "1m", Kind.TIME),
  DRIVER_PATH("grid.drivers.path", "", Kind.FOLDERS),
  RATE("grid.limits.rate", "20000", Kind.COUNT),
  CALLS("grid.limits.calls", "4096", Kind.COUNT),
  SIZE("grid.limits.size", "1TiB", Kind.SIZE),
  TIME("grid.limits.time", "1h", Kind.TIME),
  SEGMENT("grid.journal.segment", "64MiB", Kind.SIZE),
  RESERVE("grid.content.reserve", "64MiB", Kind.SIZE),
  BUDGET("grid.content.budget", "80%", Kind.AMOUNT),
  RESULTS("grid.content.results", "20%", Kind.AMOUNT),
  OUTPUT("grid.limits.output", "16GiB", Kind.SIZE),
  LEASE("grid.content.lease", "30d", Kind.DAYS),
  COLLECT("grid.content.collect", "24h", Kind.PERIOD),
  DRAIN("grid.agent.drain", "20s", Kind.TIME),
  LOG("grid.log.format", "text", Kind.LOG_FORMAT);

  /// The groups of options that have names of their own.
  static final Pattern DRIVER = Pattern.compile("grid\\.drivers\\.([a-z0-9-]+)\\.(.+)");

  static final Pattern RATES = Pattern.compile("grid\\.rates\\.(.+)");

  private final String title;
  private final String usual;
  private final Kind kind;

  Option(String title, String usual, Kind kind) {
    this.title = title;
    this.usual = usual;
    this.kind = kind;
  }

  /// Its name, in full.
  String title() {
    return title;
  }

  /// What it is if nobody says otherwise.
  String usual() {
    return usual;
  }

  /// What it takes, for people.
  String takes() {
    return kind.takes;
  }

  /// Why it can't be `value`, if it can't.
  Optional<String> complaint(String value) {
    try {
      var _ = kind.read.apply(value.strip());
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of("is " + kind.takes + ", not '" + value + "'");
    }
  }

  /// `value`, of which there is no [#complaint].
  <T> T read(Class<T> type, String value) {
    return type.cast(kind.read.apply(value.strip()));
  }

  static Optional<Option> named(String title) {
    return Arrays.stream(values()).filter(option -> option.title.equals(title)).findFirst();
  }

  /// The first parts of all names.
  static Set<String> groups() {
    Set<String> groups = new TreeSet<>(Set.of("drivers", "rates"));
    for (Option option : values()) {
      groups.add(option.title.split("\\.", -1)[1]);
    }
    return groups;
  }

  /// What a value can be. Its functions have no state.
  @SuppressWarnings("ImmutableEnumChecker")
  private enum Kind {
    TEXT("text", text -> text),
    PORT("a port from 0 to 65535", text -> (int) whole(text, 0, 65_535)),
    COUNT("a whole number from 1 on", text -> whole(text, 1, Integer.MAX_VALUE)),
    TIME("a time from 1ms to 24h, such as 20s, 500ms, 2m", Kind::time),
    DAYS("a time from 1s to 36500d, such as 30d, 12h", Kind::days),
    PERIOD("a time from 1s to 36500d, such as 7d, 12h, or never", Kind::period),
    AMOUNT("a size, such as 10GiB, or a part of the disk, such as 80%", Kind::amount),
    SIZE("a size, such as 512MiB, 10GiB, or a number of bytes", Kind::size),
    FOLDERS("absolute paths with colons between them", Kind::folders),
    LOG_FORMAT("text or json", text -> word(text, "text", "json"));

    private static final Pattern QUANTITY = Pattern.compile("(\\d{1,18})\\s*([A-Za-z]*)");
    private static final String[] SIZES = {"B", "KiB", "MiB", "GiB", "TiB"};

    private final String takes;
    private final Function<String, Object> read;

    Kind(String takes, Function<String, Object> read) {
      this.takes = takes;
      this.read = read;
    }

    private static long whole(String text, long least, long most) {
      long number = Long.parseLong(text);
      if (number < least || number > most) {
        throw new IllegalArgumentException(text);
      }
      return number;
    }

    private static Object time(String text) {
      Matcher quantity = quantity(text);
      long number = Long.parseLong(quantity.group(1));
      Duration time =
          switch (quantity.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(Math.min(number, 1_000_000));
            case "m" -> Duration.ofMinutes(Math.min(number, 1_000_000));
            case "h" -> Duration.ofHours(Math.min(number, 1_000_000));
            default -> throw new IllegalArgumentException(text);
          };
      if (time.isZero() || time.compareTo(Duration.ofHours(24)) > 0) {
        throw new IllegalArgumentException(text);
      }
      return time;
    }

    private static Object days(String text) {
      Matcher quantity = quantity(text);
      long number = Long.parseLong(quantity.group(1));
      Duration time =
          switch (quantity.group(2)) {
            case "s" -> Duration.ofSeconds(Math.min(number, 1L << 32));
            case "h" -> Duration.ofHours(Math.min(number, 1 << 20));
            case "d" -> Duration.ofDays(Math.min(number, 1 << 20));
            default -> throw new IllegalArgumentException(text);
          };
      if (time.isZero() || time.compareTo(Duration.ofDays(36_500)) > 0) {
        throw new IllegalArgumentException(text);
      }
      return time;
    }

    private static Object period(String text) {
      return text.equals("never") ? Duration.ZERO : days(text);
    }

    private static Object amount(String text) {
      return text.endsWith("%")
          ? new Amount(0, (int) whole(text.substring(0, text.length() - 1), 1, 100))
          : Amount.ofBytes((long) size(text));
    }

    private static Object size(String text) {
      Matcher quantity = quantity(text);
      long number = Long.parseLong(quantity.group(1));
      int unit = quantity.group(2).isEmpty() ? 0 : Arrays.asList(SIZES).indexOf(quantity.group(2));
      if (unit < 0 || number > Long.MAX_VALUE >> (10 * unit)) {
        throw new IllegalArgumentException(text);
      }
      return number << (10 * unit);
    }

    private static Matcher quantity(String text) {
      Matcher quantity = QUANTITY.matcher(text);
      if (!quantity.matches()) {
        throw new IllegalArgumentException(text);
      }
      return quantity;
    }

    private static Object folders(String text) {
      for (String folder : text.split(":", -1)) {
        if (!folder.isEmpty() && !Path.of(folder).isAbsolute()) {
          throw new IllegalArgumentException(text);
        }
      }
      return text;
    }

    private static Object word(String text, String... words) {
      if (!Arrays.asList(words).contains(text)) {
        throw new IllegalArgumentException(text);
      }
      return text;
    }
  }
}
