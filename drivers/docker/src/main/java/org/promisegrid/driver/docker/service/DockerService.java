package org.promisegrid.driver.docker.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.InternalServerErrorException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Device;
import com.github.dockerjava.api.model.DeviceRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.engine.Failures;
import org.promisegrid.driver.docker.engine.Wire;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.ExecSpec;
import org.promisegrid.sandbox.service.Execution;
import org.promisegrid.sandbox.service.LogRange;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServiceLog;
import org.promisegrid.sandbox.service.ServiceState;
import org.promisegrid.sandbox.service.ServiceStats;

/// A service's container. It holds nothing that the engine doesn't know: any process may have
/// charge of it.
final class DockerService implements Service {

  private final SandboxId id;
  private final String name;
  private final Engine engine;
  private final boolean here;
  private final Ends ends;
  private final GivenFiles given;
  private final HostPaths paths;
  private final NamedDevices named;

  /// @param name of the container
  /// @param here whether the engine is on this host
  DockerService(
      SandboxId id,
      String name,
      Engine engine,
      Ends ends,
      GivenFiles given,
      HostPaths paths,
      NamedDevices named,
      boolean here) {
    this.named = named;
    this.paths = paths;
    this.here = here;
    this.given = given;
    this.id = id;
    this.name = name;
    this.engine = engine;
    this.ends = ends;
  }

  @Override
  public SandboxId id() {
    return id;
  }

  @Override
  public ServiceState state() throws InterruptedException {
    return Told.state(inspect("looking at service " + id), here);
  }

  /// @throws DriverException `CONFLICT` if somebody removed it
  private InspectContainerResponse inspect(String doing) throws InterruptedException {
    return engine
        .find(doing, client -> client.inspectContainerCmd(name).exec())
        .orElseThrow(() -> new DriverException(Kind.CONFLICT, doing + ": it was removed"));
  }

  @Override
  public void start() throws InterruptedException {
    String doing = "starting service " + id;
    InspectContainerResponse container = inspect(doing);
    if (Told.isRunning(container)) {
      throw new DriverException(Kind.CONFLICT, doing + ": it runs");
    }
    try (Holder.Held _ = given.hold(id, container.getImageId(), labels(container), doing)) {
      checkPaths(container, doing); // last of all: nothing else takes time before the engine does
      startContainer(doing);
    }
  }

  /// What the host has there may be something else by now: engines follow links whenever they start
  /// a container.
  private void checkPaths(InspectContainerResponse container, String doing) {
    for (String source : BoundPaths.of(labels(container))) {
      checkSame(source, paths.bind(source), doing);
    }
    Device[] devices = container.getHostConfig().getDevices();
    for (Device device : devices == null ? new Device[0] : devices) {
      String source = String.valueOf(device.getPathOnHost());
      checkSame(source, paths.device(source), doing);
    }
    List<DeviceRequest> requests = container.getHostConfig().getDeviceRequests();
    for (DeviceRequest request : requests == null ? List.<DeviceRequest>of() : requests) {
      named
          .refusal(request)
          .ifPresent(why -> {
            throw new DriverException(Kind.UNSUPPORTED, doing + ": " + why);
          });
    }
  }

  private static void checkSame(String source, HostPaths.Look look, String doing) {
    Optional<String> why =
        switch (look) {
          case HostPaths.Look.Refused(String refused) -> Optional.of(refused);
          case HostPaths.Look.Real(Path real) ->
              real.equals(Path.of(source))
                  ? Optional.empty()
                  : Optional.of(source + " leads elsewhere now");
        };
    if (why.isPresent()) {
      throw new DriverException(Kind.UNSUPPORTED, doing + ": " + why.get());
    }
  }

  private static Map<String, String> labels(InspectContainerResponse container) {
    Map<String, String> labels = container.getConfig().getLabels();
    return labels == null ? Map.of() : labels;
  }

  private void startContainer(String doing) throws InterruptedException {
    engine.ask(
        doing,
        client -> {
          try {
            client.startContainerCmd(name).exec();
            return true;
          } catch (NotModifiedException e) {
            throw new DriverException(Kind.CONFLICT, "it runs", e);
          } catch (NotFoundException e) {
            throw unstarted(e, Kind.CONFLICT);
          } catch (DockerException e) {
            throw unstarted(e, Failures.of(doing, e).kind());
          }
        });
  }

  /// Engines tell by words what kept a container from starting.
  ///
  /// @param otherwise the kind, if the words say nothing
  private static DriverException unstarted(DockerException e, Kind otherwise) {
    String said = String.valueOf(e.getMessage());
    if (said.contains("port is already allocated") || said.contains("address already in use")) {
      return new DriverException(Kind.CONFLICT, "a port is taken: " + Failures.text(e), e);
    }
    boolean unfit =
        said.contains("unable to find user")
            || said.contains("unable to find group")
            || said.contains("executable file not found")
            || said.contains("no such file or directory")
            || said.contains("permission denied")
            || said.contains("exec format error");
    return new DriverException(unfit ? Kind.UNSUPPORTED : otherwise, Failures.text(e), e);
  }

  @Override
  public ServiceExit await() throws InterruptedException {
    String doing = "waiting for service " + id;
    String container = inspect(doing).getId();
    return ends.await(
        doing,
        container,
        () -> {
          InspectContainerResponse now = inspect(doing);
          return Told.isRunning(now) ? Optional.empty() : Optional.of(ended(doing, now));
        });
  }

