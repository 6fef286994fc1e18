package org.promisegrid.kernel.syscall;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.Expected;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.content.MismatchException;
import org.promisegrid.kernel.content.Multihash;
import org.promisegrid.kernel.content.Stored;
import org.promisegrid.kernel.content.Tree;
import org.promisegrid.kernel.index.Graph;
import org.promisegrid.kernel.ledger.CallRecord;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.kernel.message.Words;
import org.promisegrid.kernel.storage.Renewals;
import org.promisegrid.sandbox.Cid;

/// `content.put`, `content.get`, `content.has`, `content.tree`, `content.graph`.
public final class ContentSyscalls {

  private static final long LONGEST = Long.MAX_VALUE;
  private static final int LONGEST_PATH = 4096;
  private static final int MOST_DEPTH = 64;
  private static final int MOST_NODES = 10_000;

  private final ContentStore content;
  private final Access access;
  private final Ledger ledger;
  private final Consumer<Message> arrived;
  private final Renewals renewals;

  /// @param arrived is told of every grid message that is put by someone who may read all it links
  public ContentSyscalls(
      ContentStore content,
      Access access,
      Ledger ledger,
      Renewals renewals,
      Consumer<Message> arrived) {
    this.content = content;
    this.access = access;
    this.ledger = ledger;
    this.renewals = renewals;
    this.arrived = arrived;
  }

  /// By name.
  public Map<String, Syscall> all() {
    return Map.of(
        "content.put", this::put,
        "content.get", (caller, call, _) -> get(caller, call),
        "content.has", (caller, call, _) -> has(caller, call),
        "content.tree", (caller, call, _) -> tree(caller, call),
        "content.graph", (caller, call, _) -> graph(caller, call));
  }

