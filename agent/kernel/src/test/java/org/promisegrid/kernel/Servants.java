package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.driver.memory.Program;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.sandbox.Cid;

/// Services for tests: programs that run until they are let go, and what one asks of them.
final class Servants {

  static final int MINUTES = 5;
  private static final long WAIT = Duration.ofMinutes(MINUTES).toMillis();

  final MemoryTarget target;
  private final Map<String, AtomicInteger> starts = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> live = new ConcurrentHashMap<>();
  private final Map<String, CountDownLatch> ends = new ConcurrentHashMap<>();
  private final Map<String, Integer> codes = new ConcurrentHashMap<>();

  Servants(MemoryTarget target) {
    this.target = target;
  }

  /// An image whose program says a line, and runs until it is let go.
  Cid image(Person owner, String name) {
    ends.put(name, new CountDownLatch(1));
    return image(
        owner,
        name,
        it -> {
          starts(name).incrementAndGet();
          it.out().write((name + " begins\n").getBytes(StandardCharsets.UTF_8));
          try {
            live(name).incrementAndGet();
            ends.get(name).await();
          } finally {
            live(name).decrementAndGet();
          }
          return codes.getOrDefault(name, 0);
        });
  }

  Cid image(Person owner, String name, Program program) {
    var _ = target.register(name, program);
    return owner.puts(MemoryTarget.code(name));
  }

  private AtomicInteger live(String name) {
    return live.computeIfAbsent(name, _ -> new AtomicInteger());
  }

  /// Waits until so many run.
  void awaitLive(String name, int count) {
    long end = System.nanoTime() + Duration.ofMinutes(MINUTES).toNanos();
    while (live(name).get() != count) {
      assertThat(System.nanoTime()).as("%s: %s run", name, live(name)).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  /// Waits until a service is as it is wanted.
  static String awaitSettled(Person person, String name) {
    while (true) {
      String state = state(person, name);
      if (state.equals("running") || state.equals("stopped")) {
        return state;
      }
      Thread.onSpinWait();
    }
  }

  AtomicInteger starts(String name) {
    return starts.computeIfAbsent(name, _ -> new AtomicInteger());
  }

  /// Waits until it was started so often, and asks that it wasn't more often: a service runs before
  /// its program has come to the first line.
  void awaitStarts(String name, int count) {
    long end = System.nanoTime() + Duration.ofMinutes(MINUTES).toNanos();
    while (starts(name).get() < count) {
      assertThat(System.nanoTime()).as("%s: %s starts", name, starts(name)).isLessThan(end);
      Thread.onSpinWait();
    }
    assertThat(starts(name)).hasValue(count);
  }

  /// Lets it end, and run on when it is started again.
  void end(String name, int code) {
    codes.put(name, code);
    CountDownLatch old = ends.put(name, new CountDownLatch(1));
    if (old != null) {
      old.countDown();
    }
  }

  static Item.TableBuilder service(Cid image) {
    return Item.table().put("image", image);
  }

  /// Starts a service, and waits until it runs.
  static Item.Table runs(Person person, String name, Item.TableBuilder service) {
    Item.Table line =
        person.gets(
            "service.start",
            Item.table().put("name", name).put("service", service.build()).put("within", WAIT));
    assertThat(line.get("state")).as("%s", line).contains(Item.of("running"));
    return line;
  }

  static Item.Table stops(Person person, String name) {
    Item.Table line =
        person.gets("service.stop", Item.table().put("name", name).put("within", WAIT));
    assertThat(line.get("state")).as("%s", line).contains(Item.of("stopped"));
    return line;
  }

  static Item.Table removes(Person person, String name, boolean volumes) {
    return person.gets(
        "service.remove",
        Item.table().put("name", name).put("volumes", volumes).put("within", WAIT));
  }

  static Item.Table line(Person person, String name) {
    Item.Table all = person.gets("service.list", Item.table().put("name", name));
    return (Item.Table) items(all, "services").getFirst();
  }

  static String state(Person person, String name) {
    return text(line(person, name), "state");
  }

  static Item.Table replica(Item.Table line, int replica) {
    return (Item.Table) items(line, "replicas").get(replica);
  }

  static List<Item> items(Item.Table table, String name) {
    return ((Item.Array) table.get(name).orElseThrow()).items();
  }

  static String text(Item.Table table, String name) {
    return ((Item.Text) table.get(name).orElseThrow()).value();
  }

  static long number(Item.Table table, String name) {
    return ((Item.Int) table.get(name).orElseThrow()).value();
  }

  /// What happened to services, from the journal's beginning up to such a thing.
  static List<Item.Table> upTo(Person person, String service, String event)
      throws InterruptedException {
    List<Item.Table> seen = new ArrayList<>();
    Reply reply = person.asks("agent.events", Item.table().put("follow", true));
    try (Follow.EventStream events = ((Follow.Events) reply.follow()).stream()) {
      while (true) {
        Event next = ((Follow.Next.Came) events.next(Duration.ofMinutes(MINUTES))).event();
        if (next.kind().equals("service")
            && next.detail().get("service").equals(Optional.of(Item.of(service)))) {
          seen.add(next.detail());
          if (text(next.detail(), "event").equals(event)) {
            return seen;
          }
        }
      }
    }
  }

  /// Waits until a service is in a state.
  static Item.Table await(Person person, String name, String state) {
    long end = System.nanoTime() + Duration.ofMinutes(MINUTES).toNanos();
    while (true) {
      Item.Table line = line(person, name);
      if (text(line, "state").equals(state)) {
        return line;
      }
      assertThat(System.nanoTime()).as("%s", line).isLessThan(end);
      Thread.onSpinWait();
    }
  }
}
