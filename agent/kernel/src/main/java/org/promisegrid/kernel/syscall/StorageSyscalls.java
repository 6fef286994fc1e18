package org.promisegrid.kernel.syscall;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.kernel.backup.Backup;
import org.promisegrid.kernel.backup.BackupException;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.dispatch.TargetImages;
import org.promisegrid.kernel.index.Pins;
import org.promisegrid.kernel.ledger.KeepBook;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.storage.Collector;
import org.promisegrid.kernel.storage.UnreadException;
import org.promisegrid.kernel.storage.Usage;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Images;

/// `content.pin`, `content.unpin`, `content.pins`, `agent.gc`, `agent.df`, `agent.backup`.
public final class StorageSyscalls {

  private static final int LONGEST_NOTE = 256;
  private static final int PAGE = 1000;
  private static final int LONGEST_PASSPHRASE = 1024;

  /// What one principal other than the owner can pin.
  private static final int MOST_PINS = 10_000;

  private final KeepBook keeping;
  private final Access access;
  private final Collector collector;
  private final Usage usage;
  private final Backup backup;
  private final Tidying tidying;
  private final TargetImages images;

  /// Removes what was left half made on targets.
  @FunctionalInterface
  public interface Tidying {
    void tidy() throws InterruptedException;
  }

  public StorageSyscalls(
      KeepBook keeping,
      Access access,
      Collector collector,
      Usage usage,
      Backup backup,
      Tidying tidying,
      TargetImages images) {
    this.images = images;
    this.tidying = tidying;
    this.keeping = keeping;
    this.access = access;
    this.collector = collector;
    this.usage = usage;
    this.backup = backup;
  }

  /// By name.
  public Map<String, Syscall> all() {
    return Map.of(
        "content.pin", (caller, call, _) -> pin(caller, call),
        "content.unpin", (caller, call, _) -> unpin(caller, call),
        "content.pins", (caller, call, _) -> pins(caller, call),
        "agent.gc", (caller, call, _) -> gc(caller, call),
        "agent.df", (_, call, _) -> df(call),
        "agent.backup", (_, call, _) -> backup(call));
  }

