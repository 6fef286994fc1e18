package org.promisegrid.shim;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A shim whose line stays up while agents come and go, as an engine keeps a container's: what it
/// says while nobody listens is thrown away.
final class Switchboard implements AutoCloseable {

  private final Process process;
  private final Thread relay = Thread.ofPlatform().daemon().unstarted(this::relay);
  private final List<Cable> cables = new ArrayList<>();
  private @Nullable Cable listener;

  Switchboard(Process process) {
    this.process = process;
    relay.start();
  }

  /// Connects the next agent, in place of any other.
  synchronized Line connect() throws IOException {
    Cable cable = new Cable();
    cables.add(cable);
    listener = cable;
    return new Line(cable.from, new Kept(process.getOutputStream()), cable::close);
  }

  private synchronized @Nullable Cable listener() {
    return listener;
  }

  private void relay() {
    byte[] piece = new byte[8192];
    try (InputStream from = process.getInputStream()) {
      for (int n = from.read(piece); n >= 0; n = from.read(piece)) {
        pass(piece, n);
      }
    } catch (IOException _) {
      // The test is over, and has ended the shim.
    }
    Cable last = listener();
    if (last != null) {
      last.end();
    }
  }

  private void pass(byte[] piece, int length) {
    Cable cable = listener();
    if (cable == null) {
      return;
    }
    try {
      cable.to.write(piece, 0, length);
    } catch (IOException _) { // it has hung up: nobody listens until the next comes
      synchronized (this) {
        listener = listener == cable ? null : listener;
      }
    }
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    cables.forEach(Cable::close);
    process.destroyForcibly();
    process.onExit().join();
  }

  /// Writes on, and isn't closed by whoever hangs up.
  private static final class Kept extends OutputStream {
    private final OutputStream to;

    Kept(OutputStream to) {
      this.to = to;
    }

    @Override
    public void write(int b) throws IOException {
      to.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      to.write(bytes, offset, length);
      to.flush();
    }
  }
}
