package org.promisegrid.driver.docker.engine;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.InternalServerErrorException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Version;
import com.github.dockerjava.api.model.VersionComponent;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;

/// An engine behind a Unix socket, connected to when it is first asked for something.
///
/// Whoever is interrupted while the engine works waits for its answer all the same and stays
/// interrupted: what the engine was told to make is made or not, and never unknown. An engine that
/// doesn't answer in time is told so by its failure.
public final class Engine implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(Engine.class.getName());

  /// Idle ones close by themselves with the engine.
  private static final int CONNECTIONS = 64;

  /// On a busy host, starting a container has taken this many seconds.
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final int MOST_LOOKS = 4;

  private final Path socket;
  private final Path configuration;

  // Guarded by this.
  private @Nullable DockerClient client;
  private boolean closed;

  private volatile @Nullable Boolean podman;

  /// One request.
  @FunctionalInterface
  public interface Request<T> {
    T send(DockerClient client) throws IOException;
  }

  /// @param configuration a folder without any file: the user's own settings of a Docker client are
  ///   not this one's
  public Engine(Path socket, Path configuration) {
    this.socket = socket;
    this.configuration = configuration;
  }

  /// For a person.
  public String name() {
    return "the engine at unix://" + socket;
  }

  /// Sends a request and waits for its answer.
  ///
  /// @param doing what is being tried, on which sandbox or image
  /// @throws DriverException if it fails
  /// @throws InterruptedException if the thread came in interrupted: nothing was sent
  public <T> T ask(String doing, Request<T> request) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException(doing);
    }
    return insist(doing, request);
  }

  /// Like [#ask], for what takes the engine a while.
  ///
  /// @param longer than usual
  public <T> T ask(String doing, Duration longer, Request<T> request) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException(doing);
    }
    return send(doing, PATIENCE.plus(longer), request);
  }

  /// Like [#ask], for something that may not be there.
  public <T> Optional<T> find(String doing, Request<T> request) throws InterruptedException {
    return ask(doing, found(request));
  }

  /// Like [#ask], whether or not the thread is interrupted: to put in order what is left.
  public <T> T insist(String doing, Request<T> request) {
    return send(doing, PATIENCE, request);
  }

  /// Turns the absence of what is asked for into an answer.
  public static <T> Request<Optional<T>> found(Request<T> request) {
    return client -> {
      try {
        return Optional.of(request.send(client));
      } catch (NotFoundException _) {
        return Optional.empty();
      }
    };
  }

  /// The version of Podman that speaks as Docker does; empty where Docker does.
  public static Optional<String> podman(Version version) {
    List<VersionComponent> parts = version.getComponents();
    return parts == null
        ? Optional.empty()
        : parts.stream()
            .filter(part -> "Podman Engine".equals(part.getName()))
            .map(part -> String.valueOf(part.getVersion()))
            .findAny();
  }

  /// Connects to the streams of a container, which may be about to start.
  public Attachment attach(String doing, String container) throws InterruptedException {
    return ask(doing, _ -> Attachment.open(socket, container));
  }

  /// Asks for something that comes until the engine hangs up; the caller closes.
  ///
  /// @param path of the engine's interface, with its query
  public Wire get(String doing, String path) throws InterruptedException {
    return ask(doing, _ -> Wire.get(socket, path));
  }

  /// Has something done that comes to its end when the engine hangs up; the caller closes. Whoever
  /// is interrupted before the engine begins to answer leaves at once, and the engine ends it. What
  /// the request says stands in no log, as that of a library might.
  ///
  /// @param path of the engine's interface, with its query
  /// @param header a line of the request's head, or nothing
  public Wire post(String doing, String path, String header) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException(doing);
    }
    CompletableFuture<Wire> answer = new CompletableFuture<>();
    Thread sending = sending(doing, answer, _ -> Wire.post(socket, path, header));
    boolean taken = false;
    try {
      Wire wire = answer.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
      taken = true;
      return wire;
    } catch (TimeoutException e) {
      throw unanswered(doing, PATIENCE, e);
    } catch (ExecutionException e) {
      throw Failures.of(doing, e.getCause());
    } finally {
      if (!taken) { // the engine ends what nobody waits for
        sending.interrupt();
        var _ = answer.thenAccept(Wire::close);
      }
    }
  }

  /// Has something done by what docker-java has no word for; the caller closes.
  ///
  /// @param path of the engine's interface
  /// @param body JSON
  public Wire post(String doing, String path, byte[] body) throws InterruptedException {
    return ask(doing, _ -> Wire.post(socket, path, body));
  }

  /// Asks for a connection that both sides write to; the caller closes.
  ///
  /// @param body JSON
  public Wire upgrade(String doing, String path, byte[] body) throws InterruptedException {
    return ask(doing, _ -> Wire.upgrade(socket, path, body));
  }

  /// Connects to the streams of a container that whoever started it has left.
  ///
  /// @throws DriverException `UNAVAILABLE`, too, where the engine doesn't let anybody: Podman
  ///   closes a container's input when its first connection ends, so such a run is known once it is
  ///   over
  public Attachment attachAgain(String doing, String container) throws InterruptedException {
    if (isPodman()) {
      throw new DriverException(
          Kind.UNAVAILABLE, doing + ": Podman lets nobody speak with it again until it has ended");
    }
    return attach(doing, container);
  }

  /// Whether it has turned out to be Podman; false as long as nobody has asked.
  public boolean isKnownPodman() {
    return Boolean.TRUE.equals(podman);
  }

  /// Whether it is Podman; asked once.
  public boolean isPodman() throws InterruptedException {
    Boolean known = podman;
    return known != null ? known : ask("asking what the engine is", this::isPodman);
  }

  /// Likewise, within a request.
  public boolean isPodman(DockerClient asking) {
    Boolean known = podman;
    if (known == null) {
      known = podman(asking.versionCmd().exec()).isPresent();
      podman = known;
    }
    return known;
  }

  private <T> Thread sending(String doing, CompletableFuture<T> answer, Request<T> request) {
    return Thread.ofVirtual()
        .name("docker " + doing)
        .start(() -> {
          try {
            answer.complete(sent(request));
          } catch (Throwable e) { // whatever it is, it is who asked that must hear of it
            answer.completeExceptionally(e);
          }
        });
  }

  private static DriverException unanswered(String doing, Duration within, TimeoutException e) {
    return new DriverException(
        Kind.UNAVAILABLE, doing + ": no answer within " + within.toSeconds() + " s", e);
  }

  private <T> T send(String doing, Duration within, Request<T> request) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    Thread sending = sending(doing, answer, request);
    long end = System.nanoTime() + within.toNanos();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return answer.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
          interrupted = true;
        } catch (TimeoutException e) {
          sending.interrupt();
          throw unanswered(doing, within, e);
        } catch (ExecutionException e) {
          throw Failures.of(doing, e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Podman fails to remove, end or read a container that ends just then, and does so when it looks
  /// again.
  private <T> T sent(Request<T> request) throws IOException {
    for (int again = 0; ; again++) {
      try {
        return request.send(client());
      } catch (InternalServerErrorException e) {
        if (again == MOST_LOOKS || !Failures.hasEndedMeanwhile(e)) {
          throw e;
        }
      }
    }
  }

  private synchronized DockerClient client() {
    if (closed) {
      throw new DriverException(Kind.UNAVAILABLE, "the driver is closed");
    }
    DockerClient open = client;
    if (open == null) {
      String host = "unix://" + socket;
      open =
          DockerClientImpl.getInstance(
              DefaultDockerClientConfig.createDefaultConfigBuilder()
                  .withDockerHost(host)
                  .withDockerTlsVerify(false)
                  .withDockerConfig(configuration.toString())
                  .build(),
              new ZerodepDockerHttpClient.Builder()
                  .dockerHost(java.net.URI.create(host))
                  .maxConnections(CONNECTIONS)
                  .build());
      client = open;
    }
    return open;
  }

  /// Lets go of all connections. Idempotent.
  @Override
  public void close() {
    DockerClient open;
    synchronized (this) {
      closed = true;
      open = client;
      client = null;
    }
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        LOGGER.log(System.Logger.Level.WARNING, "closing the client of " + socket, e);
      }
    }
  }
}
