package org.promisegrid.driver.docker;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.promisegrid.driver.docker.engine.Dial;
import org.promisegrid.driver.docker.engine.Relay;
import org.promisegrid.driver.docker.engine.TcpDial;
import org.promisegrid.driver.docker.ssh.SshAddress;
import org.promisegrid.driver.docker.ssh.SshDial;
import org.promisegrid.driver.docker.ssh.SshFiles;

/// The way to one engine: a socket of this host's, or one of the agent's own behind which an engine
/// elsewhere is. An address that leads nowhere has its reason instead.
final class Access implements AutoCloseable {

  private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|::1");

  private final Path socket;
  private final Optional<Relay> relay;
  private final Optional<String> refusal;

  private Access(Path socket, Optional<Relay> relay, Optional<String> refusal) {
    this.socket = socket;
    this.relay = relay;
    this.refusal = refusal;
  }

  /// @param address such as `unix:///var/run/docker.sock`, `tcp://engine.example:2376` or
  ///   `ssh://me@engine.example`
  /// @param certificates of TCP
  /// @param ssh of SSH
  /// @param scratch where a socket of the agent's own may be
  static Access of(String address, Optional<Path> certificates, SshFiles ssh, Path scratch) {
    if (address.startsWith("unix:///")) {
      return new Access(
          Path.of(address.substring("unix://".length())), Optional.empty(), Optional.empty());
    }
    if (address.startsWith("ssh://")) {
      try {
        SshAddress host = SshAddress.of(address, System.getProperty("user.name"));
        return relayed(new SshDial(host, ssh), scratch);
      } catch (IllegalArgumentException e) {
        return refused(String.valueOf(e.getMessage()));
      }
    }
    URI uri;
    try {
      uri = new URI(address);
    } catch (URISyntaxException e) {
      return refused(address + " is no address of an engine: " + e.getReason());
    }
    if (!"tcp".equals(uri.getScheme()) || uri.getHost() == null) {
      return refused(
          address + " is no address of an engine: unix:///…, tcp://host:port or ssh://host");
    }
    String host = uri.getHost().replaceAll("[\\[\\]]", "");
    if (certificates.isEmpty() && !LOOPBACK.matcher(host).matches()) {
      return refused(
          "beyond this host an engine is spoken with by TLS only: set the option certificates, or"
              + " DOCKER_TLS_VERIFY and DOCKER_CERT_PATH");
    }
    int port = uri.getPort() >= 0 ? uri.getPort() : certificates.isPresent() ? 2376 : 2375;
    return relayed(new TcpDial(host, port, certificates), scratch);
  }

  private static Access relayed(Dial dial, Path scratch) {
    Relay relay = new Relay(dial, scratch.resolve("relay"));
    return new Access(relay.socket(), Optional.of(relay), Optional.empty());
  }

  private static Access refused(String why) {
    return new Access(Path.of("/nowhere"), Optional.empty(), Optional.of(why));
  }

  /// By which the engine is spoken with, once this is open.
  Path socket() {
    return socket;
  }

  /// Opens it; why that can't be done, if it can't.
  Optional<String> open() {
    if (refusal.isPresent()) {
      return refusal;
    }
    if (relay.isEmpty()) {
      return Files.exists(socket) ? Optional.empty() : Optional.of("there is no " + socket);
    }
    try {
      relay.get().start();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /// What is in the way, where the engine doesn't answer, if anything is known of it.
  Optional<String> obstacle() {
    return relay.flatMap(Relay::failure);
  }

  @Override
  public void close() {
    relay.ifPresent(Relay::close);
  }
}
