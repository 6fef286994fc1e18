package org.promisegrid.driver.memory;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.ExecSpec;
import org.promisegrid.sandbox.service.Execution;
import org.promisegrid.sandbox.service.FoundService;
import org.promisegrid.sandbox.service.FoundVolume;
import org.promisegrid.sandbox.service.LogRange;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServiceLog;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.ServiceState;
import org.promisegrid.sandbox.service.ServiceStats;
import org.promisegrid.sandbox.service.Services;

/// A driver's services on a [MemoryTarget]. An `image` is a program's name, too: what is wanted of
/// services names nothing else. Folders of the host and devices it has none.
final class MemoryServices implements Services, AutoCloseable {

  private static final Duration OFFERED_FOR = Duration.ofMinutes(1);

  private final MemoryTarget target;
  private final Host host;
  private volatile boolean closed;

  MemoryServices(MemoryTarget target, Host host) {
    this.target = target;
    this.host = host;
  }

  @Override
  public Quote offers(ServiceSpec spec) {
    return declined(spec)
        .<Quote>map(Quote.Declined::new)
        .orElseGet(() ->
            new Quote.Offered(
                List.of(
                    new Offer(
                        true,
                        target.isolation(),
                        target.expected(true),
                        host.clock().instant().plus(OFFERED_FOR)))));
  }

  private Optional<String> declined(ServiceSpec spec) {
    if (!spec.form().kind().equals(MemoryTarget.FORM) && !spec.form().kind().equals("image")) {
      return Optional.of("runs no form " + spec.form().kind());
    }
    if (spec.isolation().compareTo(target.isolation()) > 0) {
      return Optional.of("isolates by " + target.isolation() + ", not by " + spec.isolation());
    }
    if (!spec.devices().isEmpty()) {
      return Optional.of("has no device " + spec.devices().getFirst());
    }
    return spec.mounts().stream()
        .filter(Mounted.Bind.class::isInstance)
        .map(it -> "has no folder of a host: " + ((Mounted.Bind) it).source())
        .findFirst();
  }

  @Override
  public Service create(SandboxId id, ServiceSpec spec, Offer offer) throws InterruptedException {
    Optional<String> declined = declined(spec);
    if (declined.isPresent()) {
      throw new DriverException(Kind.UNSUPPORTED, "create " + id + ": " + declined.get());
    }
    requireHere("create " + id);
    refuseExternal(id, spec);
    requireFiles(id, spec);
    Program program = target.load(new Form(MemoryTarget.FORM, spec.form().code()), host.content());
    return new Held(target.shelf().add(host.node(), id, spec, program, host.clock()));
  }

  private void requireHere(String doing) {
    Optional<String> away = away();
    if (away.isPresent()) {
      throw new DriverException(Kind.UNAVAILABLE, doing + ": " + away.get());
    }
  }

  private Optional<String> away() {
    if (closed) {
      return Optional.of("its driver is closed");
    }
    Fitness fitness = target.fitness();
    return fitness.status() == Fitness.Status.HEALTHY
        ? Optional.empty()
        : Optional.of(fitness.reason());
  }

  /// There are none but what services of this node bring with them.
  private static void refuseExternal(SandboxId id, ServiceSpec spec) {
    Stream.concat(
            spec.mounts().stream()
                .filter(it -> it instanceof Mounted.Volume volume && volume.external())
                .map(it -> "volume " + ((Mounted.Volume) it).name()),
            spec.networks().stream()
                .filter(ServiceSpec.Network::external)
                .map(it -> "network " + it.name()))
        .findFirst()
        .ifPresent(it -> {
          throw new DriverException(Kind.UNSUPPORTED, "create " + id + ": there is no " + it);
        });
  }

  /// What it is given has to be there by the time it is made, though each start reads it again.
  private void requireFiles(SandboxId id, ServiceSpec spec) throws InterruptedException {
    for (Mounted mounted : spec.mounts()) {
      if (mounted instanceof Mounted.File(Cid content, _, _)) {
        read("create " + id, content);
      }
    }
  }

  private byte[] read(String doing, Cid content) throws InterruptedException {
    try (InputStream in = host.content().open(content)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw failed(doing, e);
    }
  }

