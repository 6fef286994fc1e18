package org.promisegrid.driver.docker.service;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Info;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.RuntimeInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.image.ImageShelf;
import org.promisegrid.driver.docker.image.LoadedImage;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Expectation;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.FoundService;
import org.promisegrid.sandbox.service.FoundVolume;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.Services;

/// Services as containers on one engine, which keeps them whatever becomes of the agent. All that
/// is to be known of one stands in its container's labels.
///
/// A container has another name until it is complete: one that a process left half made is nobody's
/// and is removed by the next.
public final class DockerServices implements Services, AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(DockerServices.class.getName());

  private static final Duration OFFER_HOLDS = Duration.ofMinutes(1);

  // Priors, as for calls: measured on two cores of a small virtual machine.
  private static final Expectation WARM =
      new Expectation(Duration.ofMillis(500), Duration.ofMillis(5), 8 << 20, 0);
  private static final Expectation COLD =
      new Expectation(Duration.ofMillis(1600), Duration.ofMillis(5), 8 << 20, 32 << 20);

  private static final String NO_NETWORK = "none";

  private final boolean here;
  private final Host host;
  private final Engine engine;
  private final ImageShelf images;
  private final ServiceNames names;
  private final Ends ends;
  private final Refusals refusals;
  private final ServiceBlueprint blueprint;
  private final Podman podman;
  private final Networks networks;
  private final StackVolumes volumes;
  private final GivenFiles given;
  private final HostPaths paths;
  private final NamedDevices devices;
  private final Waiting waiting;
  private final Set<SandboxId> making = ConcurrentHashMap.newKeySet();

  /// @param form the kind of code that runs here
  /// @param waiting what containers can do that have nothing to do
  /// @param paths what of this host may be given
  /// @param devices which others may be
  /// @param here whether the engine is on this host, whose ports and networks it then shares
  public DockerServices(
      Host host,
      Engine engine,
      ImageShelf images,
      ServiceNames names,
      String form,
      Waiting waiting,
      HostPaths paths,
      NamedDevices devices,
      boolean here) {
    this.devices = devices;
    this.paths = paths;
    this.waiting = waiting;
    this.here = here;
    this.host = host;
    this.engine = engine;
    this.images = images;
    this.names = names;
    this.ends = new Ends(engine, names.node().did());
    this.refusals = new Refusals(form, images, paths, devices);
    this.blueprint = new ServiceBlueprint(names, paths, devices);
    this.podman = new Podman(engine);
    this.networks = new Networks(engine, podman, names);
    this.volumes = new StackVolumes(engine, names);
    this.given = new GivenFiles(engine, names, host, waiting);
  }

  /// What the engine says of itself: where it keeps what it has, which nobody is given, and which
  /// devices it knows.
  public void learn(Info info) throws InterruptedException {
    Optional.ofNullable(info.getDockerRootDir()).map(Path::of).ifPresent(paths::keepFrom);
    Map<String, RuntimeInfo> runtimes = info.getRuntimes();
    devices.learn(
        runtimes == null ? Set.of() : runtimes.keySet(),
        info.getRawValues().get("CDISpecDirs") instanceof List<?> folders && !folders.isEmpty());
    if (engine.isPodman()) {
      podman.learn();
    }
  }

  @Override
  public Quote offers(ServiceSpec spec) {
    Optional<String> reason = refusal(spec);
    if (reason.isPresent()) {
      return new Quote.Declined(reason.get());
    }
    boolean warm = images.isReady(spec.form().code());
    return new Quote.Offered(
        List.of(
            new Offer(
                warm,
                Isolation.SANDBOX,
                warm ? WARM : COLD,
                host.clock().instant().plus(OFFER_HOLDS))));
  }

  private Optional<String> refusal(ServiceSpec spec) {
    Optional<String> reason = refusals.of(spec);
    return engine.isKnownPodman() ? reason.or(() -> podman.refusal(spec)) : reason;
  }

  @Override
  public Service create(SandboxId id, ServiceSpec spec, Offer offer) throws InterruptedException {
    String doing = "creating service " + spec.place() + " as " + id;
    if (engine.isPodman()) {
      podman.learnOnce(); // nobody may have probed it
    }
    Optional<String> reason = refusal(spec);
    if (reason.isPresent()) {
      throw new DriverException(Kind.UNSUPPORTED, doing + ": " + reason.get());
    }
    if (!making.add(id)) {
      throw new DriverException(Kind.CONFLICT, doing + ": it is being made");
    }
    try (ImageShelf.Use _ = images.use(spec.form().code())) {
      if (find(names.container(id), doing).isPresent()) {
        throw new DriverException(Kind.CONFLICT, doing + ": it exists");
      }
      if (here) {
        TakenPorts.check(spec.ports(), doing);
      }
      DockerService.remove(engine, names.half(id)); // of a process that was ended in the midst
      LoadedImage image = images.take(spec.form().code());
      if (!make(id, spec, image, doing)) { // the engine was emptied meanwhile
        images.forget(spec.form().code());
        if (!make(id, spec, images.take(spec.form().code()), doing)) {
          throw new DriverException(Kind.BROKEN, doing + ": the engine loses its image");
        }
      }
      return service(id);
    } finally {
      making.remove(id);
    }
  }

  private Optional<InspectContainerResponse> find(String container, String doing)
      throws InterruptedException {
    return engine.find(doing, client -> client.inspectContainerCmd(container).exec());
  }

  private DockerService service(SandboxId id) {
    return new DockerService(id, names.container(id), engine, ends, given, paths, devices, here);
  }

  /// Makes a container with all that it needs; whether the engine still had its image.
  private boolean make(SandboxId id, ServiceSpec spec, LoadedImage image, String doing)
      throws InterruptedException {
    boolean complete = false;
    StackVolumes.Prepared held = volumes.prepare(spec, doing);
    try {
      Networks.Prepared reached = networks.prepare(spec, doing);
      try {
        if (Given.isAny(spec) && !has(image, doing)) {
          return false;
        }
        String user = ServiceBlueprint.user(spec).orElse(image.user());
        GivenFiles.Prepared files = given.prepare(id, spec, image.id(), user, doing);
        complete = make(id, spec, image, held.mounts(), files, reached.joined(), doing);
        return complete;
      } finally {
        if (!complete) {
          DockerService.remove(engine, names.half(id));
          if (Given.isAny(spec)) {
            given.remove(id);
          }
          networks.remove(reached.made());
        }
      }
    } finally {
      if (!complete) {
        volumes.remove(spec, held.made());
      }
    }
  }

  private boolean has(LoadedImage image, String doing) throws InterruptedException {
    return engine.find(doing, client -> client.inspectImageCmd(image.id()).exec()).isPresent();
  }

  private boolean make(
      SandboxId id,
      ServiceSpec spec,
      LoadedImage image,
      List<Mount> mounts,
      GivenFiles.Prepared files,
      List<Networks.Joined> joined,
      String doing)
      throws InterruptedException {
    String first = joined.isEmpty() ? NO_NETWORK : joined.getFirst().id();
    boolean named = !joined.isEmpty() && joined.getFirst().named();
    Optional<String> made =
        engine.ask(
            doing,
            client -> {
              try {
                return Optional.of(
                    blueprint
                        .of(
                            client,
                            id,
                            spec,
                            image,
                            first,
                            named,
                            mounts,
                            files,
                            engine.isPodman(client))
                        .exec()
                        .getId());
              } catch (NotFoundException e) {
                if (String.valueOf(e.getMessage()).contains("No such image")) {
                  return Optional.<String>empty();
                }
                throw e;
              }
            });
    if (made.isEmpty()) {
      return false;
    }
    for (Networks.Joined network : joined.stream().skip(1).toList()) {
      networks.join(made.get(), network, spec.place(), doing);
    }
    engine.ask(
        doing,
        client -> client.renameContainerCmd(made.get()).withName(names.container(id)).exec());
    return true;
  }

  @Override
  public List<FoundService> services() throws InterruptedException {
    String doing = "listing services";
    List<FoundService> found = new ArrayList<>();
    for (Container container : containers(names.labels(ServiceNames.SERVICE), doing)) {
      Optional<ServiceNames.Labelled> labelled =
          ServiceNames.Labelled.of(container.getLabels())
              .filter(each -> isComplete(container, each.id()));
      Optional<InspectContainerResponse> told =
          labelled.isEmpty() ? Optional.empty() : find(container.getId(), doing);
      if (labelled.isPresent() && told.isPresent()) {
        ServiceNames.Labelled is = labelled.get();
        found.add(
            new FoundService(
                is.id(), is.place(), is.generation(), is.source(), Told.state(told.get(), here)));
      }
    }
    found.sort(Comparator.comparing(each -> each.id().text()));
    return found;
  }

  private List<Container> containers(Map<String, String> labels, String doing)
      throws InterruptedException {
    return engine
        .ask(
            doing,
            client -> client.listContainersCmd().withShowAll(true).withLabelFilter(labels).exec())
        .stream()
        .filter(container -> !"removing".equals(container.getState()))
        .toList();
  }

  /// Whether it has the name that it gets last; engines put a slash before names.
  private boolean isComplete(Container container, SandboxId id) {
    String wanted = "/" + names.container(id);
    for (String name : container.getNames()) {
      if (name.equals(wanted)) {
        return true;
      }
    }
    LOGGER.log(System.Logger.Level.DEBUG, "container {0} is half made", container.getId());
    return false;
  }

  @Override
  public Optional<Service> adopt(SandboxId id) throws InterruptedException {
    return find(names.container(id), "adopting service " + id)
        .map(container -> container.getConfig().getLabels())
        .filter(labels -> labels != null && names.areOurs(labels, ServiceNames.SERVICE))
        .map(_ -> service(id));
  }

  @Override
  public List<FoundVolume> volumes() throws InterruptedException {
    return volumes.list();
  }

  @Override
  public void remove(FoundVolume volume) throws InterruptedException {
    volumes.remove(volume);
  }

  @Override
  public int tidy() throws InterruptedException {
    String doing = "removing what was left half made";
    int removed = 0;
    for (Container container : containers(names.labels(ServiceNames.SERVICE), doing)) {
      Optional<SandboxId> id =
          ServiceNames.Labelled.of(container.getLabels())
              .map(ServiceNames.Labelled::id)
              .filter(each -> !isComplete(container, each));
      if (id.isPresent() && making.add(id.get())) {
        try {
          // By its name: whoever was making it may have come to an end just now.
          String half = names.half(id.get());
          if (find(half, doing).isPresent()) {
            DockerService.remove(engine, half);
            removed++;
          }
        } finally {
          making.remove(id.get());
        }
      }
    }
    return removed + given.tidy(making, id -> standing(id, doing), doing) + waiting.tidy();
  }

  private GivenFiles.Standing standing(SandboxId id, String doing) throws InterruptedException {
    return find(names.container(id), doing)
        .map(it -> Told.isRunning(it) ? GivenFiles.Standing.RUNNING : GivenFiles.Standing.STILL)
        .orElse(GivenFiles.Standing.ABSENT);
  }

  @Override
  public void leave(String stack) throws InterruptedException {
    String doing = "removing the networks of stack " + stack;
    if (containers(names.labels(ServiceNames.SERVICE, stack), doing).isEmpty()) {
      networks.remove(stack, doing);
    }
  }

  /// Whoever waits is told. Services live on. Idempotent.
  @Override
  public void close() {
    ends.close();
  }
}
