package org.promisegrid.driver.docker;

import com.github.dockerjava.api.exception.NotModifiedException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.driver.docker.engine.Attachment;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.image.LoadedImage;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.shim.Command;
import org.promisegrid.shim.Line;
import org.promisegrid.shim.NotRunException;
import org.promisegrid.shim.Pace;
import org.promisegrid.shim.Ready;
import org.promisegrid.shim.ShimConnection;
import org.promisegrid.shim.ShimException;

/// Starts a container and what it is for. If that fails, the container doesn't run.
final class Starter {

  /// `nobody`, the user that owns nothing.
  private static final Command.User NOBODY = new Command.User(65_534, 65_534);

  /// A busy engine takes as long until a container's first process runs.
  private static final Duration GREETING = Duration.ofSeconds(60);

  /// How much more of a log than its limit a container keeps and tells: the agent wants its last
  /// words, too, and those of a log that is longer than that are lost.
  private static final long LOG_BEYOND = 16 << 20;

  private final Workplace workplace;
  private final Engine engine;
  private final Container container;
  private final String doing;

  Starter(Workplace workplace, Container container) {
    this.workplace = workplace;
    this.engine = workplace.engine();
    this.container = container;
    this.doing = "starting sandbox " + container.id();
  }

  /// Starts the container, and nothing in it but its shim.
  ///
  /// @throws DriverException `CONFLICT` if that was told to run something before
  ShimConnection ready(String doing) throws InterruptedException {
    Attachment attachment = engine.attach(doing, container.name());
    boolean ready = false;
    try {
      begin();
      ShimConnection connection = greet(container, attachment, doing);
      if (connection.ready().state() != Ready.State.FRESH) {
        connection.close();
        throw new DriverException(Kind.CONFLICT, doing + ": it was started");
      }
      ready = true;
      return connection;
    } finally {
      if (!ready) {
        attachment.close();
      }
    }
  }

  /// @param warm the connection to its shim, if it is one that was started before
  LiveRun start(
      Invocation invocation, Stdio stdio, SecretBytes secrets, Optional<ShimConnection> warm)
      throws InterruptedException {
    boolean started = false;
    try {
      Command command = command(invocation, secrets);
      Served served = new Served(stdio);
      ShimConnection connection = warm.isPresent() ? warm.get() : ready(doing);
      run(connection, command, served.stdio());
      started = true;
      return new LiveRun(workplace, container, served, connection);
    } finally {
      if (!started) {
        warm.ifPresent(ShimConnection::close);
        DockerSandbox.kill(engine, container.name());
      }
    }
  }

  private Command command(Invocation invocation, SecretBytes secrets) throws InterruptedException {
    LoadedImage image =
        workplace
            .images()
            .described(container.image())
            .orElseThrow(
                () -> new DriverException(Kind.BROKEN, doing + ": the engine lost its image"));
    Map<String, String> environment = new HashMap<>(image.environment());
    environment.putAll(invocation.environment());
    try {
      Command command =
          Command.of(image.words(invocation.arguments()))
              .withEnvironment(environment)
              .spooled(Spool.FOLDER, true)
              .withSecrets(secrets.files(NOBODY))
              .as(NOBODY)
              .within(bounds(container.terms().limits()));
      return image.directory().map(command::in).orElse(command);
    } catch (IllegalArgumentException e) {
      throw new DriverException(Kind.UNSUPPORTED, doing + ": " + e.getMessage(), e);
    }
  }

  /// The shim's bounds for what a run writes keep its spool small while no agent lives; who it is
  /// told to has the very limits.
  private static Command.Bounds bounds(Limits limits) {
    long log = Math.min(limits.log(), Long.MAX_VALUE - LOG_BEYOND);
    return Command.Bounds.of(limits.time(), Math.max(1, limits.output()), log + LOG_BEYOND);
  }

  private void begin() throws InterruptedException {
    engine.ask(
        doing,
        client -> {
          try {
            client.startContainerCmd(container.name()).exec();
          } catch (NotModifiedException _) {
            // By an agent before this one, which was killed then: its shim says how far that came.
          }
          return true;
        });
  }

  /// Meets a container's shim.
  ///
  /// @throws DriverException `UNAVAILABLE` if there is none to speak with; the attachment is closed
  static ShimConnection greet(Container container, Attachment attachment, String doing)
      throws InterruptedException {
    Line line = new Line(attachment.output(), attachment.input(), attachment::close);
    try {
      return ShimConnection.greet(line, container.key(), Pace.USUAL, GREETING);
    } catch (ShimException e) {
      throw new DriverException(
          Kind.UNAVAILABLE, doing + ": " + e.getMessage() + " " + attachment.complaints(), e);
    }
  }

  private void run(ShimConnection connection, Command command, Stdio stdio)
      throws InterruptedException {
    try {
      connection.run(command, stdio);
    } catch (NotRunException e) {
      connection.close();
      throw new DriverException(kind(e), doing + ": " + e.getMessage(), e);
    } catch (ShimException e) {
      connection.close();
      throw new DriverException(Kind.UNAVAILABLE, doing + ": " + e.getMessage(), e);
    }
  }

  /// What the system refused: for want of something, or because the image isn't what it says.
  private static Kind kind(NotRunException e) {
    return switch (e.errno()) {
      case 11, 12, 24, 28 -> Kind.EXHAUSTED; // EAGAIN, ENOMEM, EMFILE, ENOSPC
      case 2, 7, 8, 13, 20, 22, 36, 40 -> Kind.UNSUPPORTED; // the program's name, kind, arguments
      default -> Kind.BROKEN;
    };
  }
}
