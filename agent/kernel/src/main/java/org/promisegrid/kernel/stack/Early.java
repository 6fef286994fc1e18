package org.promisegrid.kernel.stack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.service.LogRange;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServiceLog;
import org.promisegrid.sandbox.service.ServiceSpec;

/// Why a service may have ended soon after its start: what it said last, and what could have been
/// in its way.
///
/// @param log the last lines of its standard error, or of its output if there are none
/// @param hint what to change
record Early(String log, Optional<String> hint) {

  private static final int LINES = 40;
  private static final int MOST = 4096;

  /// What a line of a log tells, and what helps.
  private record Sign(List<String> words, String hint) {}

  private static final List<Sign> SIGNS =
      List.of(
          new Sign(
              List.of("read-only file system", "erofs"),
              "its root can't be written: give it a place for its data, `volumes: {data: /path}`, or"
                  + " relax it by `security: image`"),
          new Sign(
              List.of(
                  "network is unreachable",
                  "could not resolve",
                  "name resolution",
                  "no such host",
                  "enotfound",
                  "network unreachable"),
              "it has no way to the world: `egress: true`"),
          new Sign(
              List.of("cannot allocate memory", "out of memory", "outofmemory", "enomem"),
              "it has too little memory: `limits: {memory: …}`"),
          new Sign(
              List.of("resource temporarily unavailable", "can't fork", "cannot fork", "eagain"),
              "it has too few processes: `limits: {pids: …}`"),
          new Sign(
              List.of("must be run as root", "not root", "setuid", "setgid", "setgroups", "chown"),
              "it isn't root and has no capabilities: `security: image`, or another `user`"),
          new Sign(
              List.of("permission denied", "operation not permitted", "eacces", "eperm"),
              "it isn't root and has no capabilities, or a file is another user's: `user: …`, or"
                  + " `security: image`"));

  /// Looks at what is left of it.
  static Early look(Service service, Declaration wanted, ServiceExit exit)
      throws InterruptedException {
    Deque<String> errors = new ArrayDeque<>();
    Deque<String> output = new ArrayDeque<>();
    // A target may note a start a little late, and what was written by then is what tells most.
    Optional<Instant> since = Optional.of(exit.started().minusSeconds(1));
    try (ServiceLog log = service.logs(new LogRange(LINES, since, false))) {
      for (Optional<ServiceLog.Piece> piece = log.next(); piece.isPresent(); piece = log.next()) {
        (piece.get().error() ? errors : output).add(text(piece.get().bytes()));
      }
    } catch (IOException | DriverException e) {
      errors.add("(its log can't be read: " + e.getMessage() + ")");
    }
    String said = last(errors.isEmpty() ? output : errors);
    return new Early(said, hint(wanted, exit, said));
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes).toString();
  }

  private static String last(Deque<String> pieces) {
    String all = String.join("", pieces);
    return all.length() <= MOST ? all : all.substring(all.length() - MOST);
  }

  static Optional<String> hint(Declaration wanted, ServiceExit exit, String said) {
    if (exit.memory()) {
      return Optional.of(
          "it has no more than "
              + (wanted.allowance().memory() >> 20)
              + " MiB of memory: `limits: {memory: …}`");
    }
    String low = said.toLowerCase(Locale.ROOT);
    Optional<String> sign =
        SIGNS.stream()
            .filter(it -> it.words().stream().anyMatch(low::contains))
            .filter(it -> !(it.hint().contains("egress") && wanted.egress()))
            .filter(it -> wanted.security() == ServiceSpec.Security.STRICT || !isOfStrict(it))
            .map(Sign::hint)
            .findFirst();
    if (sign.isPresent()) {
      return sign;
    }
    return switch (exit.code()) {
      case 126, 127 -> Optional.of("its program can't be run: `entrypoint`, `command`");
      case 128 + 31 -> Optional.of("it did what is forbidden here: `security: image`");
      default -> Optional.empty();
    };
  }

  /// What the journal says of it.
  String words(ServiceExit exit) {
    return "ended "
        + Duration.between(exit.started(), exit.ended()).toMillis()
        + " ms after its start, with "
        + exit.code()
        + hint.map(it -> "; " + it).orElse("")
        + ": "
        + log;
  }

  /// Whether there is anything to say.
  boolean tells() {
    return hint.isPresent() || !log.isEmpty();
  }

  private static boolean isOfStrict(Sign sign) {
    return sign.hint().contains("security: image");
  }
}
