package org.promisegrid.server.wiring;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.vertx.http.HttpServer;
import jakarta.inject.Singleton;
import java.io.IOException;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.server.wire.SocketDoor;

/// An agent that listens: tells everybody where, and waits for its end.
@Singleton
public final class AgentApplication implements QuarkusApplication {

  private final Options options;
  private final Kernel kernel;
  private final SocketDoor door;
  private final HttpServer http;
  private final ServiceNotice notice;
  private final Watchdog watchdog;
  private final String version;

  AgentApplication(
      Options options,
      Kernel kernel,
      SocketDoor door,
      HttpServer http,
      ServiceNotice notice,
      Watchdog watchdog,
      @ConfigProperty(name = "quarkus.application.version") String version) {
    this.options = options;
    this.kernel = kernel;
    this.door = door;
    this.http = http;
    this.notice = notice;
    this.watchdog = watchdog;
    this.version = version;
  }

  @Override
  public int run(String... arguments) {
    try {
      announce();
    } catch (IOException e) {
      throw StartException.passing("where it listens can't be told in " + options.home(), e);
    }
    Quarkus.waitForExit();
    return 0;
  }

  /// Tells where it can be reached. Not on the event of HTTP's start: that is of one of its event
  /// loops, while another may still be about to note the port.
  ///
  /// @throws IOException if the home can't take it
  public void announce() throws IOException {
    Doorway doorway = Doorway.of(options);
    String url =
        doorway.tls().isPresent()
            ? url("https", doorway.host(), http.getSecurePort())
            : url("http", doorway.host(), http.getPort());
    new AgentFile(options.home()).write(kernel.node(), url, door.path(), version);
    notice.ready();
    watchdog.start();
  }

  private static String url(String scheme, String host, int port) {
    return scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
