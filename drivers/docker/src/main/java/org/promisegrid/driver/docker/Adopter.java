package org.promisegrid.driver.docker;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.function.Consumer;
import org.promisegrid.driver.docker.engine.Attachment;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.OutputExceededException;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.sandbox.Usage;
import org.promisegrid.shim.Exit;
import org.promisegrid.shim.Ready;
import org.promisegrid.shim.ShimConnection;

/// Tells how a container of another process is, and takes charge of it.
final class Adopter {

  private final Workplace workplace;
  private final Engine engine;

  Adopter(Workplace workplace) {
    this.workplace = workplace;
    this.engine = workplace.engine();
  }

  /// How a container is, as far as the engine and the container's spool say.
  ///
  /// @param status what the engine calls its state
  State state(String container, String status) throws InterruptedException {
    if (status.equals("created")) {
      return new State.Created();
    }
    Optional<Exit> exit = new Spool(engine).exit(container);
    if (exit.isPresent()) {
      return new State.Ended(exit.get().ending());
    }
    return switch (status) {
      case "running", "paused", "restarting" ->
          new Spool(engine).begun(container) ? new State.Running() : new State.Created();
      default -> new State.Ended(unexplained(container));
    };
  }

  /// The same, where nobody has told the status yet.
  State state(String container) throws InterruptedException {
    return state(container, status(container));
  }

  private String status(String container) throws InterruptedException {
    return engine
        .find(
            "looking at container " + container,
            client ->
                String.valueOf(client.inspectContainerCmd(container).exec().getState().getStatus()))
        .orElse("gone");
  }

  /// Of a container whose shim didn't live to tell.
  private Ending unexplained(String container) throws InterruptedException {
    Outcome outcome =
        engine
            .find(
                "looking at container " + container,
                client -> client.inspectContainerCmd(container).exec().getState())
            .<Outcome>map(state ->
                Boolean.TRUE.equals(state.getOOMKilled())
                    ? new Outcome.Exceeded(Limit.MEMORY)
                    : new Outcome.Lost(
                        engine.name()
                            + " tells that its container ended with code "
                            + state.getExitCodeLong()))
            .orElse(new Outcome.Lost(engine.name() + " has its container no more"));
    return new Ending(outcome, Usage.NONE);
  }

  /// @param state as [#state] told it
  DockerSandbox adopt(Container container, State state, Consumer<DockerSandbox> forget)
      throws InterruptedException {
    return switch (state) {
      case State.Created _ ->
          new DockerSandbox(
              container,
              workplace,
              SecretBytes.read(container.id(), container.terms(), workplace.host().secrets()),
              forget);
      case State.Ended(Ending ending) ->
          new DockerSandbox(container, workplace, Optional.of(ending), forget);
      case State.Running _ -> running(container, forget);
    };
  }

  private DockerSandbox running(Container container, Consumer<DockerSandbox> forget)
      throws InterruptedException {
    Optional<Ending> over =
        switch (meet(container, "adopting sandbox " + container.id())) {
          case Over(Ending ending) -> Optional.of(ending);
          case Met(ShimConnection connection) -> {
            connection.close(); // whoever takes the streams up makes one of its own
            yield Optional.empty();
          }
        };
    return new DockerSandbox(container, workplace, over, forget);
  }

  /// Whether a run could be met.
  sealed interface Meeting {}

  /// It goes on.
  record Met(ShimConnection connection) implements Meeting {}

  /// It has ended.
  record Over(Ending ending) implements Meeting {}

  /// Speaks with the shim of a container that was started.
  ///
  /// @throws DriverException `UNAVAILABLE` if neither engine nor shim answers
  Meeting meet(Container container, String doing) throws InterruptedException {
    Attachment attachment = engine.attachAgain(doing, container.name());
    boolean met = false;
    try {
      // An engine lets who comes too late wait for another start.
      if (state(container.name()) instanceof State.Ended(Ending ending)) {
        return new Over(ending);
      }
      ShimConnection connection = Starter.greet(container, attachment, doing);
      if (connection.ready().state() == Ready.State.FRESH) {
        connection.close();
        DockerSandbox.kill(engine, container.name());
        return new Over(
            new Ending(new Outcome.Lost("its agent ended before it began"), Usage.NONE));
      }
      met = true;
      return new Met(connection);
    } finally {
      if (!met) {
        attachment.close();
      }
    }
  }

  /// Takes up the streams of a run that another process began, from their beginnings.
  ///
  /// @param over how it ended, if it is known to have
  /// @throws DriverException `UNAVAILABLE` if neither engine nor shim answers
  LiveRun takeUp(Container container, Optional<Ending> over, Stdio stdio)
      throws InterruptedException {
    String doing = "taking up sandbox " + container.id();
    Served served = new Served(stdio);
    return switch (over.isPresent() ? new Over(over.get()) : meet(container, doing)) {
      case Over(Ending ending) -> new LiveRun(workplace, container, served, ending);
      case Met(ShimConnection connection) -> {
        try {
          connection.resume(ShimConnection.Told.NOTHING, served.stdio());
        } catch (IOException e) {
          connection.close();
          throw new DriverException(Kind.UNAVAILABLE, doing + ": " + e.getMessage(), e);
        }
        yield new LiveRun(workplace, container, served, connection);
      }
    };
  }

  /// The streams of a run that nobody asks for: its output is only counted.
  static Stdio unwanted(Container container) {
    return new Stdio(
        new NoMoreInput(),
        new Uncollected(container.terms().limits().output()),
        OutputStream.nullOutputStream());
  }

  /// Takes what nobody asks for, as long as it is within the limit.
  private static final class Uncollected extends OutputStream {

    private final long limit;
    private long count;

    Uncollected(long limit) {
      this.limit = limit;
    }

    @Override
    public void write(int octet) throws IOException {
      write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      count += length;
      if (count > limit) {
        throw new OutputExceededException(limit);
      }
    }
  }
}
