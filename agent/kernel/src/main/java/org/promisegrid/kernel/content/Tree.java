package org.promisegrid.kernel.content;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.sandbox.Cid;

/// One directory, as content: what stands in it by name. Equal directories have equal names;
/// owners, times and modes other than *executable* aren't kept. The form is in
/// `docs/protocols/tree.md`.
///
/// @param entries by name, sorted
public record Tree(SortedMap<String, Entry> entries) {

  /// Most entries of one directory; more wouldn't be read back as one message.
  public static final int MAX_ENTRIES = 150_000;

  /// Longest name, in bytes of UTF-8: what file systems take.
  public static final int MAX_NAME = 255;

  /// Longest target of a symbolic link, in bytes of UTF-8.
  public static final int MAX_TARGET = 4095;

  private static final int FILE = 0;
  private static final int EXECUTABLE = 1;
  private static final int DIRECTORY = 2;
  private static final int SYMLINK = 3;

  /// Checks names and number; sorts.
  ///
  /// @throws IllegalArgumentException if a name can't be one, or there are too many
  public Tree {
    if (entries.size() > MAX_ENTRIES) {
      throw new IllegalArgumentException("more than " + MAX_ENTRIES + " entries in a directory");
    }
    SortedMap<String, Entry> sorted = new TreeMap<>(entries);
    sorted.keySet().forEach(Tree::checkName);
    entries = Collections.unmodifiableSortedMap(sorted);
  }

  /// What a name stands for.
  public sealed interface Entry {

    /// Length in bytes: of a file, of all that is in a directory, of a link's target.
    long size();

    /// Completes a description for people and programs: `type`, `cid` or `target`, `size`.
    default Item.Table describe(Item.TableBuilder table) {
      return switch (this) {
        case File file ->
            table
                .put("type", file.executable() ? "executable" : "file")
                .put("cid", file.cid())
                .put("size", file.size())
                .build();
        case Directory directory ->
            table
                .put("type", "directory")
                .put("cid", directory.cid())
                .put("size", directory.size())
                .build();
        case Symlink link ->
            table
                .put("type", "symlink")
                .put("target", link.target())
                .put("size", link.size())
                .build();
      };
    }
  }

  /// A file.
  public record File(Cid cid, long size, boolean executable) implements Entry {
    public File {
      checkSize(size);
    }
  }

  /// A directory below; its content is another tree.
  public record Directory(Cid cid, long size) implements Entry {
    public Directory {
      checkSize(size);
    }
  }

  /// A symbolic link: only text here. Whether it is made on a disk is decided there.
  public record Symlink(String target) implements Entry {
    public Symlink {
      int length = utf8(target);
      if (length < 1 || length > MAX_TARGET || target.indexOf('\0') >= 0) {
        throw new IllegalArgumentException("no target of a symbolic link");
      }
    }

    @Override
    public long size() {
      return utf8(target);
    }
  }

  /// Whether a message says that it is a tree.
  public static boolean isOne(Message message) {
    return message.function().filter(Protocols.cid("tree")::equals).isPresent();
  }

  /// Reads a tree.
  ///
  /// @throws MalformedException if it is anything but the one encoding of a tree
  public static Tree of(Message message) throws MalformedException {
    if (!isOne(message)
        || message.slots().size() != 1
        || !(message.slots().getFirst() instanceof Item.Table(Map<Item, Item> table))) {
      throw new MalformedException("not a tree: grid([42(tree), {name: entry}])");
    }
    if (table.size() > MAX_ENTRIES) {
      throw new MalformedException("a tree of more than " + MAX_ENTRIES + " entries");
    }
    SortedMap<String, Entry> entries = new TreeMap<>();
    for (Map.Entry<Item, Item> each : table.entrySet()) {
      if (!(each.getKey() instanceof Item.Text(String name))) {
        throw new MalformedException("a name in a tree that is not text");
      }
      entries.put(name, entry(each.getValue()));
    }
    try {
      return new Tree(entries);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("a tree with a bad name", e);
    }
  }

  /// The one encoding.
  public Message message() {
    Map<Item, Item> table = new LinkedHashMap<>();
    entries.forEach((name, entry) -> table.put(Item.of(name), item(entry)));
    return Message.of(Protocols.cid("tree"), new Item.Table(table));
  }

  /// Length of all that is in it, as its entries say; no more than a long holds.
  public long size() {
    return entries.values().stream()
        .mapToLong(Entry::size)
        .reduce(0, (sum, size) -> sum + size < 0 ? Long.MAX_VALUE : sum + size);
  }

  private static Item item(Entry entry) {
    return switch (entry) {
      case File file ->
          row(file.executable() ? EXECUTABLE : FILE, Item.of(file.cid()), file.size());
      case Directory directory -> row(DIRECTORY, Item.of(directory.cid()), directory.size());
      case Symlink link -> row(SYMLINK, Item.of(link.target()), link.size());
    };
  }

  private static Item row(int type, Item what, long size) {
    return Item.array(Item.of(type), what, Item.of(size));
  }

  private static Entry entry(Item item) throws MalformedException {
    if (!(item instanceof Item.Array(List<Item> row))
        || row.size() != 3
        || !(row.getFirst() instanceof Item.Int(long type))
        || !(row.getLast() instanceof Item.Int(long size))
        || size < 0) {
      throw new MalformedException("an entry of a tree that is not [type, what, size]");
    }
    if (type == SYMLINK && row.get(1) instanceof Item.Text(String target)) {
      return symlink(target, size);
    }
    if (type < FILE || type > DIRECTORY || !(row.get(1) instanceof Item.Link(Cid cid))) {
      throw new MalformedException("an entry of a tree of an unknown type, or of another's form");
    }
    return type == DIRECTORY ? new Directory(cid, size) : new File(cid, size, type == EXECUTABLE);
  }

  private static Symlink symlink(String target, long size) throws MalformedException {
    try {
      Symlink link = new Symlink(target);
      if (link.size() != size) {
        throw new MalformedException("a symbolic link whose size is not that of its target");
      }
      return link;
    } catch (IllegalArgumentException e) {
      throw new MalformedException("a symbolic link without a proper target", e);
    }
  }

  static void checkName(String name) {
    int length = utf8(name);
    if (length < 1
        || length > MAX_NAME
        || name.equals(".")
        || name.equals("..")
        || name.indexOf('/') >= 0
        || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("no name of a file: \"" + shown(name) + '"');
    }
  }

  private static void checkSize(long size) {
    if (size < 0) {
      throw new IllegalArgumentException("a size of " + size);
    }
  }

  private static int utf8(String text) {
    try {
      ByteBuffer bytes =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .encode(CharBuffer.wrap(text));
      return bytes.remaining();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("text with half a surrogate pair", e);
    }
  }

  private static String shown(String name) {
    return (name.length() <= 80 ? name : name.substring(0, 80) + "…").replace('\0', '�');
  }
}