  private Syscall.Kept put(Caller caller, Call.Request call, Optional<Body> body) throws Refusal {
    Expected expected;
    Reach reach;
    List<Multihash> sums = new ArrayList<>();
    try {
      Fields params = Fields.of(call.params(), "content.put");
      OptionalLong size = params.number("size", 0, LONGEST);
      reach = params.word("reach", Reach.class).orElse(Reach.HERE);
      Optional<Cid> cid = params.link("cid");
      for (Item sum : params.array("expect").orElse(List.of())) {
        if (!(sum instanceof Item.Text(String text))) {
          throw new MalformedException("expect holds texts like sha2-512:1f40…");
        }
        sums.add(Multihash.parse(text));
      }
      if (sums.stream().map(Multihash::algorithm).distinct().count() < sums.size()) {
        throw new MalformedException("expect holds two sums of one algorithm");
      }
      params.end();
      expected = new Expected(cid, size, sums);
    } catch (MalformedException | IllegalArgumentException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    try (Holds.Hold hold = content.holds().open()) {
      return put(caller, store(call, body, expected, hold), reach, sums, hold);
    }
  }

  private Syscall.Kept put(
      Caller caller, Stored stored, Reach reach, List<Multihash> sums, Holds.Hold hold)
      throws Refusal {
    // Asked before the caller holds it. That it was here for others, they aren't told.
    boolean fresh = stored.fresh() || !access.mayRead(caller, stored.cid());
    Optional<Message> message = access.message(stored.cid());
    List<Cid> links = message.map(Message::links).orElse(List.of());
    hold.addAll(links);
    List<Cid> hidden = access.hidden(caller, links);
    ledger.put(caller.principal(), stored.cid(), stored.size(), reach, hidden, sums);
    if (hidden.isEmpty()) {
      message.ifPresent(arrived);
    }
    return new Syscall.Kept(
        Item.table().put("cid", stored.cid()).put("size", stored.size()).put("new", fresh).build());
  }

  private Stored store(Call.Request call, Optional<Body> body, Expected expected, Holds.Hold hold)
      throws Refusal {
    if (call.input() instanceof Input.Content) {
      throw Refusal.invalid("content.put takes bytes, not a link to what is here already");
    }
    if (body.isPresent() == (call.input() instanceof Input.Inline)) {
      throw new Refusal(
          Reason.MALFORMED,
          "content.put takes bytes as its input, or behind the call: one of them");
    }
    InputStream bytes =
        call.input() instanceof Input.Inline(Item.Bytes inline)
            ? new ByteArrayInputStream(inline.value())
            : body.orElseThrow().bytes();
    try {
      return content.put(bytes, expected, hold);
    } catch (MismatchException e) {
      throw Refusal.invalid(e.what(), e.expected(), String.valueOf(e.getMessage()));
    } catch (IOException e) {
      // The caller's own stream: it ended early, or broke.
      throw Refusal.invalid("the content didn't arrive: " + e.getMessage());
    }
  }

  private Syscall.Kept get(Caller caller, Call.Request call) throws Refusal {
    Cid cid;
    OptionalLong from;
    OptionalLong most;
    OptionalLong last;
    try {
      Fields params = Fields.of(call.params(), "content.get");
      cid = named(params);
      from = params.number("offset", 0, LONGEST);
      most = params.number("length", 0, LONGEST);
      last = params.number("last", 0, LONGEST);
      params.end();
      if (last.isPresent() && (from.isPresent() || most.isPresent())) {
        throw new MalformedException("last is counted from the end: without offset and length");
      }
    } catch (MalformedException | IllegalArgumentException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    long size;
    long offset;
    long length;
    InputStream bytes;
    try (Holds.Hold hold = content.holds().open()) {
      hold.add(cid);
      size = access.size(caller, cid);
      offset = last.isPresent() ? size - Math.min(size, last.getAsLong()) : from.orElse(0);
      if (offset > size) {
        throw Refusal.invalid("offset " + offset + " is beyond the end, at " + size);
      }
      length = Math.min(most.orElse(LONGEST), size - offset);
      bytes = access.open(caller, cid, offset, length);
      renewals.used(List.of(cid));
    }
    return new Syscall.Kept(
        Item.table()
            .put("cid", cid)
            .put("size", size)
            .put("offset", offset)
            .put("length", length)
            .put("reach", Words.of(ledger.keeping().reach(cid)))
            .build(),
        new Follow.Bytes(bytes, length));
  }

  private Syscall.Kept has(Caller caller, Call.Request call) throws Refusal {
    Cid cid;
    try {
      Fields params = Fields.of(call.params(), "content.has");
      cid = named(params);
      params.end();
    } catch (MalformedException | IllegalArgumentException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    try (Holds.Hold hold = content.holds().open()) {
      hold.add(cid);
      long size = access.size(caller, cid);
      // Whoever is told that it is here may go by that, and name it without putting it again.
      renewals.used(List.of(cid));
      return new Syscall.Kept(
          Item.table()
              .put("cid", cid)
              .put("size", size)
              .put("reach", Words.of(ledger.keeping().reach(cid)))
              .build());
    }
  }

  /// The content that `cid` names: a link, or a text with another hash of it. Of a hash that
  /// nothing here is known by: absent.
  private Cid named(Fields params) throws MalformedException, Refusal {
    Item name = params.required("cid", params.item("cid"));
    if (name instanceof Item.Link(Cid cid)) {
      return cid;
    }
    if (name instanceof Item.Text(String text)) {
      return text.indexOf(':') < 0
          ? Cid.parse(text)
          : ledger.alsoKnown(Multihash.parse(text)).orElseThrow(Refusal::absent);
    }
    throw new MalformedException("cid is a link, or a text like sha2-512:1f40…");
  }

  private Syscall.Kept tree(Caller caller, Call.Request call) throws Refusal {
    Cid root;
    List<String> path;
    try {
      Fields params = Fields.of(call.params(), "content.tree");
      root = linkOrText(params);
      path = path(params.text("path").orElse(""));
      params.end();
    } catch (MalformedException | IllegalArgumentException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    access.require(caller, root);
    Tree tree = treeAt(root);
    Tree.Entry at = new Tree.Directory(root, tree.size());
    for (String name : path) {
      if (!(at instanceof Tree.Directory)) {
        throw Refusal.absent();
      }
      at = Optional.ofNullable(tree.entries().get(name)).orElseThrow(Refusal::absent);
      if (at instanceof Tree.Directory(Cid below, _)) {
        // Anybody can put a tree that names a directory they may not read.
        access.require(caller, below);
        tree = treeAt(below);
      }
    }
    Item.TableBuilder value = Item.table();
    if (at instanceof Tree.Directory) {
      List<Item> entries = new ArrayList<>();
      tree.entries()
          .forEach((name, entry) -> entries.add(entry.describe(Item.table().put("name", name))));
      value.put("entries", Item.array(entries));
    }
    return new Syscall.Kept(at.describe(value));
  }

  /// The names that a path is made of.
  private static List<String> path(String path) throws MalformedException {
    if (path.isEmpty()) {
      return List.of();
    }
    if (path.getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
      throw new MalformedException("a path of more than " + LONGEST_PATH + " bytes");
    }
    List<String> names = List.of(path.split("/", -1));
    if (names.stream().anyMatch(name -> Set.of("", ".", "..").contains(name))) {
      throw new MalformedException("a path with a part that is empty, . or ..");
    }
    return names;
  }

  private static Cid linkOrText(Fields params) throws MalformedException {
    return switch (params.required("cid", params.item("cid"))) {
      case Item.Link(Cid cid) -> cid;
      case Item.Text(String text) -> Cid.parse(text);
      default -> throw new MalformedException("cid is a link, or the text of a CID");
    };
  }

  private Tree treeAt(Cid cid) throws Refusal {
    Optional<Message> message = access.message(cid);
    try {
      if (message.isPresent() && Tree.isOne(message.get())) {
        return Tree.of(message.get());
      }
    } catch (MalformedException e) {
      throw Refusal.invalid(cid + " is no tree: " + e.getMessage());
    }
    throw Refusal.invalid(cid + " is no tree");
  }

  private Syscall.Kept graph(Caller caller, Call.Request call) throws Refusal {
    Cid cid;
    Graph.Direction direction;
    int depth;
    int most;
    try {
      Fields params = Fields.of(call.params(), "content.graph");
      cid = linkOrText(params);
      direction = params.requiredWord("direction", Graph.Direction.class);
      depth = (int) params.number("depth", 1, MOST_DEPTH).orElse(16);
      most = (int) params.number("limit", 1, MOST_NODES).orElse(1000);
      params.end();
    } catch (MalformedException | IllegalArgumentException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    boolean visible =
        ledger
            .calls()
            .find(cid)
            .map(known -> made(caller, known))
            .orElseGet(() -> access.mayRead(caller, cid));
    if (!visible) {
      throw Refusal.absent();
    }
    Graph.Walk walk = ledger.graph().walk(cid, direction, depth, most, sight(caller));
    return new Syscall.Kept(walk.toItem());
  }

  /// Calls stand in the graph without being content: whoever made one sees it.
  private Graph.Sight sight(Caller caller) {
    return kinds -> {
      List<Cid> contents = new ArrayList<>();
      List<Cid> calls = new ArrayList<>();
      kinds.forEach((cid, kind) -> (kind.equals(Graph.CALL) ? calls : contents).add(cid));
      Set<Cid> seen = access.readable(caller, contents);
      for (Cid call : calls) {
        if (ledger.calls().find(call).filter(it -> made(caller, it)).isPresent()) {
          seen.add(call);
        }
      }
      return seen;
    };
  }

  private static boolean made(Caller caller, CallRecord call) {
    return caller.isOwner() || call.by().equals(caller.principal());
  }
}
