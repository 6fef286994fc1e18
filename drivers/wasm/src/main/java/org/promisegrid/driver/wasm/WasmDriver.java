package org.promisegrid.driver.wasm;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.wasm.engine.CompiledModule;
import org.promisegrid.driver.wasm.engine.ModuleCompiler;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Expectation;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Found;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Prepare;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sample;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxEvent;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Trait;

/// Runs WebAssembly modules inside this process, compiled to JVM code.
///
/// A sandbox is an instance: nothing of it outlives the driver, and nothing of it is outside of the
/// process but compiled code in the driver's scratch directory, which belongs to no sandbox.
final class WasmDriver implements SandboxDriver, Prepare {

  static final String FORM = "wasm";

  /// Each started one holds a thread, even while it waits for its turn.
  private static final int MOST_SANDBOXES = 1000;

  private static final Duration OFFER_HOLDS = Duration.ofMinutes(1);

  // Priors, measured on two cores of a small virtual machine.
  private static final Expectation WARM =
      new Expectation(Duration.ofMillis(1), Duration.ofMillis(5), 1 << 20, 0);
  private static final Expectation COLD =
      new Expectation(Duration.ofMillis(300), Duration.ofMillis(10), 8 << 20, 0);

  private final Host host;
  private final Settings settings;
  private final Workshop workshop;
  private final ModuleShelf modules;

  // Guarded by this.
  private final Map<SandboxId, WasmSandbox> sandboxes = new LinkedHashMap<>();
  private final Set<SandboxId> coming = new HashSet<>();
  private boolean closed;

  WasmDriver(Settings settings, Host host) {
    this.host = host;
    this.settings = settings;
    this.workshop = Workshop.of(settings, host.clock());
    this.modules =
        new ModuleShelf(
            host.content(),
            new CodeCache(
                host.scratch().resolve("code"), ModuleCompiler.version(), settings.cache()),
            settings.modules(),
            Math.max(1, settings.threads() / 2));
  }

  @Override
  public Target target() {
    return WasmDriverFactory.LOCAL;
  }

  @Override
  public Set<Trait> traits() {
    return Set.of(
        Trait.ENFORCES_PURITY,
        Trait.LIMITS_MEMORY,
        Trait.PORT,
        Trait.PREPARE,
        Trait.STATS,
        Trait.SECRET_SLOTS);
  }

  @Override
  public Set<String> forms() {
    return Set.of(FORM);
  }

  @Override
  public Fitness probe() {
    return new Fitness(
        Fitness.Status.HEALTHY,
        ModuleCompiler.version(),
        new Fitness.Capacity(settings.threads(), settings.memory()),
        Map.of("arch", "wasm32"));
  }

  @Override
  public Quote offers(SandboxSpec spec) {
    String reason = refusal(spec);
    if (reason != null) {
      return new Quote.Declined(reason);
    }
    boolean warm = modules.isReady(spec.form().code());
    return new Quote.Offered(
        List.of(
            new Offer(
                warm,
                Isolation.SANDBOX,
                warm ? WARM : COLD,
                host.clock().instant().plus(OFFER_HOLDS))));
  }

  /// Why `spec` is never honoured here; null if it may be.
  private @Nullable String refusal(SandboxSpec spec) {
    Form form = spec.form();
    if (!form.kind().equals(FORM)) {
      return "a form " + form.kind() + ", not " + FORM;
    }
    if (!form.attributes().isEmpty()) {
      return "a wasm form has no attribute " + form.attributes().keySet().iterator().next();
    }
    if (spec.isolation().compareTo(Isolation.SANDBOX) > 0) {
      return "isolation by a kernel of its own isn't given by an engine within a process";
    }
    for (Map.Entry<String, Filling> slot : spec.slots().entrySet()) {
      if (!(slot.getValue() instanceof Filling.Secret)) {
        return "slot " + slot.getKey() + " can't be filled in WebAssembly";
      }
      if (spec.pure()) {
        return "a pure function has no slots, and this one has " + slot.getKey();
      }
    }
    return modules.refusal(form.code()).orElse(null);
  }

