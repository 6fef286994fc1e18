package org.promisegrid.driver.memory;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Found;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
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
import org.promisegrid.sandbox.service.Services;

/// Runs Java functions in this process, on a [MemoryTarget].
public final class MemoryDriver implements SandboxDriver {

  private static final Duration OFFERED_FOR = Duration.ofMinutes(1);

  private final MemoryTarget target;
  private final Host host;
  private final MemoryServices services;

  public MemoryDriver(MemoryTarget target, Host host) {
    this.target = target;
    this.host = host;
    this.services = new MemoryServices(target, host);
    target.opened(host);
  }

  @Override
  public Target target() {
    return new Target(MemoryDriverFactory.NAME, target.name());
  }

  @Override
  public Set<Trait> traits() {
    return target.traits();
  }

  @Override
  public Set<String> forms() {
    return Set.of(MemoryTarget.FORM);
  }

  @Override
  public Fitness probe() {
    return target.fitness();
  }

  @Override
  public Quote offers(SandboxSpec spec) {
    Optional<String> reason = reasonToDecline(spec);
    if (reason.isPresent()) {
      return new Quote.Declined(reason.get());
    }
    boolean warm = target.isLoaded(spec.form());
    Instant until = host.clock().instant().plus(OFFERED_FOR);
    return new Quote.Offered(
        List.of(new Offer(warm, target.isolation(), target.expected(warm), until)));
  }

  @Override
  public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer) throws InterruptedException {
    Optional<String> reason = reasonToDecline(spec);
    if (reason.isPresent()) {
      throw new DriverException(
          DriverException.Kind.UNSUPPORTED, "create " + id + ": " + reason.get());
    }
    Program program = target.load(spec.form(), host.content());
    Map<String, byte[]> files = files(id, spec);
    return target.add(
        host.node(),
        id,
        spec.limits(),
        gone -> new MemorySandbox(id, spec, program, files, traits(), host.clock(), gone));
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
          throw new InterruptedException("create " + id);
        } catch (IOException e) {
          throw new DriverException(
              DriverException.Kind.BROKEN, "create " + id + ": " + e.getMessage(), e);
        }
      }
    }
    return files;
  }

  @Override
  public List<Found> list() {
    return target.of(host.node()).stream()
        .map(sandbox -> new Found(sandbox.id(), sandbox.state()))
        .toList();
  }

  @Override
  public Optional<Sandbox> adopt(SandboxId id) {
    Optional<MemorySandbox> found = target.find(host.node(), id);
    found.ifPresent(MemorySandbox::adopted);
    return found.map(sandbox -> sandbox);
  }

  @Override
  public Sample sample() {
    byte[] code = MemoryTarget.code(MemoryTarget.NOTHING);
    Form form = new Form(MemoryTarget.FORM, Cid.of(code));
    return new Sample(
        code,
        new SandboxSpec(form, Limits.DEFAULT, Isolation.ANY, true, Map.of()),
        Invocation.of());
  }

  @Override
  public <P extends Power> Optional<P> power(Class<P> type) {
    if (type == Services.class && traits().contains(Trait.SERVICES)) {
      return Optional.of(type.cast(services));
    }
    Prepare prepare = this::prepare;
    return type == Prepare.class && traits().contains(Trait.PREPARE)
        ? Optional.of(type.cast(prepare))
        : Optional.empty();
  }

  @Override
  public void close() {
    target.closed(host);
    services.close();
    if (!traits().contains(Trait.OUTLIVES_AGENT)) {
      target.of(host.node()).forEach(Sandbox::close);
    }
  }

  private void prepare(Form form) throws InterruptedException {
    target.load(form, host.content());
    host.tell(new SandboxEvent(SandboxEvent.Kind.PREPARED, target() + ": " + form.code()));
  }

  private Optional<String> reasonToDecline(SandboxSpec spec) {
    if (!spec.form().kind().equals(MemoryTarget.FORM)) {
      return Optional.of("runs no form " + spec.form().kind());
    }
    if (spec.isolation().compareTo(target.isolation()) > 0) {
      return Optional.of("isolates by " + target.isolation() + ", not by " + spec.isolation());
    }
    return spec.slots().entrySet().stream()
        .filter(slot ->
            !(slot.getValue() instanceof Filling.Secret) || !traits().contains(Trait.SECRET_SLOTS))
        .map(Map.Entry::getKey)
        .sorted()
        .findFirst()
        .map(slot -> "can't fill slot " + slot);
  }
}
