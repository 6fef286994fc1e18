package org.promisegrid.kernel.token;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// Spoils bytes and items, the same way for the same source of randomness.
public record Mutator(RandomGenerator random) {

  /// A few changes of single bits and bytes, cuts, repetitions and insertions.
  public byte[] mutated(byte[] bytes) {
    byte[] result = bytes.clone();
    for (int i = random.nextInt(3); i >= 0; i--) {
      result = once(result);
    }
    return result;
  }

  private byte[] once(byte[] bytes) {
    if (bytes.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    int at = random.nextInt(bytes.length);
    int end = at + random.nextInt(bytes.length - at + 1);
    byte[] result = bytes.clone();
    switch (random.nextInt(6)) {
      case 0 -> result[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> result[at] = (byte) random.nextInt();
      case 2 -> result = Arrays.copyOf(bytes, at);
      case 3 ->
          result = joined(Arrays.copyOf(bytes, end), Arrays.copyOfRange(bytes, at, bytes.length));
      case 4 ->
          result = joined(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, end, bytes.length));
      default -> {
        byte[] inserted = new byte[1 + random.nextInt(16)];
        random.nextBytes(inserted);
        result =
            joined(
                joined(Arrays.copyOf(bytes, at), inserted),
                Arrays.copyOfRange(bytes, at, bytes.length));
      }
    }
    return result;
  }

  private static byte[] joined(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  /// `item` with one place in it changed, which stays encodable: what byte changes seldom reach.
  public Item mutated(Item item) {
    return switch (item) {
      case Item.Array(var items) when !items.isEmpty() && random.nextInt(4) != 0 -> {
        List<Item> changed = new ArrayList<>(items);
        int at = random.nextInt(items.size());
        switch (random.nextInt(4)) {
          case 0 -> changed.remove(at);
          case 1 -> changed.add(at, changed.get(random.nextInt(items.size())));
          default -> changed.set(at, mutated(changed.get(at)));
        }
        yield Item.array(changed);
      }
      case Item.Table(var entries) when !entries.isEmpty() && random.nextInt(8) != 0 -> {
        Map<Item, Item> changed = new LinkedHashMap<>(entries);
        Item key = List.copyOf(entries.keySet()).get(random.nextInt(entries.size()));
        switch (random.nextInt(4)) {
          case 0 -> changed.remove(key);
          case 1 ->
              changed.put(
                  random.nextBoolean() ? Item.of("x") : Item.of(random.nextInt(20)), leaf());
          default -> changed.put(key, mutated(Objects.requireNonNull(entries.get(key))));
        }
        yield new Item.Table(changed);
      }
      case Item.Tagged(long tag, Item inner) when random.nextInt(4) != 0 ->
          new Item.Tagged(tag, mutated(inner));
      case Item.Bytes bytes when random.nextBoolean() -> Item.of(mutated(bytes.value()));
      case Item.Int(long value) when random.nextBoolean() -> Item.of(value + random.nextInt(-2, 3));
      default -> leaf();
    };
  }

  private Item leaf() {
    return switch (random.nextInt(9)) {
      case 0 -> Item.NULL;
      case 1 -> Item.of(random.nextBoolean());
      case 2 -> Item.of(random.nextLong());
      case 3 -> Item.of(random.nextInt(10));
      case 4 -> Item.of(new byte[random.nextInt(70)]);
      case 5 -> Item.of("did:key:z" + "6".repeat(random.nextInt(50)));
      case 6 -> Item.of(Cid.of(new byte[random.nextInt(3)]));
      case 7 -> Item.array(List.of());
      default -> Item.EMPTY;
    };
  }
}
