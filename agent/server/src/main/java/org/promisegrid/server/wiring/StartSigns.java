package org.promisegrid.server.wiring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.promisegrid.kernel.Starting;

/// Tells those who wait for a start that it goes on: the service manager, which is asked for more
/// time, and whoever looks into the home, where a file says how far it is. It is there until this
/// is closed, and its words change as long as the start goes on. Of one thread.
final class StartSigns implements Starting, AutoCloseable {

  /// Within which time there will be another sign, or the start hangs.
  static final Duration NEXT = Duration.ofMinutes(5);

  private static final System.Logger LOG = System.getLogger(StartSigns.class.getName());

  private static final long EVERY = Duration.ofSeconds(1).toNanos();

  private final ServiceNotice notice;
  private final Path file;
  private final LongSupplier nanos;
  private long last;
  private boolean isFirst = true;

  StartSigns(ServiceNotice notice, Path home, LongSupplier nanos) {
    this.notice = notice;
    this.file = home.resolve("scratch").resolve("starting");
    this.nanos = nanos;
  }

  @Override
  public void applied(long upTo, long end) {
    long now = nanos.getAsLong();
    if (!isFirst && now - last < EVERY) {
      return;
    }
    isFirst = false;
    last = now;
    String words = "the index is made of the journal: " + upTo + " of " + end + " bytes";
    LOG.log(System.Logger.Level.DEBUG, words);
    try {
      notice.starting(words, NEXT);
      Files.writeString(file, words);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "whoever waits for this start may give up", e);
    }
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
  }
}
