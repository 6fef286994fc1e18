package org.promisegrid.kernel.message;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;

/// How a call shall be done. What is absent isn't asked for: a binding's terms, or the node's
/// defaults, fill it. Terms are no part of what is computed, so never of a [CallKey].
///
/// @param nonce 16 bytes that tell this call from an equal one
/// @param within the longest the caller waits, from the call's arrival
/// @param limits the most that the run may use
/// @param isolation the least that is asked for
/// @param place where it may run
/// @param price the most that it may cost, in micro-units of the node's credit
/// @param cache whether a remembered result will do
/// @param reach how far the call and its result may travel
/// @param later whether a promise is welcome in place of the result
/// @param hops how many nodes may still pass the call on
/// @param reply the function that is to be called with the answer
/// @param slots what fills the function's slots
public record Terms(
    Optional<Item.Bytes> nonce,
    Optional<Duration> within,
    Bounds limits,
    Optional<Isolation> isolation,
    Place place,
    OptionalLong price,
    Optional<Cache> cache,
    Optional<Reach> reach,
    Optional<Boolean> later,
    OptionalInt hops,
    Optional<Cid> reply,
    SortedMap<String, Fill> slots) {

  /// Length of a nonce, in bytes.
  public static final int NONCE_SIZE = 16;

  /// The longest time that terms can name: a year.
  public static final Duration LONGEST = Duration.ofDays(365);

  /// The most nodes that may pass a call on.
  public static final int MAX_HOPS = 255;

  /// Nothing asked for.
  public static final Terms NONE = new Builder().build();

  /// Whether a remembered result will do.
  public enum Cache {
    /// It will.
    USE,
    /// Run anyway, and compare.
    REFRESH,
    /// Don't run: only a remembered one.
    ONLY
  }

  /// @throws IllegalArgumentException if a value is out of its range
  public Terms {
    nonce.ifPresent(bytes -> check(bytes.length() == NONCE_SIZE, "a nonce has 16 bytes"));
    within.ifPresent(time -> check(isTime(time), "within is 1 ms to a year, in whole ms"));
    check(price.orElse(0) >= 0, "a price isn't negative");
    check(hops.orElse(0) >= 0 && hops.orElse(0) <= MAX_HOPS, "hops are 0 to " + MAX_HOPS);
    check(!slots.containsKey(""), "a slot has a name");
    slots = Collections.unmodifiableSortedMap(new TreeMap<>(slots));
  }

  /// The most that a run may use, where the caller cares.
  public record Bounds(
      Optional<Duration> time, OptionalLong memory, OptionalLong output, OptionalLong log) {

    /// No limit named.
    public static final Bounds NONE =
        new Bounds(
            Optional.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());

    /// @throws IllegalArgumentException if a value is out of its range
    public Bounds {
      time.ifPresent(
          value -> Rule.check(isTime(value), "a time limit is 1 ms to a year, in whole ms"));
      Rule.check(
          memory.orElse(0) >= 0 && output.orElse(0) >= 0 && log.orElse(0) >= 0,
          "a size limit isn't negative");
    }

    /// All limits, those not named taken from `defaults`.
    public Limits over(Limits defaults) {
      return new Limits(
          time.orElse(defaults.time()),
          memory.orElse(defaults.memory()),
          output.orElse(defaults.output()),
          log.orElse(defaults.log()));
    }

    /// These where named, else those of `defaults`.
    public Bounds over(Bounds defaults) {
      return new Bounds(
          time.or(defaults::time),
          memory.isPresent() ? memory : defaults.memory,
          output.isPresent() ? output : defaults.output,
          log.isPresent() ? log : defaults.log);
    }
  }

  /// Where a call may run; empty lists ask for nothing.
  ///
  /// @param drivers the names of drivers of which any will do
  /// @param labels which a target must all have
  public record Place(List<String> drivers, SortedMap<String, String> labels) {

    /// Anywhere.
    public static final Place ANYWHERE = new Place(List.of(), Collections.emptySortedMap());

    public Place {
      drivers = List.copyOf(drivers);
      Rule.check(drivers.stream().distinct().count() == drivers.size(), "a driver is named once");
      labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    }

    /// The drivers and the labels of this place where it names any, else those of `defaults`.
    public Place over(Place defaults) {
      return new Place(
          drivers.isEmpty() ? defaults.drivers : drivers,
          labels.isEmpty() ? defaults.labels : labels);
    }
  }

  /// What fills one slot.
  public sealed interface Fill {
    /// A volume, by name.
    record Volume(String name) implements Fill {}

    /// A secret, by name.
    record Secret(String name) implements Fill {}

    /// An `address:port` of the host, at which the workload is reachable.
    record Port(String address) implements Fill {}

    /// Destinations (`host:port`) that the workload may connect to.
    record Egress(List<String> destinations) implements Fill {
      public Egress {
        destinations = List.copyOf(destinations);
      }
    }

    /// A grant: a chain of tokens, leaf first, that the workload may use.
    record Grant(List<Item.Bytes> tokens) implements Fill {
      public Grant {
        tokens = List.copyOf(tokens);
      }
    }
  }

  /// Reads terms.
  ///
  /// @throws MalformedException if `item` isn't a map of terms known here, each with a proper value
  public static Terms decode(Item item) throws MalformedException {
    return item.equals(Item.EMPTY) ? NONE : TermsCodec.decode(item);
  }

  public Item.Table toItem() {
    return equals(NONE) ? Item.EMPTY : TermsCodec.encode(this);
  }

  /// These terms where they say something, else `defaults`. Limits, the two parts of the place, and
  /// slots are each filled singly.
  public Terms over(Terms defaults) {
    SortedMap<String, Fill> filled = new TreeMap<>(defaults.slots);
    filled.putAll(slots);
    return new Terms(
        nonce.or(defaults::nonce),
        within.or(defaults::within),
        limits.over(defaults.limits),
        isolation.or(defaults::isolation),
        place.over(defaults.place),
        price.isPresent() ? price : defaults.price,
        cache.or(defaults::cache),
        reach.or(defaults::reach),
        later.or(defaults::later),
        hops.isPresent() ? hops : defaults.hops,
        reply.or(defaults::reply),
        filled);
  }

  /// Starts terms that say nothing.
  public static Builder builder() {
    return new Builder();
  }

  /// Starts terms that say the same.
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.nonce = nonce;
    builder.within = within;
    builder.limits = limits;
    builder.isolation = isolation;
    builder.place = place;
    builder.price = price;
    builder.cache = cache;
    builder.reach = reach;
    builder.later = later;
    builder.hops = hops;
    builder.reply = reply;
    builder.slots.putAll(slots);
    return builder;
  }

  /// Collects terms one by one.
  public static final class Builder {
    private Optional<Item.Bytes> nonce = Optional.empty();
    private Optional<Duration> within = Optional.empty();
    private Bounds limits = Bounds.NONE;
    private Optional<Isolation> isolation = Optional.empty();
    private Place place = Place.ANYWHERE;
    private OptionalLong price = OptionalLong.empty();
    private Optional<Cache> cache = Optional.empty();
    private Optional<Reach> reach = Optional.empty();
    private Optional<Boolean> later = Optional.empty();
    private OptionalInt hops = OptionalInt.empty();
    private Optional<Cid> reply = Optional.empty();
    private final SortedMap<String, Fill> slots = new TreeMap<>();

    private Builder() {}

    public Builder nonce(byte[] bytes) {
      nonce = Optional.of(Item.of(bytes));
      return this;
    }

    public Builder within(Duration time) {
      within = Optional.of(time);
      return this;
    }

    public Builder limits(Bounds bounds) {
      limits = bounds;
      return this;
    }

    public Builder isolation(Isolation least) {
      isolation = Optional.of(least);
      return this;
    }

    public Builder place(List<String> drivers, Map<String, String> labels) {
      place = new Place(drivers, new TreeMap<>(labels));
      return this;
    }

    public Builder price(long most) {
      price = OptionalLong.of(most);
      return this;
    }

    public Builder cache(Cache use) {
      cache = Optional.of(use);
      return this;
    }

    public Builder reach(Reach farthest) {
      reach = Optional.of(farthest);
      return this;
    }

    public Builder later(boolean welcome) {
      later = Optional.of(welcome);
      return this;
    }

    public Builder hops(int most) {
      hops = OptionalInt.of(most);
      return this;
    }

    public Builder reply(Cid function) {
      reply = Optional.of(function);
      return this;
    }

    public Builder slot(String name, Fill fill) {
      slots.put(name, fill);
      return this;
    }

    /// The terms.
    ///
    /// @throws IllegalArgumentException if a value is out of its range
    public Terms build() {
      return new Terms(
          nonce, within, limits, isolation, place, price, cache, reach, later, hops, reply, slots);
    }
  }

  /// The names of the terms that say something, in the order of the encoding.
  public List<String> named() {
    List<String> names = new ArrayList<>();
    toItem().entries().keySet().forEach(key -> names.add(((Item.Text) key).value()));
    return List.copyOf(names);
  }

  private static boolean isTime(Duration time) {
    return time.compareTo(Duration.ofMillis(1)) >= 0
        && time.compareTo(LONGEST) <= 0
        && time.toNanosPart() % 1_000_000 == 0;
  }

  private static void check(boolean good, String rule) {
    Rule.check(good, rule);
  }

  /// Apart from the terms, so that making [Bounds#NONE] and [Place#ANYWHERE] doesn't begin with
  /// making [#NONE], which would find them not made yet.
  private static final class Rule {
    static void check(boolean good, String rule) {
      if (!good) {
        throw new IllegalArgumentException(rule);
      }
    }
  }
}
