package org.promisegrid.driver.memory;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Expectation;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.SandboxEvent;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Trait;

/// What memory drivers are opened on: it holds programs and sandboxes, and outlives its drivers as
/// an engine does. A test makes one, registers programs, and lets it fail in the ways that engines
/// do. Its programs run within this process: it has no users, networks or terminals of its own.
///
/// Code of the form `memory` is a program's name, as UTF-8.
public final class MemoryTarget {

  /// The kind of form it runs.
  public static final String FORM = "memory";

  /// The program that does nothing, which is there from the beginning.
  static final String NOTHING = "nothing";

  private static final Set<Trait> EVERY_TRAIT =
      Set.of(
          Trait.OUTLIVES_AGENT,
          Trait.KEEPS_OUTPUT,
          Trait.ENFORCES_PURITY,
          Trait.LIMITS_MEMORY,
          Trait.PORT,
          Trait.PREPARE,
          Trait.STATS,
          Trait.SECRET_SLOTS,
          Trait.SERVICES);

  private static final int LONGEST_NAME = 256;

  // As many platform threads as a small machine bears; memory is only ever counted here.
  private static final Fitness FIT =
      new Fitness(
          Fitness.Status.HEALTHY,
          "within this process",
          new Fitness.Capacity(256, 1L << 40),
          Map.of());

  private record Key(NodeId node, SandboxId id) {}

  private final String name;
  private final Set<Trait> traits;
  private final Map<String, Program> programs = new ConcurrentHashMap<>();
  private final Map<Cid, Program> loaded = new ConcurrentHashMap<>();
  private final ReentrantLock loading = new ReentrantLock();
  private final Map<Key, MemorySandbox> sandboxes = new LinkedHashMap<>();
  private final Shelf shelf = new Shelf();
  private final List<Host> open = new CopyOnWriteArrayList<>();
  private Fitness fitness = FIT;
  private Isolation isolation = Isolation.SANDBOX;
  private Expectation cold = new Expectation(Duration.ofMillis(1), Duration.ofMillis(1), 0, 0);
  private Expectation warm = new Expectation(Duration.ofNanos(50_000), Duration.ofMillis(1), 0, 0);
  private DriverException.Kind refusal = DriverException.Kind.UNAVAILABLE;
  private int refusals;

  /// A target with every trait that can be honoured here, but [Trait#KEEPS_OUTPUT]: what it runs is
  /// lost with the agent that runs it; and [Trait#SERVICES].
  public MemoryTarget(String name) {
    this(name, without(Trait.KEEPS_OUTPUT, Trait.SERVICES));
  }

  /// A target with every trait that can be honoured here, but [Trait#SERVICES].
  public static MemoryTarget keeping(String name) {
    return new MemoryTarget(name, without(Trait.SERVICES));
  }

  /// A target with every trait that can be honoured here.
  public static MemoryTarget serving(String name) {
    return new MemoryTarget(name, EVERY_TRAIT);
  }

  private static Set<Trait> without(Trait... some) {
    return EVERY_TRAIT.stream()
        .filter(it -> !List.of(some).contains(it))
        .collect(Collectors.toUnmodifiableSet());
  }

  /// A target with these traits only, which then lacks what the others stand for.
  ///
  /// @throws IllegalArgumentException if one of them can't be honoured here
  public MemoryTarget(String name, Set<Trait> traits) {
    if (!EVERY_TRAIT.containsAll(traits)) {
      throw new IllegalArgumentException("of " + traits + " only " + EVERY_TRAIT + " can be");
    }
    this.name = name;
    this.traits = Set.copyOf(traits);
    programs.put(NOTHING, _ -> 0);
  }

  // What a test does to it.

  /// Makes `program` runnable; the form that names it. Its code, to be put where the agent finds
  /// it, is [#code].
  public Form register(String program, Program body) {
    Form form = new Form(FORM, Cid.of(code(program)));
    programs.put(program, body);
    loaded.remove(form.code());
    return form;
  }

  /// The code of a form that names `program`.
  public static byte[] code(String program) {
    return program.getBytes(StandardCharsets.UTF_8);
  }

  /// What probes tell from now on: health, capacity, labels. Every open driver tells its host so.
  /// Unless it is healthy, nothing can be created.
  public void become(Fitness fitness) {
    synchronized (this) {
      this.fitness = fitness;
    }
    var event = new SandboxEvent(SandboxEvent.Kind.FITNESS_CHANGED, name + ": " + fitness.reason());
    open.forEach(host -> host.tell(event));
    shelf.all().forEach(MemoryService::wake);
  }

  /// Waits until so many services have ended.
  public void awaitEnded(int services) throws InterruptedException {
    shelf.awaitEnded(services);
  }

  /// Lets the next `times` starts of services fail.
  public void refuseStarts(DriverException.Kind kind, int times) {
    shelf.refuseStarts(kind, times);
  }

