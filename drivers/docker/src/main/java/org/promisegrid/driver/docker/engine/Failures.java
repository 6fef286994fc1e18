package org.promisegrid.driver.docker.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.github.dockerjava.api.exception.BadRequestException;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerClientException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;

/// What an engine's failure means to the agent, in one place.
public final class Failures {

  /// What the system says, by way of the engine, when it has no more of something.
  private static final List<String> EXHAUSTED =
      List.of(
          "no space left",
          "cannot allocate memory",
          "resource temporarily unavailable",
          "too many open files",
          "quota exceeded",
          "no available");

  private static final int LONGEST = 500;

  private static final Pattern ENDED_MEANWHILE =
      Pattern.compile("container state improper|open /proc/[0-9]+/ns/[a-z]+: no such");

  private Failures() {}

  /// What the agent is told of it.
  ///
  /// @param doing what was being tried
  /// @param cause what the client threw
  public static DriverException of(String doing, @Nullable Throwable cause) {
    if (cause instanceof DriverException told) {
      return new DriverException(told.kind(), doing + ": " + told.getMessage(), told);
    }
    return new DriverException(kind(cause), doing + ": " + text(cause), cause);
  }

  private static Kind kind(@Nullable Throwable cause) {
    return switch (cause) {
      case ConflictException _ -> Kind.CONFLICT;
      case NotModifiedException _ -> Kind.CONFLICT;
      case BadRequestException e -> exhausted(e) ? Kind.EXHAUSTED : Kind.UNSUPPORTED;
      case NotFoundException _ -> Kind.BROKEN;
      case DockerException e ->
          exhausted(e) ? Kind.EXHAUSTED : isTaken(e) ? Kind.CONFLICT : Kind.BROKEN;
      case DockerClientException _ -> Kind.BROKEN;
      case JsonProcessingException _ -> Kind.BROKEN;
      case IOException _ -> Kind.UNAVAILABLE;
      case RuntimeException e when e.getCause() != null -> kind(e.getCause());
      case null, default -> Kind.BROKEN;
    };
  }

  /// Whether Podman failed because a container, which it took for a running one, has ended.
  public static boolean hasEndedMeanwhile(DockerException e) {
    return ENDED_MEANWHILE.matcher(String.valueOf(e.getMessage())).find();
  }

  /// Podman has no status for a name that is there already.
  private static boolean isTaken(DockerException e) {
    return e.getHttpStatus() == 500
        && String.valueOf(e.getMessage()).contains("that name is already in use");
  }

  private static boolean exhausted(DockerException e) {
    return exhausted(String.valueOf(e.getMessage()));
  }

  /// Whether a message of the engine's says that there is no more of something.
  public static boolean exhausted(String message) {
    String said = message.toLowerCase(Locale.ROOT);
    return EXHAUSTED.stream().anyMatch(said::contains);
  }

  /// One line for a person, however long the engine's own is.
  public static String text(@Nullable Throwable cause) {
    if (cause instanceof RuntimeException && cause.getCause() instanceof IOException inner) {
      return text(inner);
    }
    if (cause == null || cause.getMessage() == null) {
      return String.valueOf(cause);
    }
    String said = cause.getMessage().strip().replaceAll("\\s+", " ");
    return said.length() <= LONGEST ? said : said.substring(0, LONGEST) + "…";
  }
}
