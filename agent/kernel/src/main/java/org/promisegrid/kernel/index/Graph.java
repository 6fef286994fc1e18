package org.promisegrid.kernel.index;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.StorageException;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.sandbox.Cid;

/// What links to what, and back: the edges of grid messages, found again from content and journal.
///
/// Only content that begins as a grid message does, and is no longer than one may be, is parsed.
/// The link in slot 0 to a protocol document is the message's kind, no edge: all messages of a kind
/// would be one step from one another.
///
/// An edge *counts* if somebody who could read its target put the message it is in; only those give
/// anybody anything, see [Readers]. Rows are digests: `LINKS` from, 0 or 1 (counts), to;
/// `BACKLINKS` to, 0 or 1, from; both without a value. An edge that counts once counts for ever, so
/// the order in which rows arrive doesn't matter. `KINDS` holds slot 0 of a message, and nothing
/// for a call.
public final class Graph {

  /// Which way edges are followed.
  public enum Direction {
    /// To what links here.
    UP,
    /// To what is linked from here.
    DOWN
  }

  private static final System.Logger LOG = System.getLogger(Graph.class.getName());

  /// The kind of a call.
  public static final String CALL = "call";

  static final int DIGEST = 32;
  static final byte COUNTS = 1;

  private static final int SETTLED_AT_ONCE = 1000;
  private static final byte SHOWN = 0;
  private static final byte[] NOTHING = {};

  private final Index index;
  private final ContentStore content;

  public Graph(Index index, ContentStore content) {
    this.index = index;
    this.content = content;
  }

  /// Adds the edges of content that was put. What isn't here, is damaged, or can't be read has none
  /// until it is put again: a bad sector must not keep the journal from being followed. But of what
  /// is here and can't be read, nobody knows then what it keeps: see [#isUnread].
  ///
  /// @param hidden tells of what it links to whether who put it may not read that: those edges
  ///   don't count
  public void add(Write write, Cid cid, Predicate<Cid> hidden) {
    Optional<Message> message;
    try {
      message = message(cid);
    } catch (IOException | StorageException e) {
      LOG.log(System.Logger.Level.WARNING, "{0} gets no links, it can''t be read: {1}", cid, e);
      write.put(Table.UNREAD, cid.digest(), NOTHING);
      return;
    }
    write.delete(Table.UNREAD, cid.digest());
    if (message.isEmpty()) {
      return;
    }
    message.get().function().ifPresent(it -> write.put(Table.KINDS, cid.digest(), it.bytes()));
    for (Cid link : message.get().links()) {
      if (!isKind(message.get(), link)) {
        edge(write, cid, link, !hidden.test(link));
      }
    }
  }

  /// Adds the edge from a call, whose bytes are sealed, to its receipt. It counts for nobody.
  public void link(Write write, Cid call, Cid receipt) {
    write.put(Table.KINDS, call.digest(), NOTHING);
    edge(write, call, receipt, false);
  }

  /// `principal` may read `cid` from now on: it put it, or was answered with it.
  public void grant(Write write, String principal, Cid cid) {
    write.put(Table.GRANTS, Readers.key(principal, cid), NOTHING);
  }

  /// What content is: the name of its protocol document (`receipt`, `tree`), `call`, `message` for
  /// one to a function of a user, `content` for anything else.
  public String kind(Cid cid) {
    return kind(index.get(Table.KINDS, cid.digest()));
  }

  /// The same of many, in their order.
  Map<Cid, String> kinds(List<Cid> cids) {
    List<Optional<byte[]>> rows = index.all(Table.KINDS, cids.stream().map(Cid::digest).toList());
    Map<Cid, String> kinds = new LinkedHashMap<>();
    for (int i = 0; i < rows.size(); i++) {
      kinds.put(cids.get(i), kind(rows.get(i)));
    }
    return kinds;
  }

  private static String kind(Optional<byte[]> row) {
    return row.map(
            slot -> slot.length == 0 ? CALL : Protocols.name(Cid.fromBytes(slot)).orElse("message"))
        .orElse("content");
  }

  /// Whether the links of content that was put couldn't be read: what it links to isn't known until
  /// it is put again, or can be read ([#reread]).
  public boolean isUnread(Cid cid) {
    return index.get(Table.UNREAD, cid.digest()).isPresent();
  }

  /// Takes out what content links to, and what it was: it is about to be removed. Until it is
  /// ([#removed]) it counts as unread: should it stay, it is to have its links again.
  public void remove(Write write, Cid cid) {
    write.delete(Table.KINDS, cid.digest());
    write.put(Table.UNREAD, cid.digest(), NOTHING);
    index.scan(
        Table.LINKS,
        cid.digest(),
        (row, _) -> {
          write.delete(Table.LINKS, row);
          write.delete(Table.BACKLINKS, row(far(row), row[DIGEST], cid));
          return true;
        });
  }

  /// Content isn't here any more.
  public void removed(Collection<Cid> cids) {
    Write write = index.write();
    cids.forEach(cid -> write.delete(Table.UNREAD, cid.digest()));
    write.commit();
  }

  /// Reads the links of content that is unread, if it can be by now. They count for nobody: who put
  /// it, and what they could read, isn't known here.
  ///
  /// @return whether it is unread no more
  public boolean reread(Cid cid) {
    Write write = index.write();
    add(write, cid, _ -> true);
    write.commit();
    return !isUnread(cid);
  }

  /// Tells what was removed from what wasn't, though the journal says that it goes: the agent ended
  /// in between. What is still here gets its links again, and goes with a later collection, unless
  /// somebody names it. To be called before anybody else looks.
  public void settle() {
    List<Cid> some = new ArrayList<>();
    index.scan(
        Table.UNREAD,
        new byte[0],
        (digest, _) -> {
          some.add(Cid.ofDigest(digest));
          if (some.size() == SETTLED_AT_ONCE) {
            settle(some);
          }
          return true;
        });
    settle(some);
  }

