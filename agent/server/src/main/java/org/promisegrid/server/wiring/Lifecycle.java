package org.promisegrid.server.wiring;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.http.HttpServer;
import io.quarkus.vertx.http.HttpServerStart;
import io.quarkus.vertx.http.runtime.filters.Filters;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.server.rest.Origins;
import org.promisegrid.server.wire.SocketDoor;
import org.promisegrid.server.wire.Visits;

/// From the first part that is opened to the last that is closed.
@Singleton
final class Lifecycle {

  private final Kernel kernel;
  private final Visits visits;
  private final SocketDoor door;
  private final AgentFile file;
  private final ServiceNotice notice = ServiceNotice.of(System.getenv());
  private final String version;

  Lifecycle(
      Options options,
      Kernel kernel,
      Visits visits,
      SocketDoor door,
      @ConfigProperty(name = "quarkus.application.version") String version) {
    this.kernel = kernel;
    this.visits = visits;
    this.door = door;
    this.file = new AgentFile(options.home());
    this.version = version;
  }

  void start(
      @Observes StartupEvent event, @ConfigProperty(name = "quarkus.http.host") String host) {
    if (!isLoopback(host)) {
      throw new StartException(
          "listening at "
              + host
              + " would show tokens to the network: without TLS only an address of this host will"
              + " do, such as 127.0.0.1",
          null);
    }
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException _) {
      return false;
    }
  }

  /// Before everything else that a request meets.
  void guard(@Observes Filters filters, Origins origins) {
    filters.register(origins::check, Integer.MAX_VALUE);
  }

  void listening(@ObservesAsync HttpServerStart event, HttpServer http) throws IOException {
    String host = event.options().getHost();
    String url = "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + http.getPort();
    file.write(kernel.node(), url, door.path(), version);
    notice.ready();
  }

  void stop(@Observes ShutdownEvent event) throws IOException {
    notice.stopping();
    file.remove();
    visits.announceEnd();
    door.close();
    visits.close();
    kernel.close();
  }
}
