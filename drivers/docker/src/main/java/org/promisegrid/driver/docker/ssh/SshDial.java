package org.promisegrid.driver.docker.ssh;

import com.jcraft.jsch.ChannelDirectStreamLocal;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.promisegrid.driver.docker.engine.Dial;

/// To an engine's socket on a host behind SSH, each time by a connection to the host of its own: on
/// one that is shared, whoever doesn't read holds up everybody.
public final class SshDial implements Dial {

  private static final int PATIENCE_MILLIS = 10_000;

  private final SshAddress address;
  private final SshHost host;

  public SshDial(SshAddress address, SshFiles files) {
    this.address = address;
    this.host = new SshHost(address, files);
  }

  @Override
  public Far open() throws IOException {
    Session session = host.enter();
    try {
      ChannelDirectStreamLocal channel =
          (ChannelDirectStreamLocal) session.openChannel("direct-streamlocal@openssh.com");
      channel.setSocketPath(address.socket());
      InputStream input = channel.getInputStream();
      OutputStream output = channel.getOutputStream();
      channel.connect(PATIENCE_MILLIS);
      return new Connection(session, input, new Written(session, output));
    } catch (JSchException e) {
      session.disconnect();
      throw new IOException(
          "%s lets %s in and doesn't connect to %s there (%s): whether it is there, %s may use it and the host forwards sockets is to be looked at"
              .formatted(
                  address.known(),
                  address.user(),
                  address.socket(),
                  String.valueOf(e.getMessage()).strip(),
                  address.user()),
          e);
    } catch (IOException | RuntimeException e) {
      session.disconnect();
      throw e;
    }
  }

  private record Connection(Session session, InputStream input, OutputStream output)
      implements Far {

    @Override
    public void endOutput() throws IOException {
      output.close();
    }

    @Override
    public void close() {
      session.disconnect();
    }
  }

  /// The library takes what is written to a connection that has ended, and forgets it.
  private static final class Written extends FilterOutputStream {

    private final Session session;

    Written(Session session, OutputStream output) {
      super(output);
      this.session = session;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
      out.flush();
      if (!session.isConnected()) {
        throw new IOException("the connection to " + session.getHost() + " has ended");
      }
    }
  }
}
