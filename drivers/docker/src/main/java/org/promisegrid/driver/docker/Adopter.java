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
import org.promisegrid.sandbox.KeptLog;
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
      case "running", "paused", "restarting" -> new State.Running();
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
                    : new Outcome.Lost("its container ended with code " + state.getExitCodeLong()))
            .orElse(new Outcome.Lost("its container is gone"));
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
      case State.Ended(Ending ending) -> new DockerSandbox(container, workplace, ending, forget);
      case State.Running _ -> running(container, forget);
    };
  }

  private DockerSandbox running(Container container, Consumer<DockerSandbox> forget)
      throws InterruptedException {
    String doing = "adopting sandbox " + container.id();
    Attachment attachment = engine.attachAgain(doing, container.name());
    // An engine lets who comes too late wait for another start.
    State meanwhile = state(container.name());
    if (meanwhile instanceof State.Ended(Ending ending)) {
      attachment.close();
      return new DockerSandbox(container, workplace, ending, forget);
    }
    ShimConnection connection = Starter.greet(container, attachment, doing);
    if (connection.ready().state() == Ready.State.FRESH) {
      connection.close();
      DockerSandbox.kill(engine, container.name());
      Outcome never = new Outcome.Lost("its agent ended before it began");
      return new DockerSandbox(container, workplace, new Ending(never, Usage.NONE), forget);
    }
    return resumed(container, connection, forget, doing);
  }

  private DockerSandbox resumed(
      Container container, ShimConnection connection, Consumer<DockerSandbox> forget, String doing)
      throws InterruptedException {
    KeptLog kept = new KeptLog(container.terms().limits().log());
    Stdio stdio =
        new Stdio(
            new NoMoreInput(),
            new Counted(connection.ready().out(), container.terms().limits().output()),
            new DockerSandbox.Tee(OutputStream.nullOutputStream(), kept));
    try {
      connection.resume(new ShimConnection.Told(connection.ready().out(), 0), stdio);
    } catch (IOException e) {
      connection.close();
      throw new DriverException(Kind.UNAVAILABLE, doing + ": " + e.getMessage(), e);
    }
    DockerSandbox sandbox = new DockerSandbox(container, workplace, SecretBytes.none(), forget);
    sandbox.resume(new LiveRun(workplace, container, connection, stdio), kept);
    return sandbox;
  }

  /// Takes what nobody asks for, as long as it is within the limit.
  private static final class Counted extends OutputStream {

    private final long limit;
    private long count;

    Counted(long count, long limit) {
      this.count = count;
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
