package org.promisegrid.driver.docker.engine;

import com.github.dockerjava.api.exception.DockerException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// The standard streams of one container, over a connection of its own that becomes two streams of
/// bytes once the engine agrees.
public final class Attachment implements AutoCloseable {

  private static final Pattern CONTAINER = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

  private final Wire wire;
  private final Demultiplexer output;

  private Attachment(Wire wire) {
    this.wire = wire;
    this.output = new Demultiplexer(wire.input());
  }

  /// @throws DockerException if the engine refuses
  /// @throws IOException if there is none, or what answers is no engine
  static Attachment open(Path socket, String container) throws IOException {
    if (!CONTAINER.matcher(container).matches()) {
      throw new IllegalArgumentException("not a container's id");
    }
    return new Attachment(
        Wire.upgrade(
            socket,
            "/containers/" + container + "/attach?stream=1&stdin=1&stdout=1&stderr=1",
            new byte[0]));
  }

  /// What the container writes to its standard output.
  public InputStream output() {
    return output;
  }

  /// The container's standard input; it stays open when this connection doesn't.
  public OutputStream input() {
    return wire.output();
  }

  /// The end of what the container wrote to its standard error.
  public String complaints() {
    return output.complaints();
  }

  /// Ends reads and writes that are under way. Idempotent.
  @Override
  public void close() {
    wire.close();
  }
}
