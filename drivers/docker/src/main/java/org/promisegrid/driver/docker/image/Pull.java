package org.promisegrid.driver.docker.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.channels.ClosedByInterruptException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.engine.Failures;
import org.promisegrid.driver.docker.engine.Wire;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.ImageReference;
import org.promisegrid.sandbox.Secrets;

/// Has an engine bring an image from its registry. The engine verifies that it is what its digest
/// says; how far it has come is told.
final class Pull {

  private static final System.Logger LOGGER = System.getLogger(Pull.class.getName());

  private static final long LONGEST = TimeUnit.MINUTES.toSeconds(30);

  private static final ObjectMapper JSON = new ObjectMapper();

  /// What an engine says where a registry may do another time what it doesn't now.
  private static final List<String> FOR_NOW =
      List.of(
          "connection refused",
          "no such host",
          "timeout",
          "deadline exceeded",
          "unreachable",
          "server misbehaving",
          "connection reset",
          "unexpected eof",
          "verification failed", // damaged on its way, or where it lies
          "toomanyrequests");

  private static final List<String> SHUT =
      List.of("unauthorized", "denied", "authentication required", "no basic auth");

  private final Engine engine;
  private final ImageReference image;
  private final String doing;
  private final Optional<Login> login;
  private final Consumer<String> ear;
  private final Progress progress = new Progress();

  private Pull(
      Engine engine,
      ImageReference image,
      String doing,
      Optional<Login> login,
      Consumer<String> ear) {
    this.ear = ear;
    this.engine = engine;
    this.image = image;
    this.doing = doing;
    this.login = login;
  }

  /// Returns when it is there.
  ///
  /// @param ear is told how far it is; MUST NOT block
  /// @throws DriverException `UNAVAILABLE` if the registry can't be reached, `UNSUPPORTED` if it
  ///   doesn't have the image, `BROKEN` if it wants to know who asks, and doesn't
  static void of(Engine engine, ImageReference image, Secrets secrets, Consumer<String> ear)
      throws InterruptedException {
    String doing = "pulling " + image;
    new Pull(engine, image, doing, Login.to(image.registry(), secrets, doing), ear).run();
  }

  private void run() throws InterruptedException {
    LOGGER.log(System.Logger.Level.INFO, doing);
    String path =
        "/images/create?fromImage="
            + URLEncoder.encode(image.name(), UTF_8)
            + "&platform="
            + URLEncoder.encode(image.os() + "/" + image.architecture(), UTF_8);
    CountDownLatch over = new CountDownLatch(1);
    try (Wire wire = asked(path)) { // the engine ends what nobody waits for
      Thread.ofVirtual().name("bound of " + doing).start(() -> bound(wire, over));
      read(wire, over);
    } finally {
      over.countDown();
    }
    LOGGER.log(System.Logger.Level.INFO, doing + ": it is there");
  }

  private Wire asked(String path) throws InterruptedException {
    try {
      return engine.post(doing, path, login.map(Login::header).orElse(""));
    } catch (DriverException e) {
      if (e.kind() == Kind.UNAVAILABLE || e.kind() == Kind.EXHAUSTED) {
        throw e;
      }
      throw refused(Failures.text(e.getCause()), e);
    }
  }

  private static void bound(Wire wire, CountDownLatch over) {
    try {
      if (!over.await(LONGEST, TimeUnit.SECONDS)) {
        wire.close();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // nobody does that
    }
  }

  private void read(Wire wire, CountDownLatch over) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST);
    try (MappingIterator<JsonNode> lines =
        JSON.readerFor(JsonNode.class).readValues(wire.input())) {
      while (lines.hasNextValue()) {
        told(lines.nextValue());
      }
    } catch (ClosedByInterruptException _) {
      Thread.interrupted(); // the exception says it from here on
      throw new InterruptedException(doing);
    } catch (IOException e) {
      String why =
          System.nanoTime() < end || over.getCount() == 0
              ? "the engine hung up: " + e.getMessage()
              : "it takes too long";
      throw new DriverException(Kind.UNAVAILABLE, doing + ": " + why, e);
    }
  }

  private void told(JsonNode line) {
    if (line.has("error") || line.has("errorDetail")) {
      throw refused(
          line.path("errorDetail").path("message").asText(line.path("error").asText()), null);
    }
    progress.take(line).ifPresent(far -> ear.accept(doing + ": " + far));
  }

  /// Whether what an engine says of a registry may be otherwise another time.
  static boolean isForNow(String said) {
    return FOR_NOW.stream().anyMatch(said.toLowerCase(Locale.ROOT)::contains);
  }

  /// What keeps an image away for now, what credentials may change, and what will be the same next
  /// time.
  private DriverException refused(String said, @Nullable Throwable cause) {
    String lower = said.toLowerCase(Locale.ROOT);
    Kind kind = Kind.UNSUPPORTED;
    String hint = "";
    if (Failures.exhausted(said)) {
      kind = Kind.EXHAUSTED;
    } else if (isForNow(said)) {
      kind = Kind.UNAVAILABLE;
    } else if (SHUT.stream().anyMatch(lower::contains)) {
      kind = Kind.BROKEN;
      String named = Secrets.registrySecret(image.registry());
      hint =
          login.isPresent()
              ? "; it was asked with the secret " + named
              : "; `grid secret put " + named + "` keeps a USER:PASSWORD for it";
    }
    return new DriverException(kind, doing + ": the engine says: " + said + hint, cause);
  }
}
