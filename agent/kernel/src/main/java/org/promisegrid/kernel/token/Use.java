package org.promisegrid.kernel.token;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// How often a token may be used: altogether, at a rate, or both.
///
/// @param calls the most calls there will ever be
/// @param rate how fast they may come
public record Use(OptionalLong calls, Optional<Rate> rate) {

  /// Most calls that can be granted: what every reader of JSON counts exactly.
  public static final long MAX_CALLS = 1L << 53;

  /// At most `calls` at once, and over time `calls` in every `window`: a bucket of `calls`, filled
  /// evenly. So within one window there can be up to twice as many, in a long run no more.
  ///
  /// @param window whole milliseconds
  public record Rate(long calls, Duration window) {
    public static final long MAX_CALLS = 1_000_000;
    public static final Duration MAX_WINDOW = Duration.ofDays(366);

    public Rate {
      if (calls < 1
          || calls > MAX_CALLS
          || window.compareTo(Duration.ofMillis(1)) < 0
          || window.compareTo(MAX_WINDOW) > 0
          || window.toNanosPart() % 1_000_000 != 0) {
        throw new IllegalArgumentException(
            "a rate is 1 to " + MAX_CALLS + " calls in 1 ms to " + MAX_WINDOW.toDays() + " days");
      }
    }

    /// As a token has it: calls and milliseconds.
    Item toItem() {
      return Item.array(Item.of(calls), Item.of(window.toMillis()));
    }
  }

  public Use {
    if (calls.isEmpty() && rate.isEmpty()) {
      throw new IllegalArgumentException("a limit of use that limits nothing");
    }
    if (calls.isPresent() && (calls.getAsLong() < 1 || calls.getAsLong() > MAX_CALLS)) {
      throw new IllegalArgumentException("a use is limited to 1 to 2^53 calls");
    }
  }

  public static Use calls(long calls) {
    return new Use(OptionalLong.of(calls), Optional.empty());
  }

  public static Use rate(long calls, Duration window) {
    return new Use(OptionalLong.empty(), Optional.of(new Rate(calls, window)));
  }

  Item toItem() {
    Item.TableBuilder table = Item.table();
    calls.ifPresent(most -> table.put("calls", most));
    rate.ifPresent(r -> table.put("rate", r.toItem()));
    return table.build();
  }

  static Use of(Item item) throws MalformedException {
    if (!(item instanceof Item.Table table)) {
      throw new MalformedException("a limit of use that is not a map");
    }
    OptionalLong calls = OptionalLong.empty();
    Optional<Rate> rate = Optional.empty();
    try {
      for (var entry : table.entries().entrySet()) {
        if (entry.getKey().equals(Item.of("calls"))
            && entry.getValue() instanceof Item.Int(long most)) {
          calls = OptionalLong.of(most);
        } else if (entry.getKey().equals(Item.of("rate"))
            && entry.getValue() instanceof Item.Array(var pair)
            && pair.size() == 2
            && pair.get(0) instanceof Item.Int(long most)
            && pair.get(1) instanceof Item.Int(long millis)) {
          rate = Optional.of(new Rate(most, Duration.ofMillis(millis)));
        } else {
          throw new MalformedException("a limit of use other than calls and rate: [calls, ms]");
        }
      }
      return new Use(calls, rate);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("a limit of use that can't be: " + e.getMessage(), e);
    }
  }
}