  @Override
  public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer) throws InterruptedException {
    String reason = refusal(spec);
    if (reason != null) {
      throw new DriverException(Kind.UNSUPPORTED, "creating sandbox " + id + ": " + reason);
    }
    claim(id);
    WasmSandbox sandbox = null;
    try {
      CompiledModule module = modules.take(spec.form().code());
      check(id, spec, module);
      sandbox = new WasmSandbox(id, spec, module, files(id, spec), workshop, () -> forget(id));
      return sandbox;
    } finally {
      settle(id, sandbox);
    }
  }

  /// The secrets that fill its slots, by path.
  private Map<String, byte[]> files(SandboxId id, SandboxSpec spec) throws InterruptedException {
    Map<String, byte[]> files = new HashMap<>();
    for (Filling filling : spec.slots().values()) {
      if (filling instanceof Filling.Secret(String name, String path)) {
        try {
          files.put(path, host.secrets().read(name));
        } catch (InterruptedIOException _) {
          Thread.interrupted(); // the exception says it from here on
          throw new InterruptedException("creating sandbox " + id);
        } catch (IOException e) {
          throw new DriverException(
              Kind.BROKEN, "creating sandbox " + id + ": " + e.getMessage(), e);
        }
      }
    }
    return files;
  }

  private void check(SandboxId id, SandboxSpec spec, CompiledModule module) {
    if (!spec.slots().isEmpty() && !module.hasFiles()) {
      throw new DriverException(
          Kind.UNSUPPORTED,
          "creating sandbox " + id + ": a reactor opens no files, so its slots can't be filled");
    }
    if (spec.pure() && module.usesPort()) {
      throw new DriverException(
          Kind.UNSUPPORTED,
          "creating sandbox " + id + ": a pure function has no port, and this one imports it");
    }
    long minimum = module.outline().memory().map(need -> need.bytes()).orElse(0L);
    if (minimum <= spec.limits().memory() && !workshop.memory().has(minimum)) {
      throw new DriverException(
          Kind.EXHAUSTED,
          "creating sandbox "
              + id
              + ": of the "
              + workshop.memory().size()
              + " bytes set aside for WebAssembly "
              + minimum
              + " aren't free");
    }
  }

  private synchronized void claim(SandboxId id) {
    if (closed) {
      throw new DriverException(Kind.UNAVAILABLE, "creating sandbox " + id + ": driver closed");
    }
    if (sandboxes.containsKey(id) || !coming.add(id)) {
      throw new DriverException(Kind.CONFLICT, "creating sandbox " + id + ", which exists");
    }
    if (sandboxes.size() + coming.size() > MOST_SANDBOXES) {
      coming.remove(id);
      throw new DriverException(
          Kind.EXHAUSTED, "creating sandbox " + id + ": there are " + MOST_SANDBOXES);
    }
  }

  private synchronized void settle(SandboxId id, @Nullable WasmSandbox sandbox) {
    coming.remove(id);
    if (sandbox != null) {
      sandboxes.put(id, sandbox);
    }
  }

  private synchronized void forget(SandboxId id) {
    sandboxes.remove(id);
  }

  @Override
  public List<Found> list() {
    List<WasmSandbox> all;
    synchronized (this) {
      all = List.copyOf(sandboxes.values());
    }
    return all.stream()
        .map(sandbox -> new Found(sandbox.id(), sandbox.state()))
        .sorted(Comparator.comparing(found -> found.id().text()))
        .toList();
  }

  /// None outlives its process.
  @Override
  public Optional<Sandbox> adopt(SandboxId id) {
    return Optional.empty();
  }

  @Override
  public Sample sample() {
    return SampleModule.sample();
  }

  @Override
  public <P extends Power> Optional<P> power(Class<P> type) {
    return type == Prepare.class ? Optional.of(type.cast(this)) : Optional.empty();
  }

  @Override
  public void prepare(Form form) throws InterruptedException {
    if (!form.kind().equals(FORM)) {
      throw new DriverException(
          Kind.UNSUPPORTED, "preparing a form " + form.kind() + ", not " + FORM);
    }
    modules.take(form.code());
    host.tell(new SandboxEvent(SandboxEvent.Kind.PREPARED, "module " + form.code()));
  }

  @Override
  public void close() {
    List<WasmSandbox> all;
    synchronized (this) {
      closed = true;
      all = new ArrayList<>(sandboxes.values());
    }
    all.forEach(WasmSandbox::close);
    modules.close();
    workshop.close();
  }
}
