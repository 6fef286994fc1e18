package org.promisegrid.kernel.syscall;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.Expected;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.content.MismatchException;
import org.promisegrid.kernel.content.Stored;
import org.promisegrid.kernel.content.Tree;
import org.promisegrid.kernel.dispatch.ImageTargets;
import org.promisegrid.kernel.dispatch.Placement;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.ImageBuilder;
import org.promisegrid.sandbox.ImageBuilder.Piece;

/// `image.build`.
public final class ImageSyscalls {

  private static final String USUAL_FILE = "Dockerfile";
  private static final int LONGEST_TEXT = 4096;
  private static final int MOST_ARGUMENTS = 256;
  private static final int MOST_PIECES = 100_000;

  /// Of all paths together: a few trees may stand for very many long ones.
  private static final long LONGEST_PATHS = 32 << 20;

  private static final int MOST_DEPTH = 128;

  /// Of what a target says while it builds, its end is told.
  private static final int LONGEST_LOG = 64 << 10;

  private static final Duration USUALLY = Duration.ofMinutes(30);
  private static final long LONGEST = Duration.ofHours(12).toMillis();

  private final ContentStore content;
  private final Access access;
  private final Ledger ledger;
  private final ImageTargets targets;

  public ImageSyscalls(ContentStore content, Access access, Ledger ledger, ImageTargets targets) {
    this.content = content;
    this.access = access;
    this.ledger = ledger;
    this.targets = targets;
  }

  /// By name.
  public Map<String, Syscall> all() {
    return Map.of("image.build", Syscall.of("image.build", Asked::of, this::build));
  }

  /// What is asked for.
  ///
  /// @param context a tree
  /// @param within how long it may take
  private record Asked(
      Cid context,
      String file,
      Map<String, String> arguments,
      Optional<String> stage,
      Terms.Place place,
      Duration within) {

    static Asked of(Fields params) throws MalformedException {
      Optional<Item.Table> place = params.table("place");
      return new Asked(
          params.requiredLink("context"),
          checked("file", params.text("file").orElse(USUAL_FILE)),
          arguments(params.table("arguments")),
          params.text("stage").isPresent()
              ? Optional.of(checked("stage", params.requiredText("stage")))
              : Optional.empty(),
          place.isEmpty()
              ? Terms.Place.ANYWHERE
              : Terms.decode(Item.table().put("place", place.get()).build()).place(),
          Duration.ofMillis(params.number("within", 1, LONGEST).orElse(USUALLY.toMillis())));
    }

    private static Map<String, String> arguments(Optional<Item.Table> table)
        throws MalformedException {
      Map<String, String> arguments = new TreeMap<>();
      for (Map.Entry<Item, Item> each :
          table.map(Item.Table::entries).orElse(Map.of()).entrySet()) {
        if (!(each.getKey() instanceof Item.Text(String name))
            || !(each.getValue() instanceof Item.Text(String value))) {
          throw new MalformedException("image.build: arguments is a map from text to text");
        }
        arguments.put(checked("arguments", name), value);
      }
      if (arguments.size() > MOST_ARGUMENTS) {
        throw new MalformedException("image.build: at most " + MOST_ARGUMENTS + " arguments");
      }
      return arguments;
    }

    private static String checked(String name, String text) throws MalformedException {
      if (text.isEmpty()
          || text.length() > LONGEST_TEXT
          || text.chars().anyMatch(Character::isISOControl)) {
        throw new MalformedException("image.build: " + name + " isn't one: " + text.strip());
      }
      return text;
    }
  }

  private Syscall.Kept build(Caller caller, Asked asked) throws Refusal, InterruptedException {
    if (!caller.isOwner()) {
      throw new Refusal(
          Reason.REFUSED, "a recipe runs what it says, as root and with a network: the owner's");
    }
    try (Holds.Hold hold = access.hold()) {
      hold.add(asked.context());
      Pieces pieces = new Pieces();
      gather(caller, asked.context(), "", 0, pieces);
      ImageTargets.Found target = target(asked.place());
      ImageBuilder.Recipe recipe =
          new ImageBuilder.Recipe(pieces.all, asked.file(), asked.arguments(), asked.stage());
      Tail log = new Tail();
      try (ImageBuilder.Built built = target.builder().build(recipe, asked.within(), log::add)) {
        Stored stored = store(built, hold);
        ledger.put(
            caller.principal(), stored.cid(), stored.size(), Reach.HERE, List.of(), List.of());
        built.keep(stored.cid());
        return new Syscall.Kept(
            Item.table()
                .put("image", stored.cid())
                .put("size", stored.size())
                .put("id", built.id())
                .put("target", target.target().toString())
                .put("log", log.text())
                .build());
      } catch (DriverException e) {
        throw refusal(e, log);
      }
    }
  }

