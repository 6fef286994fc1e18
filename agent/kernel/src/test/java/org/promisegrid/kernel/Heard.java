package org.promisegrid.kernel;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/// What a class says to the log until this is closed.
public final class Heard implements AutoCloseable {

  /// Held, since loggers that nobody holds forget who listens.
  private final Logger log;

  private final List<String> said = new ArrayList<>();

  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord logged) {
          synchronized (said) {
            said.add(logged.getLevel() + " " + new SimpleFormatter().formatMessage(logged));
            said.notifyAll();
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  public Heard(String speaker) {
    this.log = Logger.getLogger(speaker);
    log.addHandler(handler);
  }

  /// Lines, each behind its level.
  public List<String> said() {
    synchronized (said) {
      return List.copyOf(said);
    }
  }

  /// Waits until so many lines with those words have been said.
  public void await(String words, int lines) throws InterruptedException {
    long until = System.nanoTime() + Duration.ofMinutes(5).toNanos();
    synchronized (said) {
      while (said.stream().filter(line -> line.contains(words)).count() < lines) {
        long left = until - System.nanoTime();
        if (left <= 0) {
          throw new AssertionError("not said within five minutes: " + words + ", but " + said);
        }
        said.wait(left / 1_000_000 + 1);
      }
    }
  }

  @Override
  public void close() {
    log.removeHandler(handler);
  }
}
