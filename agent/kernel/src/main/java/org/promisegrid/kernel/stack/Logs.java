package org.promisegrid.kernel.stack;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.service.LogRange;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceLog;

/// What replicas wrote, as events: put in order by time, or as it comes where it is followed.
final class Logs {

  private static final System.Logger LOG = System.getLogger(Logs.class.getName());
  private static final Duration LONGEST = Duration.ofHours(1);

  private Logs() {}

  /// A line of a replica's log.
  private record Line(int replica, ServiceLog.Piece piece) {
    Item.Table detail() {
      return Item.table()
          .put("replica", replica)
          .put("at", piece.at().toEpochMilli())
          .put("error", piece.error())
          .put("bytes", Executions.bytes(piece.bytes().duplicate()))
          .build();
    }
  }

  static Follow of(Reconciler reconciler, Asked.Logs asked, Hands hands)
      throws Refusal, InterruptedException {
    List<View.Held> held = held(reconciler.view(), asked.name(), asked.replica());
    if (asked.replica().isPresent() && held.isEmpty()) {
      throw Refusal.absent();
    }
    if (held.stream().noneMatch(it -> it.service().isPresent())) {
      throw new Refusal(
          Reason.CONFLICT, "nothing was made for " + asked.name() + ", or its target is away");
    }
    return new Follow.Events(
        asked.range().follow()
            ? new Following(reconciler, asked, hands)
            : new Merged(opened(held, asked.range()), hands));
  }

  private static List<View.Held> held(View view, String name, OptionalInt replica) {
    return Optional.ofNullable(view.services().get(name))
        .map(View.Shown::replicas)
        .orElse(List.of())
        .stream()
        .filter(it -> replica.isEmpty() || it.replica() == replica.getAsInt())
        .toList();
  }

  private static Map<Integer, ServiceLog> opened(List<View.Held> held, LogRange range)
      throws Refusal, InterruptedException {
    Map<Integer, ServiceLog> logs = new HashMap<>();
    try {
      for (View.Held each : held) {
        if (each.service().isPresent()) {
          logs.put(each.replica(), each.service().get().logs(range));
        }
      }
      return logs;
    } catch (DriverException e) {
      logs.values().forEach(ServiceLog::close);
      throw new Refusal(Reason.CONFLICT, String.valueOf(e.getMessage()));
    }
  }

  private static Follow.Next ended(long offset, Hands hands, Optional<String> why) {
    return new Follow.Next.Came(
        new Event(
            offset,
            hands.clock().instant(),
            "ended",
            Item.table().put("why", why.map(Item::of)).build()));
  }

  private static Follow.Next came(long offset, Line line) {
    return new Follow.Next.Came(new Event(offset, line.piece().at(), "log", line.detail()));
  }

  /// What is kept of several, the oldest first.
  private static final class Merged implements Follow.EventStream {
    private final Map<Integer, ServiceLog> logs;
    private final Hands hands;
    private final Map<Integer, Line> first = new HashMap<>();
    private Optional<String> why = Optional.empty();
    private boolean begun;
    private boolean over;
    private long next;

    Merged(Map<Integer, ServiceLog> logs, Hands hands) {
      this.logs = logs;
      this.hands = hands;
    }

    @Override
    public Follow.Next next(Duration atMost) {
      if (over) {
        return new Follow.Next.Over();
      }
      if (!begun) {
        begun = true;
        logs.forEach(this::read);
      }
      Optional<Line> oldest =
          first.values().stream()
              .min(
                  Comparator.comparing((Line line) -> line.piece().at())
                      .thenComparingInt(Line::replica));
      if (oldest.isEmpty()) {
        over = true;
        return ended(next++, hands, why);
      }
      int replica = oldest.get().replica();
      first.remove(replica);
      ServiceLog log = logs.get(replica);
      if (log != null) {
        read(replica, log);
      }
      return came(next++, oldest.get());
    }

    private void read(int replica, ServiceLog log) {
      try {
        log.next().ifPresent(piece -> first.put(replica, new Line(replica, piece)));
      } catch (IOException | DriverException e) {
        why = Optional.of(String.valueOf(e.getMessage()));
      }
    }

    @Override
    public void close() {
      logs.values().forEach(ServiceLog::close);
    }
  }

