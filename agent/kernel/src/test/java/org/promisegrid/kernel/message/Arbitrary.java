package org.promisegrid.kernel.message;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Usage;

/// Random values of everything that is said on the grid.
final class Arbitrary {

  private static final long[] EDGES = {
    0, 1, 23, 24, 255, 256, 65535, 65536, 4294967295L, 4294967296L, Long.MAX_VALUE
  };
  private static final String[] LETTERS = {
    "a", "Z", "/", "\"", "\\", "\n", "\u0000", "é", "\u0800", "\ud7ff", "\ue000", "\uffff", "😀",
    "\ufffd"
  };

  private final Random random;

  Arbitrary(Random random) {
    this.random = random;
  }

  Item item() {
    return item(4, false);
  }

  /// What JSON has a common form for.
  Item plain(int depth) {
    return item(depth, true);
  }

  private Item item(int depth, boolean plain) {
    return switch (random.nextInt(depth > 0 ? 11 : 8)) {
      case 0 -> Item.NULL;
      case 1 -> Item.of(random.nextBoolean());
      case 2, 3 -> Item.of(number());
      case 4 -> Item.of(bytes(40));
      case 5, 6 -> Item.of(text(20));
      case 7 -> Item.of(cid());
      case 8 -> {
        List<Item> items = new ArrayList<>();
        for (int i = size(); i > 0; i--) {
          items.add(item(depth - 1, plain));
        }
        yield Item.array(items);
      }
      case 9 -> plain ? table(depth - 1) : mixed(depth - 1);
      default -> plain ? Item.of(text(300)) : tagged(depth - 1);
    };
  }

  Item.Table table(int depth) {
    Item.TableBuilder table = Item.table();
    for (int i = size(); i > 0; i--) {
      table.put(text(30), plain(depth));
    }
    return table.build();
  }

  private Item.Table mixed(int depth) {
    Item.TableBuilder table = Item.table();
    for (int i = size(); i > 0; i--) {
      if (random.nextBoolean()) {
        table.put(text(30), item(depth, false));
      } else {
        table.put(number(), item(depth, false));
      }
    }
    return table.build();
  }

  private Item tagged(int depth) {
    if (random.nextInt(3) == 0) {
      byte[] foreign = bytes(60);
      if (foreign.length > 1 && foreign.length != 37) {
        foreign[0] = 0;
        return new Item.Tagged(Item.LINK_TAG, Item.of(foreign));
      }
    }
    long tag = Math.abs(number() >> 1);
    return new Item.Tagged(tag == Item.LINK_TAG ? 43 : tag, item(depth, false));
  }

  private int size() {
    return random.nextInt(40) == 0 ? random.nextInt(300) : random.nextInt(5);
  }

  long number() {
    long value =
        random.nextBoolean()
            ? EDGES[random.nextInt(EDGES.length)]
            : random.nextLong() >> random.nextInt(64);
    return random.nextBoolean() ? value : ~value;
  }

  long positive() {
    return number() & Long.MAX_VALUE;
  }

  byte[] bytes(int most) {
    byte[] bytes = new byte[random.nextInt(most + 1)];
    random.nextBytes(bytes);
    return bytes;
  }