  /// What a directory has, each folder before what is in it.
  private void gather(Caller caller, Cid directory, String path, int depth, Pieces pieces)
      throws Refusal {
    if (depth > MOST_DEPTH) {
      throw Refusal.invalid("context: nested too deep, at " + path);
    }
    access.require(caller, directory);
    for (Map.Entry<String, Tree.Entry> each : tree(directory).entries().entrySet()) {
      String name = path + each.getKey();
      switch (each.getValue()) {
        case Tree.File(Cid cid, long size, boolean executable) -> {
          access.require(caller, cid);
          pieces.add(new Piece.File(name, cid, size(cid, name, size), executable));
        }
        case Tree.Symlink(String target) -> pieces.add(new Piece.Link(name, target));
        case Tree.Directory(Cid cid, _) -> {
          pieces.add(new Piece.Folder(name));
          gather(caller, cid, name + "/", depth + 1, pieces);
        }
      }
    }
  }

  /// What was gathered, within bounds.
  private static final class Pieces {

    private final List<Piece> all = new ArrayList<>();
    private long length;

    void add(Piece piece) throws Refusal {
      length += piece.path().length();
      if (all.size() == MOST_PIECES || length > LONGEST_PATHS) {
        throw Refusal.invalid(
            "context: more than "
                + MOST_PIECES
                + " files and folders, or "
                + LONGEST_PATHS
                + " letters in their paths");
      }
      all.add(piece);
    }
  }

  private Tree tree(Cid cid) throws Refusal {
    Optional<Message> message = access.message(cid);
    try {
      if (message.isPresent() && Tree.isOne(message.get())) {
        return Tree.of(message.get());
      }
    } catch (MalformedException e) {
      throw Refusal.invalid("context: " + cid + ": " + e.getMessage());
    }
    throw Refusal.invalid("context: " + cid + " is no directory: grid put DIR makes one");
  }

  /// Of a file, which is as long as its tree says.
  private long size(Cid cid, String name, long said) throws Refusal {
    long size = Access.damaged(() -> content.size(cid));
    if (size != said) {
      throw Refusal.invalid("context: " + name + " has " + size + " bytes, not " + said);
    }
    return size;
  }

  private ImageTargets.Found target(Terms.Place place) throws Refusal {
    ImageTargets.Choice choice =
        targets.choose(new Placement(new HashSet<>(place.drivers()), place.labels()));
    if (choice.found().isPresent()) {
      return choice.found().get();
    }
    List<Item> whys = new ArrayList<>();
    choice
        .whys()
        .forEach((target, why) ->
            whys.add(Item.table().put("target", target.toString()).put("why", why).build()));
    throw new Refusal(
        Reason.UNABLE,
        choice.whys().values().stream()
            .findFirst()
            .map("no target is able to build it: "::concat)
            .orElse("there is no target that builds images"),
        Item.table().put("targets", Item.array(whys)).build());
  }

  private Stored store(ImageBuilder.Built built, Holds.Hold hold)
      throws Refusal, InterruptedException {
    try (InputStream archive = built.archive()) {
      return content.put(archive, Expected.ANYTHING, hold);
    } catch (MismatchException e) {
      throw new IllegalStateException("nothing was expected", e);
    } catch (IOException e) {
      throw new Refusal(
          new Payload.Broken("the image was made and can't be read: " + e.getMessage()));
    }
  }

  private static Refusal refusal(DriverException e, Tail log) {
    Reason reason =
        switch (e.kind()) {
          case UNSUPPORTED -> Reason.INVALID;
          case EXHAUSTED -> Reason.EXHAUSTED;
          case CONFLICT, UNAVAILABLE, BROKEN -> Reason.UNABLE;
        };
    return new Refusal(
        reason, String.valueOf(e.getMessage()), Item.table().put("log", log.text()).build());
  }

  /// The end of what was said.
  private static final class Tail {

    private final StringBuilder text = new StringBuilder();

    synchronized void add(String more) {
      text.append(more);
      if (text.length() > 2 * LONGEST_LOG) {
        cut();
      }
    }

    private void cut() {
      int from = Math.max(0, text.length() - LONGEST_LOG);
      if (from > 0 && Character.isLowSurrogate(text.charAt(from))) {
        from++;
      }
      text.delete(0, from);
    }

    synchronized String text() {
      cut();
      return text.toString();
    }
  }
}