  /// What comes, of whatever replicas start meanwhile, until none is wanted any more. Each is read
  /// by a thread of its own, which stalls where nobody reads the events.
  private static final class Following implements Follow.EventStream {
    private final Reconciler reconciler;
    private final Asked.Logs asked;
    private final Hands hands;
    private final SynchronousQueue<Line> lines = new SynchronousQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Set<Service> followed = new HashSet<>();
    private volatile boolean looked;
    private volatile boolean closed;
    private boolean over;
    private long next;

    Following(Reconciler reconciler, Asked.Logs asked, Hands hands) {
      this.reconciler = reconciler;
      this.asked = asked;
      this.hands = hands;
      threads.add(Thread.ofVirtual().name("logs of " + asked.name()).start(this::look));
    }

    /// Begins to follow each sandbox once.
    private void look() {
      try {
        View view = reconciler.view();
        while (!closed) {
          for (View.Held held : held(view, asked.name(), asked.replica())) {
            held.service().filter(followed::add).ifPresent(service -> follow(held, service));
          }
          if (isOver(view)) {
            break;
          }
          View seen = view;
          view = reconciler.await(it -> it.number() > seen.number(), LONGEST);
        }
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt(); // it is closed
      }
      looked = true;
    }

    private boolean isOver(View view) {
      View.Shown shown = view.services().get(asked.name());
      return shown == null || shown.state() == View.State.STOPPED;
    }

    private synchronized void follow(View.Held held, Service service) {
      if (closed) {
        return;
      }
      threads.add(
          Thread.ofVirtual()
              .name("log of " + service.id())
              .start(() -> {
                try {
                  follow(held.replica(), service, held.epoch());
                } catch (InterruptedException _) {
                  Thread.currentThread().interrupt(); // whoever read has left
                }
              }));
    }

    /// From one start of the sandbox to the next.
    private void follow(int replica, Service service, long started) throws InterruptedException {
      LogRange range = asked.range();
      long epoch = started;
      while (true) {
        Optional<Instant> last = read(replica, service, range);
        long before = epoch;
        View view =
            reconciler.await(
                it -> isOver(it) || !isThere(it, replica, service) || runs(it, replica, before),
                LONGEST);
        Optional<View.Held> held = view.held(asked.name(), OptionalInt.of(replica));
        if (closed || isOver(view) || held.isEmpty() || !isThere(view, replica, service)) {
          return;
        }
        epoch = held.get().epoch();
        range = last.isPresent() ? new LogRange(-1, last.map(at -> at.plusNanos(1)), true) : range;
      }
    }

    private boolean isThere(View view, int replica, Service service) {
      return view.held(asked.name(), OptionalInt.of(replica))
          .flatMap(View.Held::service)
          .filter(service::equals)
          .isPresent();
    }

    private boolean runs(View view, int replica, long before) {
      return view.held(asked.name(), OptionalInt.of(replica))
          .filter(it -> it.runs() && it.epoch() != before)
          .isPresent();
    }

    /// Until it ends.
    ///
    /// @return when the last of it was written
    private Optional<Instant> read(int replica, Service service, LogRange range)
        throws InterruptedException {
      Optional<Instant> last = range.since().filter(_ -> range.tail() < 0);
      try (ServiceLog log = service.logs(range)) {
        for (Optional<ServiceLog.Piece> piece = log.next(); piece.isPresent(); piece = log.next()) {
          lines.put(new Line(replica, piece.get()));
          last = Optional.of(piece.get().at());
        }
      } catch (IOException | DriverException e) {
        // Its target went away, or it was removed: what comes is told when it is back.
        LOG.log(System.Logger.Level.DEBUG, "log of " + service.id(), e);
      }
      return last;
    }

    @Override
    public Follow.Next next(Duration atMost) throws InterruptedException {
      if (over) {
        return new Follow.Next.Over();
      }
      boolean last = isLast();
      Line line = last ? lines.poll() : lines.poll(atMost.toNanos(), TimeUnit.NANOSECONDS);
      if (line != null) {
        return came(next++, line);
      }
      if (last) {
        over = true;
        return ended(next++, hands, Optional.empty());
      }
      return new Follow.Next.Quiet();
    }

    /// Whether nothing more comes.
    private synchronized boolean isLast() {
      Thread own = threads.getFirst();
      return looked && threads.stream().noneMatch(it -> it.isAlive() && !it.equals(own));
    }

    @Override
    public synchronized void close() {
      closed = true;
      threads.forEach(Thread::interrupt);
    }
  }
}
