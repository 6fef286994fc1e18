package org.promisegrid.kernel.message;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.promisegrid.sandbox.Isolation;

/// The map that [Terms] travel as. A map inside it that would say nothing is left out, and refused.
final class TermsCodec {

  private static final String WHAT = "terms";

  private TermsCodec() {}

  static Terms decode(Item item) throws MalformedException {
    Fields fields = Fields.of(item, WHAT);
    Optional<Item.Bytes> nonce = fields.bytes("nonce");
    if (nonce.isPresent() && nonce.get().length() != Terms.NONCE_SIZE) {
      throw new MalformedException("a nonce has 16 bytes, not " + nonce.get().length());
    }
    OptionalLong hops = fields.number("hops", 0, Terms.MAX_HOPS);
    Terms terms =
        new Terms(
            nonce,
            time(fields, "within"),
            bounds(fields.table("limits")),
            fields.word("isolation", Isolation.class),
            place(fields.table("place")),
            fields.number("price", 0, Long.MAX_VALUE),
            fields.word("cache", Terms.Cache.class),
            fields.word("reach", Reach.class),
            fields.bool("later"),
            hops.isPresent() ? OptionalInt.of((int) hops.getAsLong()) : OptionalInt.empty(),
            fields.link("reply"),
            slots(fields.table("slots")));
    fields.end();
    return terms;
  }

  static Item.Table encode(Terms terms) {
    Item.TableBuilder table = Item.table();
    table.put("nonce", terms.nonce());
    table.put("within", terms.within().map(TermsCodec::millis));
    table.put("limits", unlessEmpty(bounds(terms.limits())));
    table.put("isolation", terms.isolation().map(TermsCodec::word));
    table.put("place", unlessEmpty(place(terms.place())));
    table.put("price", whole(terms.price()));
    table.put("cache", terms.cache().map(TermsCodec::word));
    table.put("reach", terms.reach().map(TermsCodec::word));
    table.put("later", terms.later().map(Item::of));
    terms.hops().ifPresent(hops -> table.put("hops", hops));
    table.put("reply", terms.reply().map(Item::of));
    table.put("slots", unlessEmpty(slots(terms.slots())));
    return table.build();
  }

  private static Terms.Bounds bounds(Optional<Item.Table> table) throws MalformedException {
    if (table.isEmpty()) {
      return Terms.Bounds.NONE;
    }
    Fields fields = notEmpty(table.get(), "limits");
    Terms.Bounds bounds =
        new Terms.Bounds(
            time(fields, "time"),
            fields.number("memory", 0, Long.MAX_VALUE),
            fields.number("output", 0, Long.MAX_VALUE),
            fields.number("log", 0, Long.MAX_VALUE));
    fields.end();
    return bounds;
  }

  private static Item.Table bounds(Terms.Bounds bounds) {
    return Item.table()
        .put("time", bounds.time().map(TermsCodec::millis))
        .put("memory", whole(bounds.memory()))
        .put("output", whole(bounds.output()))
        .put("log", whole(bounds.log()))
        .build();
  }

  private static Terms.Place place(Optional<Item.Table> table) throws MalformedException {
    if (table.isEmpty()) {
      return Terms.Place.ANYWHERE;
    }
    Fields fields = notEmpty(table.get(), "place");
    List<String> drivers = new ArrayList<>();
    Optional<List<Item>> named = fields.array("drivers");
    if (named.isPresent()) {
      drivers.addAll(texts(named.get(), "place: drivers"));
      if (drivers.isEmpty() || drivers.stream().distinct().count() != drivers.size()) {
        throw new MalformedException("place: drivers is empty, or names one twice");
      }
    }
    SortedMap<String, String> labels = new TreeMap<>();
    Optional<Item.Table> wanted = fields.table("labels");
    if (wanted.isPresent()) {
      notEmpty(wanted.get(), "place: labels");
      for (Map.Entry<Item, Item> label : wanted.get().entries().entrySet()) {
        if (!(label.getKey() instanceof Item.Text(String name))
            || !(label.getValue() instanceof Item.Text(String value))) {
          throw new MalformedException("place: labels is not a map from text to text");
        }
        labels.put(name, value);
      }
    }
    fields.end();
    return new Terms.Place(drivers, labels);
  }

  private static Item.Table place(Terms.Place place) {
    Item.TableBuilder table = Item.table();
    if (!place.drivers().isEmpty()) {
      table.put("drivers", Item.array(place.drivers().stream().map(Item::of).toList()));
    }
    if (!place.labels().isEmpty()) {
      Item.TableBuilder labels = Item.table();
      place.labels().forEach(labels::put);
      table.put("labels", labels.build());
    }
    return table.build();
  }