  private Syscall.Kept pin(Caller caller, Call.Request call) throws Refusal {
    Cid cid;
    String note;
    try {
      Fields params = Fields.of(call.params(), "content.pin");
      cid = params.requiredLink("cid");
      note = params.text("note").orElse("");
      params.end();
      if (note.getBytes(StandardCharsets.UTF_8).length > LONGEST_NOTE) {
        throw new MalformedException("a note of more than " + LONGEST_NOTE + " bytes");
      }
    } catch (MalformedException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    String by = caller.principal();
    try (Holds.Hold hold = access.hold()) {
      hold.add(cid);
      access.require(caller, cid);
      Optional<Pins.Pin> before = keeping.pin(by, cid);
      if (before.isEmpty()
          && !caller.isOwner()
          && keeping.pins(Optional.of(by), Optional.empty(), MOST_PINS).size() == MOST_PINS) {
        throw new Refusal(Reason.EXHAUSTED, "nobody pins more than " + MOST_PINS + " contents");
      }
      if (before.filter(pin -> pin.note().equals(note)).isEmpty()) {
        keeping.pinned(by, cid, note);
      }
    }
    return new Syscall.Kept(line(keeping.pin(by, cid).orElseThrow()));
  }

  private Syscall.Kept unpin(Caller caller, Call.Request call) throws Refusal {
    Cid cid;
    Optional<String> by;
    try {
      Fields params = Fields.of(call.params(), "content.unpin");
      cid = params.requiredLink("cid");
      by = params.text("by");
      params.end();
    } catch (MalformedException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    String whose = by.orElse(caller.principal());
    if (whose.indexOf('\0') >= 0 || (!caller.isOwner() && !whose.equals(caller.principal()))) {
      throw Refusal.absent();
    }
    if (keeping.pin(whose, cid).isEmpty()) {
      throw Refusal.absent();
    }
    keeping.unpinned(whose, cid);
    return new Syscall.Kept(Item.table().put("cid", cid).put("by", whose).build());
  }

  private Syscall.Kept pins(Caller caller, Call.Request call) throws Refusal {
    Optional<Pins.Pin> after;
    int most;
    try {
      Fields params = Fields.of(call.params(), "content.pins");
      after = after(params.text("after"));
      most = (int) params.number("limit", 1, PAGE).orElse(100);
      params.end();
    } catch (MalformedException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    Optional<String> by = caller.isOwner() ? Optional.empty() : Optional.of(caller.principal());
    if (by.isPresent() && after.isPresent() && !after.get().by().equals(by.get())) {
      throw Refusal.invalid("after: there is no such pin");
    }
    List<Pins.Pin> page = keeping.pins(by, after, most + 1);
    List<Item> lines = new ArrayList<>();
    page.subList(0, Math.min(most, page.size())).forEach(pin -> lines.add(line(pin)));
    Item.TableBuilder value = Item.table().put("pins", Item.array(lines));
    if (page.size() > most) {
      Pins.Pin last = page.get(most - 1);
      value.put("next", last.by() + " " + last.cid());
    }
    return new Syscall.Kept(value.build());
  }

  /// A place in the list: a principal and the text of a CID.
  private static Optional<Pins.Pin> after(Optional<String> text) throws MalformedException {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    int gap = text.get().lastIndexOf(' ');
    if (gap < 0 || text.get().indexOf('\0') >= 0) {
      throw new MalformedException("after is what an answer had as next");
    }
    try {
      return Optional.of(
          new Pins.Pin(
              text.get().substring(0, gap),
              Cid.parse(text.get().substring(gap + 1)),
              Instant.EPOCH,
              ""));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("after is what an answer had as next", e);
    }
  }

  private static Item line(Pins.Pin pin) {
    Item.TableBuilder line =
        Item.table()
            .put("cid", pin.cid())
            .put("by", pin.by())
            .put("since", pin.since().toEpochMilli());
    if (!pin.note().isEmpty()) {
      line.put("note", pin.note());
    }
    return line.build();
  }

  private Syscall.Kept gc(Caller caller, Call.Request call) throws Refusal, InterruptedException {
    boolean dry;
    int most;
    try {
      Fields params = Fields.of(call.params(), "agent.gc");
      dry = params.bool("dry").orElse(false);
      most = (int) params.number("limit", 0, PAGE).orElse(100);
      params.end();
    } catch (MalformedException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    try {
      if (dry) {
        return new Syscall.Kept(
            plan(collector.plan(most).orElseThrow(this::underWay))
                .put("images", listed(images.look(), true))
                .build());
      }
      Collector.Done done =
          collector.collect(Optional.of(caller.call())).orElseThrow(this::underWay);
      tidying.tidy();
      return new Syscall.Kept(
          Item.table()
              .put("contents", done.removed().contents())
              .put("bytes", done.removed().bytes())
              .put("compacted", done.compacted())
              .put("took", done.took().toMillis())
              .put("images", listed(images.collect(), false))
              .build());
    } catch (UnreadException e) {
      throw unread(e);
    }
  }

  /// Images, each with its target.
  ///
  /// @param going whether only those that would go
  private static Item listed(List<TargetImages.On> all, boolean going) {
    List<Item> images = new ArrayList<>();
    for (TargetImages.On on : all) {
      for (Images.Brought image : on.images()) {
        if (!going || image.goes()) {
          images.add(
              Item.table()
                  .put("target", on.target().toString())
                  .put("cid", image.code())
                  .put("bytes", image.bytes())
                  .build());
        }
      }
    }
    return Item.array(images);
  }

  /// How much of images there is on each target, and would go.
  private static Item sums(List<TargetImages.On> all) {
    List<Item> sums = new ArrayList<>();
    for (TargetImages.On on : all) {
      sums.add(
          sum(on.images())
              .put("target", on.target().toString())
              .put(
                  "collectable",
                  sum(on.images().stream().filter(Images.Brought::goes).toList()).build())
              .build());
    }
    return Item.array(sums);
  }

  private static Item.TableBuilder sum(List<Images.Brought> images) {
    return Item.table()
        .put("images", images.size())
        .put("bytes", images.stream().mapToLong(Images.Brought::bytes).sum());
  }

  private Refusal underWay() {
    return new Refusal(Reason.CONFLICT, collector.underWay());
  }

  private Syscall.Kept backup(Call.Request call) throws Refusal {
    Optional<String> passphrase;
    try {
      Fields params = Fields.of(call.params(), "agent.backup");
      passphrase = params.text("passphrase");
      params.end();
      int length = passphrase.map(it -> it.getBytes(StandardCharsets.UTF_8).length).orElse(8);
      if (length < 8 || length > LONGEST_PASSPHRASE) {
        throw new MalformedException("a passphrase has 8 to " + LONGEST_PASSPHRASE + " bytes");
      }
    } catch (MalformedException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    try {
      Backup.Archive archive = backup.begin(passphrase).orElseThrow(this::underWay);
      return new Syscall.Kept(
          Item.table()
              .put("size", archive.size())
              .put("journal", archive.journal())
              .put("files", archive.files())
              .put("keys", passphrase.isPresent())
              .put("damaged", Item.array(archive.damaged().stream().map(Item::of).toList()))
              .build(),
          new Follow.Bytes(archive.stream(), archive.size()));
    } catch (BackupException e) {
      throw new Refusal(Reason.CONFLICT, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Refusal unread(UnreadException e) {
    return new Refusal(
        Reason.REFUSED,
        e.getMessage() + ": put it again",
        Item.table().put("cid", e.cid()).build());
  }

  private static Item.TableBuilder plan(Collector.Plan plan) {
    List<Item> first = new ArrayList<>();
    for (Collector.Gone gone : plan.first()) {
      first.add(
          Item.table()
              .put("cid", gone.cid())
              .put("size", gone.size())
              .put("kind", gone.kind())
              .put("why", gone.why())
              .build());
    }
    return counts(plan).put("kept", count(plan.kept())).put("list", Item.array(first));
  }

  private static Item.TableBuilder counts(Collector.Plan plan) {
    Item.TableBuilder why = Item.table();
    plan.why().forEach((reason, count) -> why.put(reason, count(count)));
    return Item.table()
        .put("contents", plan.all().contents())
        .put("bytes", plan.all().bytes())
        .put("why", why.build());
  }

  private static Item count(Collector.Count count) {
    return Item.table().put("contents", count.contents()).put("bytes", count.bytes()).build();
  }

  private Syscall.Kept df(Call.Request call) throws Refusal, InterruptedException {
    boolean collectable;
    try {
      Fields params = Fields.of(call.params(), "agent.df");
      collectable = params.bool("collectable").orElse(false);
      params.end();
    } catch (MalformedException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    Usage.Told told;
    try {
      told = usage.look();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<Item> parts = new ArrayList<>();
    for (Usage.Part part : told.parts()) {
      parts.add(
          Item.table()
              .put("part", part.name())
              .put("bytes", part.bytes())
              .put("files", part.files())
              .build());
    }
    Item.TableBuilder value =
        Item.table()
            .put(
                "disk",
                Item.table()
                    .put("total", told.room().total())
                    .put("free", told.room().usable())
                    .put("reserve", told.room().reserve())
                    .build())
            .put(
                "content",
                Item.table()
                    .put("bytes", told.content())
                    .put("budget", told.room().budget())
                    .put("results", told.results())
                    .build())
            .put("parts", Item.array(parts));
    if (collectable) {
      value.put("images", sums(images.look()));
      try {
        // While a collection is under way, nobody knows.
        collector.plan(0).ifPresent(plan -> value.put("collectable", counts(plan).build()));
      } catch (UnreadException e) {
        throw unread(e);
      }
    }
    return new Syscall.Kept(value.build());
  }
}