  private void settle(List<Cid> some) {
    Write write = index.write();
    some.forEach(cid -> add(write, cid, _ -> true));
    write.commit();
    some.clear();
  }

  /// Visits what content links to, whether those links count or not.
  public void links(Cid cid, Consumer<Cid> visitor) {
    var _ =
        neighbours(
            cid,
            Direction.DOWN,
            far -> {
              visitor.accept(far);
              return true;
            });
  }

  /// The first, from a row on, that links to `cid` and passes a test.
  ///
  /// @param from a row that was found before; nothing to begin at the first
  public Optional<Linking> linking(Cid cid, byte[] from, Predicate<Cid> test) {
    AtomicReference<@Nullable Linking> found = new AtomicReference<>();
    var _ =
        index.scan(
            Table.BACKLINKS,
            cid.digest(),
            from,
            (row, _) -> {
              Cid far = far(row);
              if (test.test(far)) {
                found.set(new Linking(far, row));
              }
              return found.get() == null;
            });
    return Optional.ofNullable(found.get());
  }

  /// What links to some content, and the row it stands in. Nobody compares them.
  @SuppressWarnings("ArrayRecordComponent")
  public record Linking(Cid from, byte[] row) {}

  /// Follows edges breadth-first, whether they count or not.
  ///
  /// @param depth how many steps
  /// @param most how many nodes are shown, `start` among them; where more are left out, some edges
  ///   between those shown may be, too
  /// @param sight nodes out of it are left out, and not followed; `start` isn't asked about
  public Walk walk(Cid start, Direction direction, int depth, int most, Sight sight) {
    return new Walking(this, direction, depth, most, sight).from(start);
  }

  /// What somebody may be shown.
  @FunctionalInterface
  public interface Sight {

    /// Those of some nodes that may be; they are told with what they are ([#kind]).
    Set<Cid> among(Map<Cid, String> kinds);
  }

  /// A part of the graph.
  ///
  /// @param nodes nearest first
  /// @param edges between them, always from what links to what is linked
  /// @param more whether limits left something out
  public record Walk(List<Node> nodes, List<Edge> edges, boolean more) {

    public Walk {
      nodes = List.copyOf(nodes);
      edges = List.copyOf(edges);
    }

    /// Content, and what it is; see [Graph#kind].
    public record Node(Cid cid, String kind) {}

    /// A link.
    public record Edge(Cid from, Cid to) {}

    /// As `content.graph` answers it.
    public Item.Table toItem() {
      return Item.table()
          .put(
              "nodes",
              Item.array(
                  nodes.stream()
                      .map(it -> Item.table().put("cid", it.cid()).put("kind", it.kind()).build())
                      .toList()))
          .put(
              "edges",
              Item.array(
                  edges.stream()
                      .map(it -> Item.array(Item.of(it.from()), Item.of(it.to())))
                      .toList()))
          .put("more", more)
          .build();
    }
  }

  /// Takes the other ends of edges.
  @FunctionalInterface
  interface Neighbours {
    /// Returns whether to go on.
    boolean visit(Cid cid);
  }

  /// Visits what is one step from `cid`, some of it perhaps twice. Returns whether all of it was.
  boolean neighbours(Cid cid, Direction direction, Neighbours visitor) {
    return index.scan(table(direction), cid.digest(), (key, _) -> visitor.visit(far(key)));
  }

  /// Visits what is one step from `cid` by edges that count, from a row on.
  static boolean counting(
      Index index, Cid cid, Direction direction, byte[] from, RowVisitor visitor) {
    byte[] prefix = ByteBuffer.allocate(DIGEST + 1).put(cid.digest()).put(COUNTS).array();
    return index.scan(table(direction), prefix, from, (key, _) -> visitor.visit(key, far(key)));
  }

  /// Takes rows of edges.
  @FunctionalInterface
  interface RowVisitor {
    /// Returns whether to go on.
    boolean visit(byte[] row, Cid far);
  }

  private void edge(Write write, Cid from, Cid to, boolean counts) {
    byte flag = counts ? COUNTS : SHOWN;
    write.put(Table.LINKS, row(from, flag, to), NOTHING);
    write.put(Table.BACKLINKS, row(to, flag, from), NOTHING);
  }

  private Optional<Message> message(Cid cid) throws IOException {
    if (!content.has(cid) || content.size(cid) > Message.MAX_SIZE) {
      return Optional.empty();
    }
    try (InputStream in = content.open(cid)) {
      byte[] head = in.readNBytes(5);
      if (!Message.begins(head)) {
        return Optional.empty();
      }
      byte[] rest = in.readAllBytes();
      byte[] all = ByteBuffer.allocate(head.length + rest.length).put(head).put(rest).array();
      return Optional.of(Message.decode(all));
    } catch (MalformedException e) {
      // Bytes that only begin like a message are content like any other.
      return Optional.empty();
    }
  }

  private static boolean isKind(Message message, Cid link) {
    return message.function().filter(link::equals).isPresent() && Protocols.name(link).isPresent();
  }

  private static Table table(Direction direction) {
    return direction == Direction.UP ? Table.BACKLINKS : Table.LINKS;
  }

  private static byte[] row(Cid near, byte flag, Cid far) {
    return ByteBuffer.allocate(2 * DIGEST + 1)
        .put(near.digest())
        .put(flag)
        .put(far.digest())
        .array();
  }

  private static Cid far(byte[] row) {
    byte[] digest = new byte[DIGEST];
    System.arraycopy(row, DIGEST + 1, digest, 0, DIGEST);
    return Cid.ofDigest(digest);
  }
}
