package org.promisegrid.driver.docker.service;

import com.github.dockerjava.api.command.InspectExecResponse;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.engine.Frames;
import org.promisegrid.driver.docker.engine.Wire;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.service.ExecSpec;
import org.promisegrid.sandbox.service.Execution;

/// A program beside a service's workload, over a connection of its own. Engines have no way to end
/// one: closing takes its streams from it, and whoever reads on or writes on ends of that.
final class DockerExecution implements Execution {

  private static final int PIECE = 32 << 10;
  private static final long ONE_MILLISECOND = 1_000_000;

  /// What a terminal takes for the end of the input, at the beginning of a line.
  private static final int END_OF_TRANSMISSION = 4;

  private final String exec;
  private final String container;
  private final String doing;
  private final Wire wire;
  private final Frames frames;
  private final OutputStream input;
  private final boolean terminal;
  private final Engine engine;
  private final Ends ends;
  private volatile boolean closed;

  /// @param exec the engine's id of it
  /// @param container that of the container that it is in
  DockerExecution(
      String exec,
      String container,
      String doing,
      Wire wire,
      boolean terminal,
      Engine engine,
      Ends ends) {
    this.exec = exec;
    this.container = container;
    this.doing = doing;
    this.wire = wire;
    this.terminal = terminal;
    this.frames = new Frames(wire.input());
    this.input = terminal ? new Typed(wire.output()) : new Written(wire);
    this.engine = engine;
    this.ends = ends;
  }

  /// Waits until it runs, or has run. No event tells that, so the engine is asked a few times: it
  /// answers once it has made up its mind.
  ///
  /// @throws DriverException `UNSUPPORTED` if the program can't be executed
  void awaitStart() throws InterruptedException {
    for (long pause = ONE_MILLISECOND; ; pause = Math.min(2 * pause, 100 * ONE_MILLISECOND)) {
      InspectExecResponse told = inspect();
      Long process = told.getPidLong();
      if (process != null && process != 0) {
        return;
      }
      if (hasEnded(told)) {
        throw new DriverException(Kind.UNSUPPORTED, doing + ": " + complaint());
      }
      LockSupport.parkNanos(pause);
    }
  }

  private InspectExecResponse inspect() throws InterruptedException {
    return engine
        .find(doing, client -> client.inspectExecCmd(exec).exec())
        .orElseThrow(() -> new DriverException(Kind.CONFLICT, doing + ": the service has ended"));
  }

  /// Podman says of one that hasn't begun, too, that it doesn't run and that its code is zero.
  private boolean hasEnded(InspectExecResponse told) throws InterruptedException {
    return told.getExitCodeLong() != null
        && !Boolean.TRUE.equals(told.isRunning())
        && (!engine.isPodman() || Boolean.TRUE.equals(told.getCanRemove()));
  }

  /// What the engine writes in the program's place.
  private String complaint() {
    StringBuilder text = new StringBuilder();
    try {
      for (Optional<Piece> piece = next(); piece.isPresent(); piece = next()) {
        text.append(java.nio.charset.StandardCharsets.UTF_8.decode(piece.get().bytes()));
      }
    } catch (IOException e) {
      text.append(e.getMessage());
    }
    return text.toString().strip().replaceAll("\\s+", " ");
  }

  @Override
  public OutputStream input() {
    return input;
  }

  @Override
  public Optional<Piece> next() throws IOException {
    try {
      if (terminal) {
        byte[] bytes = new byte[PIECE];
        int read = wire.input().read(bytes);
        return read < 0
            ? Optional.empty()
            : Optional.of(new Piece(false, ByteBuffer.wrap(bytes, 0, read)));
      }
      return frames.next().map(frame -> new Piece(frame.error(), ByteBuffer.wrap(frame.bytes())));
    } catch (ClosedByInterruptException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(doing);
    } catch (IOException e) {
      if (closed) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public void resize(ExecSpec.Size size) throws InterruptedException {
    if (!terminal) {
      return;
    }
    engine.ask(
        doing, client -> client.resizeExecCmd(exec).withSize(size.rows(), size.columns()).exec());
  }

  @Override
  public int code() throws InterruptedException {
    return ends.await(
        doing,
        container,
        () -> {
          InspectExecResponse told = inspect();
          return hasEnded(told)
              ? Optional.of(Math.toIntExact(told.getExitCodeLong()))
              : Optional.empty();
        });
  }

  @Override
  public void close() {
    closed = true;
    wire.close();
  }

  /// Input that ends by closing half of the connection.
  private static final class Written extends FilterOutputStream {

    private final Wire wire;

    Written(Wire wire) {
      super(wire.output());
      this.wire = wire;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      wire.endOutput();
    }
  }

  /// Input of a terminal, which has no end but one that is typed.
  private static final class Typed extends FilterOutputStream {

    private boolean midline;
    private boolean ended;

    Typed(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int one) throws IOException {
      out.write(one);
      midline = one != '\n' && one != '\r';
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      if (length > 0) {
        byte last = bytes[offset + length - 1];
        midline = last != '\n' && last != '\r';
      }
    }

    @Override
    public void close() throws IOException {
      if (ended) {
        return;
      }
      ended = true;
      if (midline) { // the first one only hands over what stands in the line
        out.write(END_OF_TRANSMISSION);
      }
      out.write(END_OF_TRANSMISSION);
    }
  }
}
