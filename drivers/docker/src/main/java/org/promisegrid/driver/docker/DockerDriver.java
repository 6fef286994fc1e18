package org.promisegrid.driver.docker;

import com.github.dockerjava.api.model.Info;
import com.github.dockerjava.api.model.Version;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.image.BuiltImages;
import org.promisegrid.driver.docker.image.ImageShelf;
import org.promisegrid.driver.docker.image.ImageSweep;
import org.promisegrid.driver.docker.service.DockerServices;
import org.promisegrid.driver.docker.service.HostPaths;
import org.promisegrid.driver.docker.service.NamedDevices;
import org.promisegrid.driver.docker.service.ServiceNames;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Expectation;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Found;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.ImageBuilder;
import org.promisegrid.sandbox.Images;
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
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Trait;
import org.promisegrid.sandbox.service.Services;

/// Runs container images on one engine. A sandbox is a container, which lives on when the agent
/// doesn't; all that is to be known of it stands in its labels and its spool.
final class DockerDriver implements SandboxDriver, Prepare {

  static final String FORM = "image";

  private static final Duration OFFER_HOLDS = Duration.ofMinutes(1);

  /// Most calls wait more than they compute.
  private static final int SANDBOXES_FOR_A_PROCESSOR = 8;

  /// An agent that ends, or whose engine hangs, leaves the rest to the next one.
  private static final Duration LAST_REMOVALS = Duration.ofSeconds(20);

  // Priors, measured on two cores of a small virtual machine.
  private static final Expectation STARTED =
      new Expectation(Duration.ofMillis(20), Duration.ofMillis(5), 8 << 20, 0);
  private static final Expectation WARM =
      new Expectation(Duration.ofMillis(400), Duration.ofMillis(5), 8 << 20, 0);
  private static final Expectation COLD =
      new Expectation(Duration.ofMillis(1500), Duration.ofMillis(5), 8 << 20, 32 << 20);

  private final Target target;
  private final Access access;
  private final Engine engine;
  private final Naming naming;
  private final Workplace workplace;
  private final Maker maker;
  private final WarmPool pool;
  private final Adopter adopter;
  private final DockerServices services;
  private final ImageSweep sweep;
  private final BuiltImages builder;
  private final Cid measured = SampleImage.sample().spec().form().code();
  private final Map<SandboxId, DockerSandbox> charges = new ConcurrentHashMap<>();

  DockerDriver(Target target, Settings settings, Host host) {
    this.target = target;
    this.access =
        Access.of(target.address(), settings.certificates(), settings.ssh(), host.scratch());
    boolean here = target.address().startsWith("unix:");
    this.engine = new Engine(access.socket(), host.scratch().resolve("no-configuration"));
    this.naming = new Naming(host.node());
    Leftovers leftovers = new Leftovers(engine, naming);
    this.workplace =
        new Workplace(
            host,
            engine,
            naming,
            new ImageShelf(engine, host, naming.repository()),
            new ShimVolume(engine, naming),
            leftovers,
            new Disposal(leftovers::remove, Disposal.MOST, LAST_REMOVALS));
    this.maker = new Maker(workplace);
    this.pool = new WarmPool(workplace, maker, settings.warm());
    this.adopter = new Adopter(workplace);
    this.sweep = new ImageSweep(engine, workplace.images(), settings.images(), host::tell);
    this.builder = new BuiltImages(engine, workplace.images(), host);
    this.services =
        new DockerServices(
            host,
            engine,
            workplace.images(),
            new ServiceNames(host.node(), naming.prefix()),
            FORM,
            workplace.shim(),
            new HostPaths(
                settings.binds(), settings.devices(), own(host.scratch(), access.socket()), here),
            new NamedDevices(settings.kinds()),
            here);
  }

  /// What is the engine's or the agent's, which has its home around what it lends.
  private static List<Path> own(Path scratch, Path socket) {
    Path home = scratch.toAbsolutePath().normalize().getParent();
    return home == null ? List.of(scratch, socket) : List.of(home, socket);
  }

  @Override
  public Target target() {
    return target;
  }

  @Override
  public Set<Trait> traits() {
    return Set.of(
        Trait.OUTLIVES_AGENT,
        Trait.KEEPS_OUTPUT,
        Trait.LIMITS_MEMORY,
        Trait.SECRET_SLOTS,
        Trait.PREPARE,
        Trait.IMAGES,
        Trait.BUILDS_IMAGES,
        Trait.SERVICES,
        Trait.SERVICE_USERS,
        Trait.SERVICE_NETWORKS,
        Trait.SERVICE_TERMINALS,
        Trait.SERVICE_DEVICES);
  }

  @Override
  public Set<String> forms() {
    return Set.of(FORM);
  }

