package org.promisegrid.kernel.ledger;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.index.Table;
import org.promisegrid.kernel.index.Write;
import org.promisegrid.kernel.journal.Entry;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServicePlace;

/// What was done for services: which sandbox each replica has, and what became of it; and by which
/// tokens it is wanted.
public final class ServiceBook {

  private static final List<String> AFTERWARDS = List.of("started", "ended", "removed");

  private final Index index;
  private final Recording recording;

  ServiceBook(Index index, Recording recording) {
    this.index = index;
    this.recording = recording;
  }

  /// A sandbox that a replica was given, and what is known of it.
  ///
  /// @param generation how many it had, with this one
  /// @param source what it was made from
  /// @param started that the agent saw it start, last
  /// @param ended how it last ended, as the agent saw
  /// @param removed it is gone
  public record Placed(
      long generation,
      Target target,
      Cid source,
      SandboxId sandbox,
      Optional<Started> started,
      Optional<Ended> ended,
      boolean removed) {}

  /// A start.
  ///
  /// @param restarts how often this sandbox was started before
  /// @param tries how many starts in a row came to nothing
  public record Started(Instant at, int restarts, int tries) {}

  /// An end.
  ///
  /// @param asked whether the agent asked for it
  public record Ended(ServiceExit exit, boolean asked) {}

  /// Whose tokens a stack is wanted by.
  ///
  /// @param declared the chain of who said what it is
  /// @param started the chain of who last had it run
  public record Under(List<Cid> declared, List<Cid> started) {
    public Under {
      declared = List.copyOf(declared);
      started = List.copyOf(started);
    }
  }

  /// A replica is about to get a sandbox.
  public void placed(
      ServicePlace place, long generation, Target target, Cid source, SandboxId sandbox) {
    recording.append(
        Entry.Kind.PLACED,
        of(place, generation)
            .put("driver", target.driver())
            .put("address", target.address())
            .put("source", source)
            .put("sandbox", sandbox.text()));
  }

  /// It runs.
  public void started(ServicePlace place, long generation, int restarts, int tries) {
    append("started", of(place, generation).put("restarts", restarts).put("tries", tries));
  }

  /// It ended.
  ///
  /// @param asked whether the agent asked for it
  public void ended(ServicePlace place, long generation, ServiceExit exit, boolean asked) {
    append(
        "ended",
        of(place, generation)
            .put("code", exit.code())
            .put("memory", exit.memory())
            .put("from", Math.max(0, exit.started().toEpochMilli()))
            .put("until", Math.max(0, exit.ended().toEpochMilli()))
            .put("asked", asked));
  }

  /// It does what it is there for, or doesn't any more.
  public void health(ServicePlace place, long generation, boolean good, String why) {
    append(good ? "healthy" : "unhealthy", of(place, generation).put("why", why));
  }

  /// Something couldn't be done, or came otherwise.
  public void failed(ServicePlace place, long generation, String why) {
    append("failed", of(place, generation).put("why", why));
  }

  /// Its sandbox is gone.
  public void removed(ServicePlace place, long generation) {
    append("removed", of(place, generation));
  }

  private void append(String event, Item.TableBuilder detail) {
    recording.append(Entry.Kind.SERVICE, detail.put("event", event));
  }

  private static Item.TableBuilder of(ServicePlace place, long generation) {
    return Item.table()
        .put("stack", place.stack())
        .put("service", place.service())
        .put("replica", place.replica())
        .put("generation", generation);
  }

  /// The last sandbox that a replica was given.
  public Optional<Placed> find(ServicePlace place) {
    return Optional.ofNullable(list(place.stack()).get(place));
  }