  /// The isolation that it offers from now on: [Isolation#SANDBOX] at first.
  public synchronized void isolate(Isolation isolation) {
    this.isolation = isolation;
  }

  /// What its offers expect from now on.
  public synchronized void expect(Expectation cold, Expectation warm) {
    this.cold = cold;
    this.warm = warm;
  }

  /// Lets the next `times` creates fail.
  public synchronized void refuse(DriverException.Kind kind, int times) {
    this.refusal = kind;
    this.refusals = times;
  }

  /// Loses contact with whatever runs: it ends with [Outcome.Lost].
  public void loseContact() {
    held().stream()
        .filter(sandbox -> sandbox.state() instanceof State.Running)
        .forEach(sandbox -> sandbox.end(new Outcome.Lost("contact with " + name + " was lost")));
  }

  // What a driver does with it.

  String name() {
    return name;
  }

  Set<Trait> traits() {
    return traits;
  }

  /// Its services.
  Shelf shelf() {
    return shelf;
  }

  /// A program, by its name.
  Optional<Program> program(String program) {
    return Optional.ofNullable(programs.get(program));
  }

  synchronized Fitness fitness() {
    return fitness;
  }

  synchronized Isolation isolation() {
    return isolation;
  }

  synchronized Expectation expected(boolean warm) {
    return warm ? this.warm : cold;
  }

  void opened(Host host) {
    open.add(host);
  }

  void closed(Host host) {
    open.remove(host);
  }

  /// Whether the program that `form` names is at hand without reading anything.
  boolean isLoaded(Form form) {
    return loaded.containsKey(form.code());
  }

  /// The program that `form` names; read once, however many ask for it.
  Program load(Form form, ContentSource content) throws InterruptedException {
    loading.lockInterruptibly();
    try {
      Program known = loaded.get(form.code());
      if (known != null) {
        return known;
      }
      Program program = programs.get(read(form.code(), content));
      if (program == null) {
        throw new DriverException(
            DriverException.Kind.UNSUPPORTED, form.code() + " names no program of " + name);
      }
      loaded.put(form.code(), program);
      return program;
    } finally {
      loading.unlock();
    }
  }

  /// Adds what `make` makes, if there is no such id and there is room.
  synchronized MemorySandbox add(
      NodeId node, SandboxId id, Limits limits, Function<Runnable, MemorySandbox> make) {
    Key key = new Key(node, id);
    if (sandboxes.containsKey(key)) {
      throw new DriverException(DriverException.Kind.CONFLICT, "create " + id + ": it exists");
    }
    checkFit(id);
    checkRoom(id, limits);
    MemorySandbox sandbox = make.apply(() -> remove(key));
    sandboxes.put(key, sandbox);
    return sandbox;
  }

  synchronized Optional<MemorySandbox> find(NodeId node, SandboxId id) {
    return Optional.ofNullable(sandboxes.get(new Key(node, id)));
  }

  synchronized List<MemorySandbox> of(NodeId node) {
    return sandboxes.entrySet().stream()
        .filter(entry -> entry.getKey().node().equals(node))
        .map(Map.Entry::getValue)
        .toList();
  }

  private synchronized void remove(Key key) {
    sandboxes.remove(key);
  }

  private synchronized List<MemorySandbox> held() {
    return List.copyOf(sandboxes.values());
  }

  private void checkFit(SandboxId id) {
    if (fitness.status() != Fitness.Status.HEALTHY) {
      throw new DriverException(
          DriverException.Kind.UNAVAILABLE,
          "create " + id + " on " + name + ": " + fitness.reason());
    }
    if (refusals > 0) {
      refusals--;
      throw new DriverException(refusal, "create " + id + " on " + name + ": refused");
    }
  }

  private void checkRoom(SandboxId id, Limits limits) {
    List<MemorySandbox> live =
        sandboxes.values().stream()
            .filter(sandbox -> !(sandbox.state() instanceof State.Ended))
            .toList();
    long room = fitness.capacity().memory();
    for (MemorySandbox sandbox : live) {
      room -= Math.min(room, sandbox.limits().memory());
    }
    if (live.size() >= fitness.capacity().sandboxes() || limits.memory() > room) {
      throw new DriverException(
          DriverException.Kind.EXHAUSTED, "create " + id + " on " + name + ": it is full");
    }
  }

  private static String read(Cid code, ContentSource content) throws InterruptedException {
    try (InputStream in = content.open(code)) {
      byte[] bytes = in.readNBytes(LONGEST_NAME + 1); // one more: a shorter one is read to its end
      if (bytes.length > LONGEST_NAME) {
        throw new DriverException(
            DriverException.Kind.UNSUPPORTED, code + " is too long to be a program's name");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (InterruptedIOException _) {
      Thread.interrupted(); // the exception says it from here on
      throw new InterruptedException("read " + code);
    } catch (IOException e) {
      throw new DriverException(DriverException.Kind.BROKEN, "read " + code, e);
    }
  }
}
