package org.promisegrid.cli.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.text.Sizes;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.JavaFault;

/// What the agent needs of the host it runs on.
public final class Host {

  /// The content store leaves as much of the disk alone (ADR 5).
  private static final long RESERVE = 64L << 20;

  /// So little is soon used up.
  private static final long SCARCE = 1L << 30;

  /// Clocks of files and of this process may differ by so much.
  private static final Duration TOLERANCE = Duration.ofMinutes(1);

  private static final int JAVA = 25;

  private Host() {}

  /// The Java that runs this, and agents that are started by it.
  ///
  /// @param version of it
  public static Finding java(Runtime.Version version) {
    String says =
        "Java "
            + version
            + " of "
            + System.getProperty("java.vendor", "an unknown maker")
            + " in "
            + System.getProperty("java.home", "an unknown place");
    if (version.feature() < JAVA) {
      return Finding.wrong("java", says, "install a JDK 25.0.3 or later, and name it by JAVA_HOME");
    }
    return JavaFault.of(version)
        .map(fault -> Finding.wrong("java", says, fault + ", and name it by JAVA_HOME"))
        .orElseGet(() -> Finding.good("java", says));
  }

  /// Room on the disk that a home lies on, or will.
  public static Finding disk(Path home) {
    Path there = home;
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    long free = there.toFile().getUsableSpace();
    try {
      FileStore store = Files.getFileStore(there);
      return disk(there, free, store.isReadOnly(), store.type());
    } catch (IOException _) {
      // Within a chroot nobody finds the mount, which is an answer.
      return disk(there, free, false, "of a kind that isn't told");
    }
  }

  static Finding disk(Path where, long free, boolean readOnly, String type) {
    String says = Sizes.text(free) + " free, " + type + ", at " + where;
    if (readOnly) {
      return Finding.wrong("disk", says + "; it can't be written", "mount it for writing");
    }
    if (free < RESERVE) {
      return Finding.wrong(
          "disk",
          says + "; below " + Sizes.text(RESERVE) + " no content is taken",
          "make room on it, or move the data folder to a larger one");
    }
    if (Set.of("tmpfs", "ramfs").contains(type)) {
      return Finding.note(
          "disk", says + "; it is memory, gone when the host ends", "choose another data folder");
    }
    return free < SCARCE
        ? Finding.note("disk", says, "make room on it before it is full")
        : Finding.good("disk", says);
  }

  /// Whether time goes forward: tokens end by this clock, and the journal is written by it.
  public static Finding clock(Path home, Instant now) {
    Optional<Instant> last = lastWritten(home);
    if (last.isPresent() && last.get().isAfter(now.plus(TOLERANCE))) {
      return Finding.wrong(
          "clock",
          "the data folder was written "
              + Spans.text(Duration.between(now, last.get()))
              + " after what the clock says now",
          "set the clock: until then tokens that had ended may count again");
    }
    return clock(synchronised());
  }

  static Finding clock(Optional<Boolean> synchronised) {
    if (synchronised.isEmpty()) {
      return Finding.good("clock", "it goes on; whether it is synchronised nobody here can tell");
    }
    return synchronised.get()
        ? Finding.good("clock", "it goes on, and is synchronised")
        : Finding.note(
            "clock",
            "nothing synchronises it",
            "have it done, for example by systemd-timesyncd: tokens end by this clock");
  }

  /// When something was last written that is written with everything.
  private static Optional<Instant> lastWritten(Path home) {
    Path journal = home.resolve("journal");
    if (!Files.isReadable(journal)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(journal)) {
      Optional<FileTime> last = Optional.empty();
      for (Path file : files.toList()) {
        FileTime written = Files.getLastModifiedTime(file);
        if (last.isEmpty() || written.compareTo(last.get()) > 0) {
          last = Optional.of(written);
        }
      }
      return last.map(FileTime::toInstant);
    } catch (IOException e) {
      throw Failure.agent("can't look into " + journal + ": " + e.getMessage()).because(e);
    }
  }

  /// What systemd says of the clock, where it is there to ask.
  private static Optional<Boolean> synchronised() {
    if (!Files.isDirectory(Path.of("/run/systemd/system"))) {
      return Optional.empty();
    }
    try {
      Process asked =
          new ProcessBuilder(List.of("timedatectl", "show", "-p", "NTPSynchronized", "--value"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!asked.waitFor(5, TimeUnit.SECONDS)) {
        asked.destroyForcibly();
        return Optional.empty();
      }
      try (var out = asked.getInputStream()) {
        return switch (new String(out.readAllBytes(), StandardCharsets.US_ASCII).strip()) {
          case "yes" -> Optional.of(true);
          case "no" -> Optional.of(false);
          default -> Optional.empty();
        };
      }
    } catch (IOException _) {
      // A host without that program, which is an answer.
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.agent("interrupted").because(e);
    }
  }
}