  /// Those of all replicas of a stack that ever had one.
  public Map<ServicePlace, Placed> list(String stack) {
    Map<ServicePlace, Map<String, byte[]>> rows = new LinkedHashMap<>();
    index.scan(
        Table.SERVICES,
        key('p', stack + '\0'),
        (_, row) -> {
          Rows.fields(
              row,
              it -> {
                rows.computeIfAbsent(place(it), _ -> new LinkedHashMap<>())
                    .put(it.text("event").orElse("placed"), row);
                return it;
              });
          return true;
        });
    Map<ServicePlace, Placed> all = new LinkedHashMap<>();
    rows.forEach((place, of) -> {
      byte[] placed = of.get("placed");
      if (placed != null) {
        all.put(place, placed(placed, of));
      }
    });
    return all;
  }

  private static Placed placed(byte[] placed, Map<String, byte[]> rows) {
    return Rows.fields(
        placed,
        it ->
            new Placed(
                it.requiredNumber("generation", 1, Long.MAX_VALUE),
                new Target(it.requiredText("driver"), it.requiredText("address")),
                it.requiredLink("source"),
                new SandboxId(it.requiredText("sandbox")),
                Optional.ofNullable(rows.get("started")).map(ServiceBook::started),
                Optional.ofNullable(rows.get("ended")).map(ServiceBook::ended),
                rows.containsKey("removed")));
  }

  private static Started started(byte[] row) {
    return Rows.fields(
        row,
        it ->
            new Started(
                Rows.time(it, "at"),
                (int) it.requiredNumber("restarts", 0, Integer.MAX_VALUE),
                (int) it.requiredNumber("tries", 0, Integer.MAX_VALUE)));
  }

  private static Ended ended(byte[] row) {
    return Rows.fields(
        row,
        it ->
            new Ended(
                new ServiceExit(
                    (int) it.requiredNumber("code", Integer.MIN_VALUE, Integer.MAX_VALUE),
                    it.bool("memory").orElse(false),
                    Rows.time(it, "from"),
                    Rows.time(it, "until")),
                it.bool("asked").orElse(false)));
  }

  private static ServicePlace place(Fields fields) throws MalformedException {
    return new ServicePlace(
        fields.requiredText("stack"),
        fields.requiredText("service"),
        (int) fields.requiredNumber("replica", 0, Integer.MAX_VALUE));
  }

  /// By whose tokens the head of a ref is wanted.
  public Optional<Under> under(String ref) {
    return index
        .get(Table.SERVICES, key('u', ref))
        .map(row ->
            Rows.fields(
                row, it -> new Under(Rows.links(it, "declared"), Rows.links(it, "started"))));
  }

  /// Brings the index to what a ref's entry says besides.
  static void under(Write write, Fields detail) throws MalformedException {
    Optional<List<Item>> declared = detail.array("declared");
    if (declared.isPresent()) { // else it isn't the ref of a stack
      write.put(
          Table.SERVICES,
          key('u', detail.requiredText("name")),
          Rows.encode(
              Item.table()
                  .put("declared", Item.array(declared.get()))
                  .put("started", Item.array(detail.array("started").orElse(List.of())))));
    }
  }

  /// Brings the index to what an entry says.
  static void apply(Write write, Item.Table entry, Instant at) throws MalformedException {
    Fields detail = Fields.of(entry, "an entry");
    ServicePlace place = place(detail);
    Optional<String> event = detail.text("event");
    if (event.isEmpty()) {
      AFTERWARDS.forEach(word -> write.delete(Table.SERVICES, row(place, word)));
    } else if (!AFTERWARDS.contains(event.get())) {
      return; // to be read in the journal
    }
    Item.TableBuilder row = Item.table();
    entry.entries().forEach((name, value) -> row.put(((Item.Text) name).value(), value));
    row.put("at", Math.max(0, at.toEpochMilli()));
    write.put(Table.SERVICES, row(place, event.orElse("placed")), Rows.encode(row));
  }

  private static byte[] row(ServicePlace place, String word) {
    return key('p', place.stack() + '\0' + place.service() + '\0' + place.replica() + '\0' + word);
  }

  private static byte[] key(char kind, String text) {
    return (kind + text).getBytes(StandardCharsets.UTF_8);
  }
}
