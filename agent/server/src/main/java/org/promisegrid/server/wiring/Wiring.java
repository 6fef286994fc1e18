package org.promisegrid.server.wiring;

import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.promisegrid.kernel.Allowance;
import org.promisegrid.kernel.Drivers;
import org.promisegrid.kernel.HomeException;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.kernel.Settings;
import org.promisegrid.kernel.content.StorageException;
import org.promisegrid.kernel.journal.JournalException;
import org.promisegrid.kernel.storage.Storage;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.server.rest.Gateway;
import org.promisegrid.server.rest.Http;
import org.promisegrid.server.rest.Meters;
import org.promisegrid.server.rest.Nonces;
import org.promisegrid.server.rest.Origins;
import org.promisegrid.server.rest.Streams;
import org.promisegrid.server.rest.Turnstile;
import org.promisegrid.server.wire.Errands;
import org.promisegrid.server.wire.Reception;
import org.promisegrid.server.wire.Room;
import org.promisegrid.server.wire.Session;
import org.promisegrid.server.wire.SocketDoor;
import org.promisegrid.server.wire.Visits;

/// Makes each thing the agent consists of, once, and closes it.
@ApplicationScoped
final class Wiring {

  private static final Duration SILENCE = Duration.ofMinutes(2);
  private static final int CONNECTIONS = 256;

  @Produces
  @Singleton
  Options options() {
    return Options.read(System.getenv(), System.getProperties());
  }

  @Produces
  @Singleton
  ServiceNotice notice() {
    return ServiceNotice.of(System.getenv());
  }

  @Produces
  @Singleton
  Watchdog watchdog(ServiceNotice notice, Kernel kernel) {
    return new Watchdog(notice, kernel::isAlive);
  }

  void close(@Disposes Watchdog watchdog) {
    watchdog.close();
  }

  @Produces
  @Singleton
  DriverJars driverJars(Options options) {
    return DriverJars.of(options);
  }

  void close(@Disposes DriverJars jars) throws IOException {
    jars.close();
  }

  @Produces
  @Singleton
  Kernel kernel(
      Options options,
      DriverJars jars,
      ServiceNotice notice,
      @ConfigProperty(name = "quarkus.application.version") String version) {
    Drivers drivers = jars.drivers();
    Set<String> strangers = new TreeSet<>(options.drivers().keySet());
    strangers.removeAll(
        drivers.factories().stream().map(SandboxDriverFactory::name).collect(Collectors.toSet()));
    // Those of a driver whose jar was left out are no mistake, and the agent starts without it.
    if (!strangers.isEmpty() && drivers.skipped().isEmpty()) {
      throw new StartException(
          "options for drivers that aren't there: "
              + strangers.stream()
                  .map(name -> "grid.drivers." + name)
                  .collect(Collectors.joining(", ")),
          null);
    }
    try (StartSigns signs = new StartSigns(notice, options.home(), System::nanoTime)) {
      Kernel kernel =
          Kernel.open(
              new Settings(
                  options.home(),
                  version,
                  options.drivers(),
                  options.rates(),
                  options.number(Option.SEGMENT),
                  new Allowance(
                      options.number(Option.RATE),
                      (int) options.number(Option.CALLS),
                      options.number(Option.SIZE),
                      options.time(Option.TIME)),
                  new Storage(
                      options.number(Option.RESERVE),
                      options.amount(Option.BUDGET),
                      options.amount(Option.RESULTS),
                      options.number(Option.OUTPUT),
                      options.time(Option.LEASE),
                      options.period(Option.COLLECT))),
              drivers,
              InstantSource.system(),
              new SecureRandom(),
              signs);
      // The home is ours from here on: what it says of an agent is of one that was killed.
      new AgentFile(options.home()).remove();
      return kernel;
    } catch (IOException e) {
      throw StartException.passing("can't write in the home: " + e.getMessage(), e);
    } catch (HomeException | StorageException | JournalException | IllegalArgumentException e) {
      String sentence = String.valueOf(e.getMessage());
      throw isLasting(e) ? new StartException(sentence, e) : StartException.passing(sentence, e);
    }
  }

  /// Whether the next start would meet the same: damage, a format of others, files that others may
  /// use or this user may not, options that drivers don't take. A disk may have room again, and
  /// another agent may end.
  private static boolean isLasting(RuntimeException e) {
    return switch (e) {
      case HomeException home ->
          switch (home.kind()) {
            case DAMAGED, UNKNOWN_FORMAT, REFUSED -> true;
            case IN_USE, BROKEN -> false;
          };
      case StorageException storage -> storage.kind() == StorageException.Kind.DAMAGED;
      case JournalException journal -> journal.kind() == JournalException.Kind.CORRUPT;
      default -> true;
    };
  }

  void close(@Disposes Kernel kernel) {
    kernel.close();
  }

  @Produces
  @Singleton
  Visits visits(Options options) {
    return new Visits(options.time(Option.STUCK));
  }

  void close(@Disposes Visits visits) {
    visits.close();
  }

  @Produces
  @Singleton
  Reception reception(Kernel kernel, MeterRegistry meters) {
    return new Reception(kernel, meters);
  }

  @Produces
  @Singleton
  Errands errands(Reception reception, Visits visits) {
    return new Errands(reception, visits);
  }

  @Produces
  @Singleton
  Session session(Reception reception, Errands errands, Visits visits) {
    return new Session(reception, errands, visits);
  }

  @Produces
  @Singleton
  Http http(Visits visits) {
    HeapShares shares = HeapShares.of(Runtime.getRuntime().maxMemory());
    return new Http(visits, new Room(shares.bodies()), new Room(shares.messages()));
  }

  @Produces
  @Singleton
  Gateway gateway(Reception reception, Errands errands, Http http) {
    return new Gateway(reception, errands, http);
  }

  @Produces
  @Singleton
  Streams streams(Options options, Http http) {
    return new Streams(http, options.time(Option.HEARTBEAT));
  }

  @Produces
  @Singleton
  Nonces nonces() {
    return new Nonces(new SecureRandom());
  }

  @Produces
  @Singleton
  Meters meters(
      Kernel kernel, @ConfigProperty(name = "quarkus.application.version") String version) {
    return new Meters(kernel, version);
  }

  void close(@Disposes Meters meters) {
    meters.close();
  }

  @Produces
  @Singleton
  Origins origins(Options options) {
    return new Origins(options.names());
  }

  @Produces
  @Singleton
  Turnstile turnstile(Options options) {
    return new Turnstile(options.number(Option.RATE));
  }

  @Produces
  @Singleton
  SocketDoor socket(Options options, Session session, Visits visits) {
    try {
      return SocketDoor.open(
          options.home().resolve("agent.sock"), session, visits, SILENCE, CONNECTIONS);
    } catch (IOException e) {
      throw StartException.passing(String.valueOf(e.getMessage()), e);
    }
  }

  void close(@Disposes SocketDoor door) throws IOException {
    door.close();
  }
}
