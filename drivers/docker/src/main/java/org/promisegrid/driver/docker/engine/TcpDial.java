package org.promisegrid.driver.docker.engine;

import com.github.dockerjava.core.LocalDirectorySSLConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// By TCP; with certificates by TLS, where both ends know each other by them.
///
/// @param certificates a folder with `ca.pem`, `cert.pem` and `key.pem`, as Docker's own clients
///   have it; read anew for each connection, so that renewed files count
public record TcpDial(String host, int port, Optional<Path> certificates) implements Dial {

  private static final int PATIENCE_MILLIS = 10_000;

  @Override
  public Far open() throws IOException {
    Optional<SSLContext> context =
        certificates.isPresent() ? Optional.of(context(certificates.get())) : Optional.empty();
    Socket raw = new Socket();
    try {
      raw.setTcpNoDelay(true);
      raw.connect(new InetSocketAddress(host, port), PATIENCE_MILLIS);
      return new Connection(raw, context.isPresent() ? secured(raw, context.get()) : raw);
    } catch (IOException | RuntimeException e) {
      raw.close();
      throw e;
    }
  }

  private static SSLContext context(Path folder) throws IOException {
    for (String name : new String[] {"ca.pem", "cert.pem", "key.pem"}) {
      if (!Files.isReadable(folder.resolve(name))) {
        throw new IOException("there is no " + folder.resolve(name) + " that can be read");
      }
    }
    try {
      return new LocalDirectorySSLConfig(folder.toString()).getSSLContext();
    } catch (RuntimeException e) {
      throw new IOException("the certificates in " + folder + " can't be used: " + e, e);
    }
  }

  private SSLSocket secured(Socket raw, SSLContext context) throws IOException {
    SSLSocket secure = (SSLSocket) context.getSocketFactory().createSocket(raw, host, port, true);
    SSLParameters parameters = secure.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS"); // the name in its certificate, too
    secure.setSSLParameters(parameters);
    raw.setSoTimeout(PATIENCE_MILLIS);
    secure.startHandshake();
    raw.setSoTimeout(0);
    return secure;
  }

  /// @param raw what is closed: that ends reads and writes of `used`, whoever is in them
  private record Connection(Socket raw, Socket used) implements Far {

    @Override
    public InputStream input() throws IOException {
      return used.getInputStream();
    }

    @Override
    public OutputStream output() throws IOException {
      return used.getOutputStream();
    }

    @Override
    public void endOutput() throws IOException {
      used.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
      raw.close();
    }
  }
}