  @Override
  public Fitness probe() throws InterruptedException {
    Optional<String> closed = access.open();
    if (closed.isPresent()) {
      return Fitness.unfit(Fitness.Status.UNDETECTED, closed.get());
    }
    try {
      String doing = "probing the engine";
      Version version = engine.ask(doing, client -> client.versionCmd().exec());
      Info info = engine.ask(doing, client -> client.infoCmd().exec());
      services.learn(info);
      workplace.leftovers().removeAll();
      pool.collect();
      builder.tidy();
      return fitness(version, info);
    } catch (DriverException e) {
      return Fitness.unfit(
          Fitness.Status.UNHEALTHY,
          access.obstacle().orElseGet(() -> String.valueOf(e.getMessage())));
    }
  }

  private static Fitness fitness(Version version, Info info) {
    String os = String.valueOf(version.getOperatingSystem());
    if (!os.equals("linux")) {
      return Fitness.unfit(Fitness.Status.UNHEALTHY, "its containers are for " + os);
    }
    Map<String, String> labels = new HashMap<>();
    labels.put("os", os);
    labels.put("arch", String.valueOf(version.getArch()));
    Optional<String> podman = Engine.podman(version);
    labels.put(
        "engine", podman.map("podman "::concat).orElse(String.valueOf(version.getVersion())));
    labels.put("api", String.valueOf(version.getApiVersion()));
    Object cgroup = info.getRawValues().get("CgroupVersion");
    if (cgroup != null) {
      labels.put("cgroup", cgroup.toString());
    }
    List<String> security = info.getSecurityOptions();
    boolean rootless =
        security != null && security.stream().anyMatch(it -> it.contains("rootless"));
    labels.put("rootless", String.valueOf(rootless));
    Object runtimes = info.getRawValues().get("DefaultRuntime");
    if (runtimes != null) {
      labels.put("runtime", runtimes.toString());
    }
    Integer processors = info.getNCPU();
    Long memory = info.getMemTotal();
    return new Fitness(
        Fitness.Status.HEALTHY,
        "engine " + version.getVersion() + ", API " + version.getApiVersion(),
        new Fitness.Capacity(
            SANDBOXES_FOR_A_PROCESSOR * (processors == null ? 1 : Math.max(1, processors)),
            memory == null ? 0 : memory / 2),
        labels);
  }

  @Override
  public Quote offers(SandboxSpec spec) {
    String reason = refusal(spec);
    if (reason != null) {
      return new Quote.Declined(reason);
    }
    boolean warm = workplace.images().isReady(spec.form().code());
    boolean started =
        spec.slots().isEmpty() && pool.has(new WarmPool.Kind(spec.form().code(), spec.limits()));
    return new Quote.Offered(
        List.of(
            new Offer(
                warm || started,
                Isolation.SANDBOX,
                started ? STARTED : warm ? WARM : COLD,
                workplace.host().clock().instant().plus(OFFER_HOLDS))));
  }

  /// Why `spec` is never honoured here; null if it may be.
  private @Nullable String refusal(SandboxSpec spec) {
    Form form = spec.form();
    if (!form.kind().equals(FORM)) {
      return "a form " + form.kind() + ", not " + FORM;
    }
    if (!form.attributes().isEmpty()) {
      return "an image form has no attribute " + form.attributes().keySet().iterator().next();
    }
    if (spec.isolation().compareTo(Isolation.SANDBOX) > 0) {
      return "isolation by a kernel of its own isn't given by a container";
    }
    for (Map.Entry<String, Filling> slot : spec.slots().entrySet()) {
      if (!(slot.getValue() instanceof Filling.Secret(_, String path))) {
        return "slot " + slot.getKey() + " can't be filled in a container yet";
      }
      Optional<String> misplaced = SecretPlaces.refusal(path);
      if (misplaced.isPresent()) {
        return "slot " + slot.getKey() + ": " + misplaced.get();
      }
    }
    return workplace.images().refusal(form.code()).orElse(null);
  }

