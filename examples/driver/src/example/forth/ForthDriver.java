package example.forth;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Expectation;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Found;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sample;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Trait;

/// Runs programs of the form `forth`, whose code is their text. They can reach nothing but their
/// streams, so it gives isolation `sandbox`.
final class ForthDriver implements SandboxDriver {

  private static final String FORM = "forth";
  private static final int LONGEST = 1 << 20;
  private static final long MEMORY = 256L << 20;
  private static final Duration OFFERED_FOR = Duration.ofMinutes(1);
  private static final Expectation EXPECTED =
      new Expectation(Duration.ofMillis(1), Duration.ofMillis(1), 0, 0);

  private final Host host;
  private final int most;
  private final ScheduledThreadPoolExecutor timer;

  // Guarded by this.
  private final Map<SandboxId, ForthSandbox> sandboxes = new LinkedHashMap<>();
  private final Set<SandboxId> coming = new HashSet<>();

  ForthDriver(Host host, int most) {
    this.host = host;
    this.most = most;
    this.timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("forth-limits").factory());
    timer.setRemoveOnCancelPolicy(true);
  }

  @Override
  public Target target() {
    return ForthDriverFactory.LOCAL;
  }

  @Override
  public Set<Trait> traits() {
    return Set.of(Trait.LIMITS_MEMORY);
  }

  @Override
  public Set<String> forms() {
    return Set.of(FORM);
  }

  @Override
  public Fitness probe() {
    return new Fitness(
        Fitness.Status.HEALTHY, "a small Forth", new Fitness.Capacity(most, MEMORY * most), Map.of());
  }

  @Override
  public Quote offers(SandboxSpec spec) {
    String reason = refusal(spec);
    return reason != null
        ? new Quote.Declined(reason)
        : new Quote.Offered(
            List.of(
                new Offer(
                    true,
                    Isolation.SANDBOX,
                    EXPECTED,
                    host.clock().instant().plus(OFFERED_FOR))));
  }

  /// Why a spec is never honoured here; null if it is.
  private static String refusal(SandboxSpec spec) {
    if (!spec.form().kind().equals(FORM)) {
      return "runs no form " + spec.form().kind();
    }
    if (!spec.form().attributes().isEmpty()) {
      return "has no attribute " + spec.form().attributes().keySet().iterator().next();
    }
    if (spec.isolation().compareTo(Isolation.SANDBOX) > 0) {
      return "is no isolation by a kernel of its own";
    }
    return spec.slots().isEmpty()
        ? null
        : "can't fill slot " + spec.slots().keySet().iterator().next();
  }

  @Override
  public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer) throws InterruptedException {
    String reason = refusal(spec);
    if (reason != null) {
      throw new DriverException(Kind.UNSUPPORTED, "creating " + id + ": it " + reason);
    }
    claim(id);
    ForthSandbox made = null;
    try {
      Code code = read(id, spec.form().code());
      made =
          new ForthSandbox(id, code, spec.limits(), host.clock(), timer, () -> forget(id));
      return made;
    } finally {
      settle(id, made);
    }
  }

  private synchronized void claim(SandboxId id) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("creating " + id);
    }
    if (sandboxes.containsKey(id) || coming.contains(id)) {
      throw new DriverException(Kind.CONFLICT, "creating " + id + ": it exists");
    }
    if (sandboxes.size() + coming.size() >= most) {
      throw new DriverException(Kind.EXHAUSTED, "creating " + id + ": there are " + most);
    }
    coming.add(id);
  }

  private synchronized void settle(SandboxId id, ForthSandbox made) {
    coming.remove(id);
    if (made != null) {
      sandboxes.put(id, made);
    }
  }

  private synchronized void forget(SandboxId id) {
    sandboxes.remove(id);
  }

  private Code read(SandboxId id, Cid cid) throws InterruptedException {
    byte[] bytes;
    try (InputStream in = host.content().open(cid)) {
      bytes = in.readNBytes(LONGEST + 1); // to its end: only then it is known to be right
    } catch (InterruptedIOException e) {
      Thread.interrupted(); // the exception says it from here on
      throw new InterruptedException("creating " + id);
    } catch (IOException e) {
      throw new DriverException(Kind.BROKEN, "creating " + id + ": reading " + cid, e);
    }
    if (bytes.length > LONGEST) {
      throw new DriverException(Kind.UNSUPPORTED, cid + " is longer than " + LONGEST + " bytes");
    }
    try {
      return Code.of(new String(bytes, StandardCharsets.UTF_8));
    } catch (Code.NoProgramException e) {
      throw new DriverException(Kind.UNSUPPORTED, cid + ": " + e.getMessage(), e);
    }
  }

  @Override
  public List<Found> list() {
    return all().stream().map(sandbox -> new Found(sandbox.id(), sandbox.state())).toList();
  }

  private synchronized List<ForthSandbox> all() {
    return List.copyOf(sandboxes.values());
  }

  /// None outlives its process.
  @Override
  public Optional<Sandbox> adopt(SandboxId id) {
    return Optional.empty();
  }

  @Override
  public Sample sample() {
    byte[] code = "1 2 + drop".getBytes(StandardCharsets.UTF_8);
    Form form = new Form(FORM, Cid.of(code));
    return new Sample(
        code,
        new SandboxSpec(form, Limits.DEFAULT, Isolation.SANDBOX, true, Map.of()),
        Invocation.of());
  }

  @Override
  public <P extends Power> Optional<P> power(Class<P> type) {
    return Optional.empty();
  }

  @Override
  public void close() {
    all().forEach(Sandbox::close);
    timer.shutdownNow();
  }
}
