package org.promisegrid.kernel.message;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Cid;

/// A grid message, `1735551332([42(cid), slot…])`: slot 0 names the function called, and with it
/// the meaning of the slots after it.
///
/// The bytes are kept as they were received: they are what is hashed, signed and forwarded. Two
/// messages are equal if their bytes are.
public final class Message {

  /// The tag, whose four bytes read `grid`.
  public static final long TAG = 1735551332;

  /// Most bytes of one message; what is larger is content, named by a link.
  public static final int MAX_SIZE = 16 << 20;

  private static final byte[] HEADER = {(byte) 0xda, 0x67, 0x72, 0x69, 0x64};

  private final byte[] bytes;
  private final List<Item> items;
  private @Nullable Cid cid; // made at the first question; a race makes two equal ones

  private Message(byte[] bytes, List<Item> items) {
    this.bytes = bytes;
    this.items = items;
  }

  /// Reads a message. Slot 0 may be a CID of a kind that [Cid] doesn't cover (another hash, another
  /// codec): then [#function] is empty.
  ///
  /// @throws MalformedException if it is anything but the deterministic encoding of a message, or
  ///   longer than [#MAX_SIZE]
  public static Message decode(byte[] bytes) throws MalformedException {
    if (bytes.length > MAX_SIZE) {
      throw new MalformedException(
          "a message of " + bytes.length + " bytes, where " + MAX_SIZE + " are the most");
    }
    if (!begins(bytes)) {
      throw new MalformedException("not a grid message: it doesn't begin with da 67 72 69 64");
    }
    byte[] kept = bytes.clone();
    if (!(Cbor.decode(kept) instanceof Item.Tagged(_, Item.Array(List<Item> items)))) {
      throw new MalformedException("a grid message that is not an array");
    }
    if (items.isEmpty() || !isLink(items.getFirst())) {
      throw new MalformedException("a grid message whose slot 0 is not a link to its function");
    }
    return new Message(kept, items);
  }

  /// A message with `function` in slot 0 and `slots` after it.
  ///
  /// @throws IllegalArgumentException if it would be longer than [#MAX_SIZE]
  public static Message of(Cid function, Item... slots) {
    List<Item> items = new ArrayList<>(1 + slots.length);
    items.add(Item.of(function));
    items.addAll(Arrays.asList(slots));
    Item.Array array = Item.array(items);
    byte[] bytes = Cbor.encode(new Item.Tagged(TAG, array));
    if (bytes.length > MAX_SIZE) {
      throw new IllegalArgumentException(
          "a message of " + bytes.length + " bytes, where " + MAX_SIZE + " are the most");
    }
    return new Message(bytes, array.items());
  }

  /// Whether content whose first bytes are `head` claims to be a grid message.
  public static boolean begins(byte[] head) {
    return head.length >= HEADER.length
        && Arrays.equals(head, 0, HEADER.length, HEADER, 0, HEADER.length);
  }

  /// The exact bytes; a copy.
  public byte[] bytes() {
    return bytes.clone();
  }

  /// For writers beside this type, which don't change them.
  byte[] shared() {
    return bytes;
  }

  public int length() {
    return bytes.length;
  }

  /// The name of the exact bytes.
  public Cid cid() {
    Cid known = cid;
    if (known == null) {
      known = Cid.of(bytes);
      cid = known;
    }
    return known;
  }

  /// The function called; empty if slot 0 holds a CID of another kind, whose function nobody here
  /// can know.
  public Optional<Cid> function() {
    return items.getFirst() instanceof Item.Link link ? Optional.of(link.cid()) : Optional.empty();
  }

  /// What follows slot 0.
  public List<Item> slots() {
    return items.subList(1, items.size());
  }

  /// The whole message as an item.
  public Item item() {
    return new Item.Tagged(TAG, new Item.Array(items));
  }

  /// Every link in it, slot 0 among them, in the order of their first appearance, each once. Links
  /// inside byte strings are not looked for.
  public List<Cid> links() {
    Set<Cid> links = new LinkedHashSet<>();
    items.forEach(item -> collect(item, links));
    return List.copyOf(links);
  }

  private static void collect(Item item, Set<Cid> links) {
    switch (item) {
      case Item.Link link -> links.add(link.cid());
      case Item.Tagged tagged -> collect(tagged.item(), links);
      case Item.Array array -> array.items().forEach(element -> collect(element, links));
      case Item.Table table -> table.entries().values().forEach(value -> collect(value, links));
      case Item.Null _, Item.Bool _, Item.Int _, Item.Text _, Item.Bytes _ -> {}
    }
  }

  private static boolean isLink(Item item) {
    return item instanceof Item.Link
        || (item instanceof Item.Tagged tagged && tagged.tag() == Item.LINK_TAG);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Message message && Arrays.equals(bytes, message.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /// Its name and length.
  @Override
  public String toString() {
    return "message " + cid() + ", " + bytes.length + " bytes";
  }
}
