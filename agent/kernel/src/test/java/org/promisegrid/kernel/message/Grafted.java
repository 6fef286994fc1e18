package org.promisegrid.kernel.message;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Well encoded items that differ in one place: what a decoder of bytes lets through and the one
/// above it must judge.
final class Grafted {

  private Grafted() {}

  static Item graft(Item item, Random random, Arbitrary arbitrary) {
    return switch (item) {
      case Item.Tagged tagged when tagged.tag() != Item.LINK_TAG ->
          new Item.Tagged(tagged.tag(), graft(tagged.item(), random, arbitrary));
      case Item.Array array when !array.items().isEmpty() && random.nextInt(8) > 0 -> {
        List<Item> items = new ArrayList<>(array.items());
        int at = random.nextInt(items.size());
        switch (random.nextInt(8)) {
          case 0 -> items.remove(at);
          case 1 -> items.add(at, arbitrary.item());
          default -> items.set(at, graft(items.get(at), random, arbitrary));
        }
        yield Item.array(items);
      }
      case Item.Table table when !table.entries().isEmpty() && random.nextInt(8) > 0 -> {
        Map<Item, Item> entries = new LinkedHashMap<>(table.entries());
        List<Item> keys = new ArrayList<>(entries.keySet());
        Item key = keys.get(random.nextInt(keys.size()));
        switch (random.nextInt(8)) {
          case 0 -> entries.remove(key);
          case 1 -> entries.put(Item.of(arbitrary.text(9)), arbitrary.item());
          default -> entries.computeIfPresent(key, (_, value) -> graft(value, random, arbitrary));
        }
        yield new Item.Table(entries);
      }
      case Item.Int _ -> Item.of(arbitrary.number());
      default -> arbitrary.plain(2);
    };
  }
}