  /// What a read that failed is told by.
  private static DriverException failed(String doing, IOException e) throws InterruptedException {
    if (e instanceof InterruptedIOException) {
      Thread.interrupted(); // the exception says it from here on
      throw new InterruptedException(doing);
    }
    return new DriverException(Kind.BROKEN, doing + ": " + e.getMessage(), e);
  }

  @Override
  public List<FoundService> services() {
    requireHere("services of " + target.name());
    return target.shelf().of(host.node()).stream()
        .map(it ->
            new FoundService(
                it.id(), it.spec().place(), it.spec().generation(), it.spec().source(), it.state()))
        .toList();
  }

  @Override
  public Optional<Service> adopt(SandboxId id) {
    requireHere("adopt " + id);
    return target.shelf().find(host.node(), id).map(Held::new);
  }

  @Override
  public List<FoundVolume> volumes() {
    requireHere("volumes of " + target.name());
    return target.shelf().volumes(host.node());
  }

  @Override
  public void remove(FoundVolume volume) {
    requireHere("remove " + volume);
    target.shelf().remove(host.node(), volume);
  }

  @Override
  public int tidy() {
    requireHere("tidy " + target.name());
    return 0; // a service is there whole, or not at all
  }

  @Override
  public void leave(String stack) {
    requireHere("leave " + stack); // there are no networks
  }

  /// The agent lets go of them: they go on, and whoever waits for one is told so.
  @Override
  public void close() {
    closed = true;
    target.shelf().all().forEach(MemoryService::wake);
  }

  /// One of them, in a driver's hands.
  private final class Held implements Service {
    private final MemoryService service;

    Held(MemoryService service) {
      this.service = service;
    }

    @Override
    public SandboxId id() {
      return service.id();
    }

    @Override
    public ServiceState state() {
      requireHere("state of " + id());
      return service.state();
    }

    @Override
    public void start() throws InterruptedException {
      requireHere("start " + id());
      target.shelf().refuseStart(id());
      service.start(files());
    }

    private Map<String, byte[]> files() throws InterruptedException {
      Map<String, byte[]> files = new TreeMap<>();
      for (Mounted mounted : service.spec().mounts()) {
        switch (mounted) {
          case Mounted.File(Cid content, String path, _) ->
              files.put(path, read("start " + id(), content));
          case Mounted.Secret(String name, String path) -> files.put(path, secret(name));
          case Mounted.Volume _, Mounted.Bind _, Mounted.Memory _ -> {} // nothing to read there
        }
      }
      return files;
    }

    private byte[] secret(String name) throws InterruptedException {
      try {
        return host.secrets().read(name);
      } catch (IOException e) {
        throw failed("start " + id(), e);
      }
    }

    @Override
    public ServiceExit await() throws InterruptedException {
      return service.await(MemoryServices.this::away);
    }

    @Override
    public void stop() throws InterruptedException {
      requireHere("stop " + id());
      service.stop();
    }

    @Override
    public void signal(String signal) {
      requireHere("signal " + id());
      if (signal.equals("SIGKILL")) {
        service.kill(false);
      } else {
        service.signal(Signals.of(signal));
      }
    }

    @Override
    public ServiceLog logs(LogRange range) {
      requireHere("logs of " + id());
      return service.output().read(range);
    }

    @Override
    public Execution exec(ExecSpec spec) throws InterruptedException {
      requireHere("exec in " + id());
      if (spec.terminal().isPresent()) {
        throw new DriverException(Kind.UNSUPPORTED, "exec in " + id() + ": has no terminals");
      }
      Program program =
          target
              .program(spec.words().getFirst())
              .orElseThrow(() ->
                  new DriverException(
                      Kind.UNSUPPORTED, "exec in " + id() + ": no program " + spec.words()));
      return service.exec(program, spec.words(), spec.environment(), files());
    }

    @Override
    public ServiceStats stats() {
      requireHere("stats of " + id());
      return service.stats();
    }

    @Override
    public void remove() {
      requireHere("remove " + id());
      target.shelf().remove(host.node(), id());
    }
  }
}