  private static ServiceExit ended(String doing, InspectContainerResponse container) {
    return Told.exit(container)
        .orElseThrow(() -> new DriverException(Kind.CONFLICT, doing + ": it never ran"));
  }

  @Override
  public void stop() throws InterruptedException {
    String doing = "stopping service " + id;
    Duration grace = Stopping.grace(labels(inspect(doing)));
    engine.ask(
        doing,
        grace,
        client -> {
          try {
            client.stopContainerCmd(name).withTimeout(Stopping.seconds(grace)).exec();
          } catch (NotModifiedException _) {
            // It doesn't run.
          }
          return true;
        });
  }

  @Override
  public void signal(String signal) throws InterruptedException {
    engine.ask(
        "sending " + signal + " to service " + id,
        client -> {
          kill(client, name, signal);
          return true;
        });
  }

  private static void kill(DockerClient client, String container, String signal) {
    try {
      client.killContainerCmd(container).withSignal(signal).exec();
    } catch (ConflictException _) {
      // It doesn't run.
    } catch (InternalServerErrorException e) {
      if (!Failures.hasEndedMeanwhile(e)) { // as Podman says that it doesn't run
        throw e;
      }
    }
  }

  @Override
  public ServiceLog logs(LogRange range) throws InterruptedException {
    String doing = "reading the log of service " + id;
    String path =
        "/containers/"
            + name
            + "/logs?stdout=1&stderr=1&timestamps=1&tail="
            + (range.tail() < 0 ? "all" : range.tail())
            + (range.follow() ? "&follow=1" : "")
            + range
                .since()
                .map(since -> "&since=%d.%09d".formatted(since.getEpochSecond(), since.getNano()))
                .orElse("");
    return new ServiceLines(engine.get(doing, path), range.follow() ? this::look : () -> {});
  }

  /// Whether the engine is still there.
  private void look() throws InterruptedException {
    engine.find("looking at service " + id, client -> client.inspectContainerCmd(name).exec());
  }

  @Override
  public Execution exec(ExecSpec spec) throws InterruptedException {
    String doing = "running " + spec.words().getFirst() + " in service " + id;
    boolean terminal = spec.terminal().isPresent();
    InspectContainerResponse inspected = inspect(doing);
    Optional<String> refused = spec.user().flatMap(StrictUser::refusal);
    if (refused.isPresent() && StrictUser.appliesTo(inspected)) {
      throw new DriverException(Kind.UNSUPPORTED, doing + ": " + refused.get());
    }
    if (!Told.isRunning(inspected)) {
      throw new DriverException(Kind.CONFLICT, doing + ": the service doesn't run");
    }
    String container = inspected.getId();
    String exec =
        engine.ask(
            doing,
            client ->
                client
                    .execCreateCmd(container)
                    .withCmd(spec.words().toArray(String[]::new))
                    .withEnv(ServiceBlueprint.variables(spec.environment()))
                    .withUser(spec.user().orElse(""))
                    .withAttachStdin(true)
                    .withAttachStdout(true)
                    .withAttachStderr(true)
                    .withTty(terminal)
                    .exec()
                    .getId());
    String start = "{\"Detach\":false,\"Tty\":" + terminal + "}";
    Wire wire = engine.upgrade(doing, "/exec/" + exec + "/start", start.getBytes(UTF_8));
    DockerExecution execution =
        new DockerExecution(exec, container, doing, wire, terminal, engine, ends);
    boolean begun = false;
    try {
      execution.awaitStart();
      if (spec.terminal().isPresent()) {
        execution.resize(spec.terminal().get());
      }
      begun = true;
      return execution;
    } finally {
      if (!begun) {
        execution.close();
      }
    }
  }

  @Override
  public ServiceStats stats() throws InterruptedException {
    String doing = "measuring service " + id;
    if (!Told.isRunning(inspect(doing))) {
      throw new DriverException(Kind.CONFLICT, doing + ": it doesn't run");
    }
    try (Wire wire =
        engine.get(doing, "/containers/" + name + "/stats?stream=false&one-shot=true")) {
      return Measured.read(doing, wire.input());
    }
  }

  @Override
  public void remove() throws InterruptedException {
    String doing = "removing service " + id;
    Optional<String> container =
        engine
            .find(doing, client -> client.inspectContainerCmd(name).exec())
            .map(InspectContainerResponse::getId);
    if (container.isEmpty()) {
      given.remove(id);
      return;
    }
    remove(engine, container.get());
    // Somebody else may be at it; then it is over when it is gone.
    ends.await(
        doing,
        container.get(),
        () ->
            engine
                    .find(doing, client -> client.inspectContainerCmd(container.get()).exec())
                    .isEmpty()
                ? Optional.of(true)
                : Optional.empty());
    given.remove(id);
  }

  /// Removes a container with what is in no volume that has a name.
  static void remove(Engine engine, String container) {
    engine.insist(
        "removing container " + container,
        client -> {
          try {
            // Podman would let it end in peace first, as if it were stopped.
            if (engine.isPodman(client)) {
              kill(client, container, "SIGKILL");
            }
            client.removeContainerCmd(container).withForce(true).withRemoveVolumes(true).exec();
          } catch (NotFoundException _) {
            // That is what was wanted.
          } catch (ConflictException e) {
            if (!String.valueOf(e.getMessage()).contains("already in progress")) {
              throw e;
            }
          }
          return true;
        });
  }
}