  private static SortedMap<String, Terms.Fill> slots(Optional<Item.Table> table)
      throws MalformedException {
    SortedMap<String, Terms.Fill> slots = new TreeMap<>();
    if (table.isEmpty()) {
      return slots;
    }
    notEmpty(table.get(), "slots");
    for (Map.Entry<Item, Item> slot : table.get().entries().entrySet()) {
      if (!(slot.getKey() instanceof Item.Text(String name)) || name.isEmpty()) {
        throw new MalformedException("a slot's name is not text, or empty");
      }
      slots.put(name, fill(name, slot.getValue()));
    }
    return slots;
  }

  private static Terms.Fill fill(String name, Item item) throws MalformedException {
    String what = "what fills slot " + Diagnostic.of(Item.of(name));
    if (!(item instanceof Item.Table(Map<Item, Item> entries)) || entries.size() != 1) {
      throw new MalformedException(what + " is not a map of one kind");
    }
    Map.Entry<Item, Item> entry = entries.entrySet().iterator().next();
    String kind = entry.getKey() instanceof Item.Text(String text) ? text : "";
    Item value = entry.getValue();
    return switch (kind) {
      case "volume" -> new Terms.Fill.Volume(text(value, what));
      case "secret" -> new Terms.Fill.Secret(text(value, what));
      case "port" -> new Terms.Fill.Port(text(value, what));
      case "egress" -> new Terms.Fill.Egress(texts(array(value, what), what));
      case "tokens" -> {
        List<Item.Bytes> tokens = new ArrayList<>();
        for (Item token : array(value, what)) {
          if (!(token instanceof Item.Bytes bytes)) {
            throw new MalformedException(what + " has a token that is not a byte string");
          }
          tokens.add(bytes);
        }
        yield new Terms.Fill.Grant(tokens);
      }
      default ->
          throw new MalformedException(what + " is none of volume, secret, port, egress, tokens");
    };
  }

  private static Item.Table slots(SortedMap<String, Terms.Fill> slots) {
    Item.TableBuilder table = Item.table();
    slots.forEach((name, fill) ->
        table.put(
            name,
            switch (fill) {
              case Terms.Fill.Volume volume -> one("volume", Item.of(volume.name()));
              case Terms.Fill.Secret secret -> one("secret", Item.of(secret.name()));
              case Terms.Fill.Port port -> one("port", Item.of(port.address()));
              case Terms.Fill.Egress egress ->
                  one("egress", Item.array(egress.destinations().stream().map(Item::of).toList()));
              case Terms.Fill.Grant grant -> one("tokens", Item.array(grant.tokens()));
            }));
    return table.build();
  }

  private static Item.Table one(String kind, Item value) {
    return Item.table().put(kind, value).build();
  }

  private static Optional<Duration> time(Fields fields, String name) throws MalformedException {
    OptionalLong millis = fields.number(name, 1, Terms.LONGEST.toMillis());
    return millis.isPresent()
        ? Optional.of(Duration.ofMillis(millis.getAsLong()))
        : Optional.empty();
  }

  private static Item.Int millis(Duration time) {
    return Item.of(time.toMillis());
  }

  private static Item.Text word(Enum<?> word) {
    return Item.of(Words.of(word));
  }

  private static Optional<Item.Int> whole(OptionalLong number) {
    return number.isPresent() ? Optional.of(Item.of(number.getAsLong())) : Optional.empty();
  }

  private static Optional<Item.Table> unlessEmpty(Item.Table table) {
    return table.entries().isEmpty() ? Optional.empty() : Optional.of(table);
  }

  private static Fields notEmpty(Item.Table table, String what) throws MalformedException {
    if (table.entries().isEmpty()) {
      throw new MalformedException(what + " is empty: leave it out");
    }
    return Fields.of(table, what);
  }

  private static String text(Item item, String what) throws MalformedException {
    if (item instanceof Item.Text(String value) && !value.isEmpty()) {
      return value;
    }
    throw new MalformedException(what + " is not text, or empty");
  }

  private static List<Item> array(Item item, String what) throws MalformedException {
    if (item instanceof Item.Array(List<Item> items)) {
      return items;
    }
    throw new MalformedException(what + " is not an array");
  }

  private static List<String> texts(List<Item> items, String what) throws MalformedException {
    List<String> texts = new ArrayList<>(items.size());
    for (Item item : items) {
      texts.add(text(item, what));
    }
    return texts;
  }
}
