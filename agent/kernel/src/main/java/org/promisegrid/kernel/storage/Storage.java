package org.promisegrid.kernel.storage;

import java.time.Duration;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.promisegrid.kernel.content.Amount;
import org.promisegrid.kernel.content.ContentStore;

/// How much of the disk an owner gives, and how long what isn't used stays.
///
/// @param reserve bytes of the disk that content and runs leave free
/// @param content how much content takes in all
/// @param results how much of that remembered results take, once there is a collection
/// @param lease how long content stays after it was last put or used, unless something keeps it
public record Storage(long reserve, Amount content, Amount results, Duration lease) {

  /// What holds where the owner chose nothing.
  public static final Storage DEFAULT =
      new Storage(ContentStore.RESERVE, new Amount(0, 80), new Amount(0, 20), Duration.ofDays(30));

  private static final Pattern TIME = Pattern.compile("(\\d{1,9})\\s*(s|m|h|d)");

  public Storage {
    if (reserve < 0 || lease.isNegative()) {
      throw new IllegalArgumentException("neither a reserve nor a lease is negative");
    }
  }

  /// Reads what the owner chose, by the last word of each option.
  ///
  /// @throws IllegalArgumentException if something is unknown, or makes no sense
  public static Storage from(Map<String, String> chosen) {
    TreeSet<String> unknown = new TreeSet<>(chosen.keySet());
    unknown.removeAll(java.util.Set.of("reserve", "budget", "results", "lease"));
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "unknown options: grid.content." + String.join(", grid.content.", unknown));
    }
    return new Storage(
        chosen.containsKey("reserve") ? reserve(chosen.get("reserve")) : DEFAULT.reserve,
        amount(chosen, "budget", DEFAULT.content),
        amount(chosen, "results", DEFAULT.results),
        chosen.containsKey("lease") ? time(chosen.get("lease")) : DEFAULT.lease);
  }

  private static long reserve(String text) {
    Amount amount = named("reserve", text);
    if (amount.percent() != 0) {
      throw new IllegalArgumentException("grid.content.reserve is a size, not " + text);
    }
    return amount.bytes();
  }

  private static Amount amount(Map<String, String> chosen, String name, Amount otherwise) {
    return chosen.containsKey(name) ? named(name, chosen.get(name)) : otherwise;
  }

  private static Amount named(String name, String text) {
    try {
      return Amount.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("grid.content." + name + ": " + e.getMessage(), e);
    }
  }

  private static Duration time(String text) {
    Matcher matcher = TIME.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("grid.content.lease is like 30d or 12h, not " + text);
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }
}
