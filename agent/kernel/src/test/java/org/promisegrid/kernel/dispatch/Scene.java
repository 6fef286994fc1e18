package org.promisegrid.kernel.dispatch;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.promisegrid.driver.memory.MemoryDriverFactory;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.driver.memory.Program;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;
import org.promisegrid.sandbox.Expectation;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.SandboxEvent;
import org.promisegrid.sandbox.Secrets;
import org.promisegrid.sandbox.Target;

/// Memory targets, a dispatch over them, and a clock that moves only when told.
final class Scene implements AutoCloseable {

  static final Duration HOUR = Duration.ofHours(1);
  static final Pace RARELY = new Pace(HOUR, HOUR, HOUR, Duration.ofMinutes(1));

  final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  final AtomicLong ticks = new AtomicLong();
  final InstantSource clock = now::get;
  final LongSupplier nanos = ticks::get;
  final Alarms alarms;
  final Learning learning = new Learning(clock);
  final FairShare fair;
  final Targets targets;
  final Dispatch dispatch;
  private final List<Event> events = new ArrayList<>();
  private final Map<Cid, byte[]> content = new ConcurrentHashMap<>();
  private final AtomicInteger runs = new AtomicInteger();

  Scene(MemoryTarget... targets) {
    this(RARELY, FairShare.WAITING, new MemoryDriverFactory(targets));
  }

  Scene(Pace pace, int waiting, SandboxDriverFactory... factories) {
    this(pace, waiting, Duration.ofMinutes(5), factories);
  }

  /// @param patience how long drivers get to end or let go of something
  Scene(Pace pace, int waiting, Duration patience, SandboxDriverFactory... factories) {
    alarms = new Alarms(patience);
    fair = new FairShare(clock, nanos, waiting);
    targets =
        Targets.open(
            List.of(factories), Map.of(), target -> host(), pace, alarms, nanos, this::tell);
    targets.ready().join();
    dispatch =
        new Dispatch(targets, Rates.DEFAULT, learning, fair, clock, nanos, alarms, this::tell);
  }

  /// A target that expects each call to take so many milliseconds, cold as well as warm.
  static MemoryTarget target(String name, long millis) {
    MemoryTarget target = new MemoryTarget(name);
    Expectation expected = new Expectation(Duration.ofMillis(millis), Duration.ZERO, 0, 0);
    target.expect(expected, expected);
    return target;
  }

  static Target named(String name) {
    return new Target("memory", name);
  }

  static Fitness fit(int sandboxes) {
    return new Fitness(
        Fitness.Status.HEALTHY, "fit", new Fitness.Capacity(sandboxes, 1L << 40), Map.of());
  }

  /// The same program on every target; the form that names it.
  Form program(Program body, MemoryTarget... on) {
    String name = "program " + runs.incrementAndGet();
    Form form = new Form(MemoryTarget.FORM, Cid.of(MemoryTarget.code(name)));
    content.put(form.code(), MemoryTarget.code(name));
    for (MemoryTarget target : on) {
      target.register(name, body);
    }
    return form;
  }

  /// Another program that the same form names on another target.
  void also(Form form, Program body, MemoryTarget on) {
    on.register(new String(content.get(form.code()), StandardCharsets.UTF_8), body);
  }

  /// An order of its own run id, whose artifact is the form's code.
  Order.Builder order(Form... forms) {
    return order("alice", forms);
  }

  Order.Builder order(String issuer, Form... forms) {
    byte[] run = ("run " + runs.incrementAndGet()).getBytes(StandardCharsets.UTF_8);
    return Order.of(Cid.of(run), issuer, forms[0].code(), List.of(forms));
  }

  Result run(Order order) throws InterruptedException, IOException {
    return run(order, new Spool());
  }

  Result run(Order order, Spool spool) throws InterruptedException, IOException {
    return dispatch.run(order, spool, RunListener.NONE, new Cancellation());
  }

  /// As dispatch runs it, on a thread of its own.
  Running starting(Order order, RunListener listener) {
    return new Running(this, order, listener);
  }

  Event.Sink sink() {
    return this::tell;
  }

  void pass(Duration time) {
    now.updateAndGet(instant -> instant.plus(time));
    ticks.addAndGet(time.toNanos());
  }

  synchronized List<Event> events() {
    return List.copyOf(events);
  }

  /// Waits until such an event has been told.
  synchronized void await(Predicate<Event> wanted) throws InterruptedException {
    while (events.stream().noneMatch(wanted)) {
      wait();
    }
  }

  synchronized void forgetEvents() {
    events.clear();
  }

  @Override
  public void close() {
    targets.close();
    alarms.close();
  }

  private synchronized void tell(Event event) {
    events.add(event);
    notifyAll();
  }

  private Host host() {
    return new Host() {
      @Override
      public NodeId node() {
        return new NodeId("did:key:zNode");
      }

      @Override
      public InstantSource clock() {
        return clock;
      }

      @Override
      public Path scratch() {
        return Path.of("target");
      }

      @Override
      public ContentSource content() {
        return new ContentSource() {
          @Override
          public InputStream open(Cid cid) throws IOException {
            return new ByteArrayInputStream(bytes(cid));
          }

          @Override
          public long size(Cid cid) throws IOException {
            return bytes(cid).length;
          }
        };
      }

      @Override
      public Secrets secrets() {
        return name -> name.getBytes(StandardCharsets.UTF_8);
      }

      @Override
      public void tell(SandboxEvent event) {}
    };
  }

  private byte[] bytes(Cid cid) throws IOException {
    byte[] bytes = content.get(cid);
    if (bytes == null) {
      throw new FileNotFoundException(cid.toString());
    }
    return bytes;
  }

  /// Keeps what a run wrote.
  static class Spool implements Sinks {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private int restarts;

    @Override
    public OutputStream out() {
      return out;
    }

    @Override
    public OutputStream log() {
      return log;
    }

    @Override
    public void restart() {
      out.reset();
      log.reset();
      restarts++;
    }

    String written() {
      return out.toString(StandardCharsets.UTF_8);
    }

    String logged() {
      return log.toString(StandardCharsets.UTF_8);
    }

    int restarts() {
      return restarts;
    }
  }

  /// A run on its way.
  static final class Running {
    final Cancellation cancellation = new Cancellation();
    final Spool spool = new Spool();
    private final Thread thread;
    private final AtomicReference<Result> result = new AtomicReference<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicBoolean stray = new AtomicBoolean();

    Running(Scene scene, Order order, RunListener listener) {
      thread =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  result.set(scene.dispatch.run(order, spool, listener, cancellation));
                } catch (Throwable e) {
                  failure.set(e);
                }
                stray.set(Thread.interrupted());
              });
    }

    void interrupt() {
      thread.interrupt();
    }

    Result result() throws InterruptedException {
      thread.join();
      if (failure.get() != null) {
        throw new AssertionError("the run failed", failure.get());
      }
      return result.get();
    }

    /// Whether an interrupt was left for whatever the thread does next.
    boolean leftInterrupted() throws InterruptedException {
      thread.join();
      return stray.get();
    }

    Throwable failure() throws InterruptedException {
      thread.join();
      return failure.get();
    }
  }

  /// Opens once.
  static final class Gate {
    private final CountDownLatch latch = new CountDownLatch(1);

    void open() {
      latch.countDown();
    }

    void pass() throws InterruptedException {
      if (!latch.await(5, TimeUnit.MINUTES)) {
        throw new AssertionError("the gate didn't open within 5 minutes");
      }
    }
  }
}