  String text(int most) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      text.append(
          random.nextInt(4) == 0
              ? LETTERS[random.nextInt(LETTERS.length)]
              : String.valueOf((char) ('a' + random.nextInt(26))));
    }
    return text.toString();
  }

  String name() {
    return "n" + text(8);
  }

  Cid cid() {
    byte[] digest = new byte[32];
    random.nextBytes(digest);
    return Cid.ofDigest(digest);
  }

  <T> Optional<T> maybe(T value) {
    return random.nextBoolean() ? Optional.of(value) : Optional.empty();
  }

  private OptionalLong maybe() {
    return random.nextBoolean() ? OptionalLong.of(positive()) : OptionalLong.empty();
  }

  <E extends Enum<E>> E one(Class<E> type) {
    E[] all = type.getEnumConstants();
    return all[random.nextInt(all.length)];
  }

  private Duration time() {
    return Duration.ofMillis(1 + random.nextLong(Terms.LONGEST.toMillis()));
  }

  Terms terms() {
    TreeMap<String, Terms.Fill> slots = new TreeMap<>();
    if (random.nextInt(3) == 0) {
      slots.put(name(), new Terms.Fill.Volume(name()));
      slots.put(name(), new Terms.Fill.Secret(name()));
      slots.put(name(), new Terms.Fill.Port("127.0.0.1:" + random.nextInt(65536)));
      slots.put(name(), new Terms.Fill.Egress(List.of(name(), name())));
      slots.put(name(), new Terms.Fill.Grant(List.of(Item.of(bytes(30)))));
    }
    byte[] nonce = new byte[Terms.NONCE_SIZE];
    random.nextBytes(nonce);
    return new Terms(
        maybe(Item.of(nonce)),
        maybe(time()),
        new Terms.Bounds(maybe(time()), maybe(), maybe(), maybe()),
        maybe(one(Isolation.class)),
        new Terms.Place(
            random.nextBoolean() ? List.of("wasm", name()) : List.of(),
            new TreeMap<>(random.nextBoolean() ? Map.of(name(), text(9)) : Map.of())),
        maybe(),
        maybe(one(Terms.Cache.class)),
        maybe(one(Reach.class)),
        maybe(random.nextBoolean()),
        random.nextBoolean() ? OptionalInt.of(random.nextInt(256)) : OptionalInt.empty(),
        maybe(cid()),
        slots);
  }

  Input input() {
    return switch (random.nextInt(4)) {
      case 0 -> Input.none();
      case 1 -> new Input.Inline(bytes(200));
      case 2 -> new Input.Content(cid());
      default -> new Input.Pending(cid());
    };
  }

  Call call() {
    List<byte[]> chain = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      chain.add(bytes(300));
    }
    return Call.of(cid(), table(2), input(), terms(), chain, maybe(bytes(90)));
  }

  Answer.Payload payload() {
    return switch (random.nextInt(6)) {
      case 0 -> new Answer.Payload.Kept(item());
      case 1 ->
          new Answer.Payload.Receipted(
              Item.of(bytes(500)), one(Answer.How.class), maybe(Item.of(bytes(100))));
      case 2 -> new Answer.Payload.Revoked(cid());
      case 3 ->
          new Answer.Payload.NotPromised(
              one(Answer.Reason.class),
              text(50),
              Item.table().put("retry_after", positive()).put(name(), item()).build());
      case 4 -> new Answer.Payload.Promised();
      default -> new Answer.Payload.Broken(text(50));
    };
  }

  Answer answer() {
    return Answer.of(cid(), payload(), bytes(90));
  }

  Receipt.Body body() {
    Receipt.Ended ended;
    if (random.nextBoolean()) {
      ended =
          new Receipt.Ended.Kept(
              random.nextBoolean() ? OptionalInt.of(random.nextInt()) : OptionalInt.empty());
    } else {
      Receipt.What what = one(Receipt.What.class);
      ended =
          new Receipt.Ended.Broken(
              what,
              what == Receipt.What.EXIT ? OptionalInt.of(random.nextInt()) : OptionalInt.empty(),
              maybe(text(100)));
    }
    Receipt.Result result = new Receipt.Result(cid(), positive());
    return new Receipt.Body(
        new NodeId("did:key:z" + name()),
        cid(),
        cid(),
        table(2),
        cid(),
        ended,
        ended instanceof Receipt.Ended.Kept ? Optional.of(result) : maybe(result),
        new Target("wasm", text(10)),
        name(),
        cid(),
        one(Receipt.Purity.class),
        one(Isolation.class),
        Instant.ofEpochSecond(random.nextInt(Integer.MAX_VALUE), random.nextInt(1_000_000_000)),
        Duration.ofNanos(random.nextLong(Long.MAX_VALUE)),
        new Usage(Duration.ofNanos(random.nextInt(Integer.MAX_VALUE)), positive()),
        positive(),
        Item.of(bytes(100)),
        maybe(cid()),
        maybe(cid()));
  }

  Receipt receipt() {
    return Receipt.of(body(), bytes(90));
  }

  Event event() {
    return new Event(positive(), Instant.ofEpochMilli(random.nextLong() >> 10), name(), table(2));
  }

  /// Bytes with some of them changed, cut out, put in, or moved.
  byte[] mutated(byte[] bytes) {
    byte[] mutant = bytes.clone();
    for (int i = 1 + random.nextInt(3); i > 0 && mutant.length > 0; i--) {
      int at = random.nextInt(mutant.length);
      switch (random.nextInt(6)) {
        case 0 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> mutant[at] = (byte) random.nextInt();
        case 2 -> mutant = Arrays.copyOf(mutant, at);
        case 3 -> mutant = spliced(mutant, at, at + 1, new byte[0]);
        case 4 -> mutant = spliced(mutant, at, at, bytes(9));
        default -> {
          int from = random.nextInt(mutant.length);
          int to = Math.min(mutant.length, from + 1 + random.nextInt(40));
          mutant = spliced(mutant, at, at, Arrays.copyOfRange(mutant, from, to));
        }
      }
    }
    return mutant;
  }

  private static byte[] spliced(byte[] bytes, int from, int to, byte[] insert) {
    byte[] spliced = new byte[bytes.length - (to - from) + insert.length];
    System.arraycopy(bytes, 0, spliced, 0, from);
    System.arraycopy(insert, 0, spliced, from, insert.length);
    System.arraycopy(bytes, to, spliced, from + insert.length, bytes.length - to);
    return spliced;
  }
}
