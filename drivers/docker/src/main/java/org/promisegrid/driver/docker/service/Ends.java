package org.promisegrid.driver.docker.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.engine.Wire;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;

/// Waits for containers, and programs in them, to end: one stream of the engine's events for all
/// who wait, so that many services need one connection.
final class Ends implements AutoCloseable {

  private static final System.Logger LOGGER = System.getLogger(Ends.class.getName());

  /// An event only says that it is time to ask. Should one be lost, it is asked all the same.
  private static final Duration LONGEST_WITHOUT_ASKING = Duration.ofMinutes(1);

  /// From the beginning of what the engine remembers: what ends while the stream begins is told,
  /// and to be told of others costs nothing.
  private static final String SINCE_EVER = "1";

  /// Podman remembers all that it has written down: there it is from a minute ago by its clock.
  private static final String SINCE_LATELY = "1m";

  /// What Docker and Podman call it when a container or a program in one has ended, and when a
  /// container is gone.
  private static final String EVENTS =
      "\"die\",\"died\",\"destroy\",\"remove\",\"exec_die\",\"exec_died\"";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Engine engine;
  private final String filters;

  private final List<Waiter> waiters = new ArrayList<>(); // guarded by this
  private @Nullable Wire stream; // guarded by this
  private boolean closed; // guarded by this

  /// Asks the engine whether what is waited for has come.
  @FunctionalInterface
  interface Question<T> {
    Optional<T> ask() throws InterruptedException;
  }

  /// One who waits; two who wait for the same are two.
  private static final class Waiter {

    private final String container;
    private final Semaphore told = new Semaphore(0);

    Waiter(String container) {
      this.container = container;
    }
  }

  /// @param node whose containers it is about
  Ends(Engine engine, String node) {
    this.engine = engine;
    String wanted =
        "{\"type\":[\"container\"],\"event\":["
            + EVENTS
            + "],\"label\":[\""
            + ServiceNames.NODE
            + "="
            + node
            + "\"]}";
    this.filters = URLEncoder.encode(wanted, UTF_8);
  }

  /// Waits until the question is answered.
  ///
  /// @param container the engine's id of the one that ends, or in which a program does
  /// @throws DriverException `UNAVAILABLE` if the engine goes away
  <T> T await(String doing, String container, Question<T> question) throws InterruptedException {
    Waiter waiter = new Waiter(container);
    add(waiter);
    try {
      while (true) {
        listen(doing);
        waiter.told.drainPermits();
        Optional<T> answer = question.ask();
        if (answer.isPresent()) {
          return answer.get();
        }
        boolean told = waiter.told.tryAcquire(LONGEST_WITHOUT_ASKING.toSeconds(), TimeUnit.SECONDS);
        LOGGER.log(System.Logger.Level.TRACE, "{0}: {1}", doing, told ? "told" : "nothing heard");
      }
    } finally {
      remove(waiter);
    }
  }

  private synchronized void add(Waiter waiter) {
    waiters.add(waiter);
  }

  private synchronized void remove(Waiter waiter) {
    waiters.remove(waiter);
  }

  /// Sees to it that events come.
  private synchronized void listen(String doing) throws InterruptedException {
    if (closed) {
      throw new DriverException(Kind.UNAVAILABLE, doing + ": the driver is closed");
    }
    if (stream == null) {
      String since = engine.isPodman() ? SINCE_LATELY : SINCE_EVER;
      Wire opened = engine.get(doing, "/events?since=" + since + "&filters=" + filters);
      stream = opened;
      Thread.ofVirtual().name("docker events").start(() -> read(opened));
    }
  }

  private void read(Wire opened) {
    try (opened;
        MappingIterator<JsonNode> events =
            JSON.readerFor(JsonNode.class).readValues(opened.input())) {
      while (events.hasNextValue()) {
        tell(events.nextValue().path("Actor").path("ID").asText());
      }
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "no events of the engine any more", e);
    } finally {
      over(opened);
    }
  }

  private synchronized void tell(String container) {
    for (Waiter waiter : waiters) {
      if (waiter.container.equals(container)) {
        waiter.told.release();
      }
    }
  }

  /// Whoever waits asks again, and so finds whether the engine is there.
  private synchronized void over(Wire ended) {
    if (stream == ended) {
      stream = null;
    }
    waiters.forEach(waiter -> waiter.told.release());
  }

  /// Whoever waits is told that the driver is closed. Idempotent.
  @Override
  public void close() {
    Wire open;
    synchronized (this) {
      closed = true;
      open = stream;
    }
    if (open != null) {
      open.close();
    }
  }
}
