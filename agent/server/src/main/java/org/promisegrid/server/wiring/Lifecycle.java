package org.promisegrid.server.wiring;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.http.runtime.filters.Filters;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import org.promisegrid.kernel.JavaFault;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.server.rest.Origins;
import org.promisegrid.server.rest.Turnstile;
import org.promisegrid.server.wire.SocketDoor;
import org.promisegrid.server.wire.Visits;

/// From the first part that is opened to the last that is closed.
@Singleton
final class Lifecycle {

  /// What all is let go in, once what ran has had its time.
  private static final Duration CLOSING = Duration.ofSeconds(60);

  private static final System.Logger LOG = System.getLogger(Lifecycle.class.getName());

  private final Options options;
  private final Kernel kernel;
  private final Visits visits;
  private final SocketDoor door;
  private final AgentFile file;
  private final ServiceNotice notice;
  private final Duration grace;

  Lifecycle(Options options, Kernel kernel, Visits visits, SocketDoor door, ServiceNotice notice) {
    this.options = options;
    this.kernel = kernel;
    this.visits = visits;
    this.door = door;
    this.notice = notice;
    this.file = new AgentFile(options.home());
    this.grace = options.time(Option.DRAIN);
  }

  /// However it was started: nothing listens beyond this host unless it is encrypted.
  void start(@Observes StartupEvent event) {
    var _ = Doorway.of(options);
    warn(Runtime.version());
  }

  /// An agent that may hang isn't refused: its owner may have no other Java today.
  static void warn(Runtime.Version version) {
    JavaFault.of(version).ifPresent(fault -> LOG.log(System.Logger.Level.WARNING, fault));
  }

  /// Before everything else that a request meets.
  void guard(@Observes Filters filters, Origins origins, Turnstile turnstile) {
    filters.register(origins::check, Integer.MAX_VALUE);
    filters.register(turnstile::check, Integer.MAX_VALUE - 1);
  }

  /// First nothing more is begun, and readiness tells so, if it isn't so already; then what runs
  /// has its time; then everybody is let go.
  void stop(@Observes ShutdownEvent event) throws IOException {
    drain();
    file.remove();
    visits.announceEnd();
    door.close();
    visits.close();
    kernel.close();
  }

  /// The end was asked for, and everybody is still listened to.
  void drain(@Observes ShutdownDelayInitiatedEvent event) {
    drain();
  }

  /// Has nothing more begun, and waits for what was, as long as the owner gives it. Idempotent.
  private void drain() {
    try {
      notice.stopping(grace.plus(CLOSING));
    } catch (IOException e) {
      // Whoever started it may have gone; what runs has its time all the same.
      LOG.log(System.Logger.Level.WARNING, "who started this agent isn't told that it ends", e);
    }
    try {
      if (!kernel.drain(grace)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "runs are ended that took longer than {0}, {1}",
            Option.DRAIN.title(),
            grace);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