  @Override
  public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer) throws InterruptedException {
    String doing = "creating sandbox " + id;
    String reason = refusal(spec);
    if (reason != null) {
      throw new DriverException(Kind.UNSUPPORTED, doing + ": " + reason);
    }
    workplace.disposal().await(id); // its name is free only then
    Optional<DockerSandbox> warm = warm(id, spec);
    if (warm.isPresent()) {
      charges.put(id, warm.get());
      return warm.get();
    }
    Terms terms = Terms.of(spec);
    SecretBytes secrets = SecretBytes.read(id, terms, workplace.host().secrets());
    boolean made = false;
    try {
      Container container = maker.make(id, spec.form().code(), terms, doing);
      DockerSandbox sandbox = new DockerSandbox(container, workplace, secrets, this::forget);
      made = true;
      charges.put(id, sandbox);
      return sandbox;
    } catch (DriverException e) {
      if (e.kind() == Kind.EXHAUSTED) {
        pool.giveBack();
      }
      throw e;
    } finally {
      if (!made) {
        secrets.wipe();
      }
    }
  }

  /// What is warm for such a call; empty if there is nothing.
  private Optional<DockerSandbox> warm(SandboxId id, SandboxSpec spec) throws InterruptedException {
    if (!spec.slots().isEmpty()) {
      return Optional.empty();
    }
    WarmPool.Kind kind = new WarmPool.Kind(spec.form().code(), spec.limits());
    try {
      return pool.claim(kind, id).map(it -> new DockerSandbox(it, workplace, this::forget));
    } finally {
      // After the agent's own measuring no more of it come: nothing is kept ready for them.
      if (!kind.code().equals(measured)) {
        pool.came(kind);
      }
    }
  }

  private void forget(DockerSandbox sandbox) {
    charges.remove(sandbox.id(), sandbox);
    pool.served(sandbox.id());
  }

  @Override
  public List<Found> list() throws InterruptedException {
    List<Found> found = new ArrayList<>();
    Set<SandboxId> closed = new HashSet<>(workplace.disposal().ids());
    List<com.github.dockerjava.api.model.Container> there = containers();
    closed.addAll(workplace.disposal().ids());
    for (com.github.dockerjava.api.model.Container container : there) {
      Optional<SandboxId> id = naming.sandbox(container);
      if (id.isPresent() && !closed.contains(id.get())) {
        found.add(new Found(id.get(), state(id.get(), container)));
      }
    }
    found.sort(Comparator.comparing(each -> each.id().text()));
    return found;
  }

  private State state(SandboxId id, com.github.dockerjava.api.model.Container container)
      throws InterruptedException {
    DockerSandbox charge = charges.get(id);
    return charge != null
        ? charge.state()
        : adopter.state(container.getId(), String.valueOf(container.getState()));
  }

  /// This node's, whatever for.
  private List<com.github.dockerjava.api.model.Container> containers() throws InterruptedException {
    return engine
        .ask(
            "listing sandboxes",
            client ->
                client
                    .listContainersCmd()
                    .withShowAll(true)
                    .withLabelFilter(Map.of(Naming.NODE, naming.node().did()))
                    .exec())
        .stream()
        .filter(container -> !"removing".equals(container.getState()))
        .toList();
  }

  @Override
  public Optional<Sandbox> adopt(SandboxId id) throws InterruptedException {
    DockerSandbox charge = charges.get(id);
    if (charge != null) {
      return Optional.of(charge);
    }
    workplace.disposal().await(id);
    var found =
        containers().stream()
            .filter(each -> naming.sandbox(each).filter(id::equals).isPresent())
            .findFirst();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    var there = found.get();
    Container container =
        Container.labelled(
            id, naming.container(id), String.valueOf(there.getImageId()), there.getLabels());
    DockerSandbox adopted =
        adopter.adopt(
            container,
            adopter.state(container.name(), String.valueOf(there.getState())),
            this::forget);
    DockerSandbox other = charges.putIfAbsent(id, adopted);
    if (other != null) {
      adopted.leave();
      return Optional.of(other);
    }
    return Optional.of(adopted);
  }

  @Override
  public boolean isLeaving(SandboxId id) {
    return workplace.disposal().has(id);
  }

  @Override
  public void awaitLeft(SandboxId id) throws InterruptedException {
    workplace.disposal().await(id);
  }

  @Override
  public Sample sample() {
    return SampleImage.sample();
  }

  @Override
  public <P extends Power> Optional<P> power(Class<P> type) {
    if (type == Services.class) {
      return Optional.of(type.cast(services));
    }
    if (type == Images.class) {
      return Optional.of(type.cast(sweep));
    }
    if (type == ImageBuilder.class) {
      return Optional.of(type.cast(builder));
    }
    return type == Prepare.class ? Optional.of(type.cast(this)) : Optional.empty();
  }

  @Override
  public void prepare(Form form) throws InterruptedException {
    if (!form.kind().equals(FORM)) {
      throw new DriverException(
          Kind.UNSUPPORTED, "preparing a form " + form.kind() + ", not " + FORM);
    }
    try (ImageShelf.Use _ = workplace.images().use(form.code())) {
      workplace.images().take(form.code());
    }
    workplace.host().tell(new SandboxEvent(SandboxEvent.Kind.PREPARED, "image " + form.code()));
  }

  @Override
  public void close() {
    List.copyOf(charges.values()).forEach(DockerSandbox::leave);
    charges.clear();
    services.close();
    pool.close();
    workplace.disposal().close();
    engine.close();
    access.close();
  }
}
