package org.promisegrid.kernel.stack;

import java.time.Duration;
import java.util.List;

/// How it is found out whether a service does its work.
///
/// @param check what is tried
/// @param every how long after one try the next one begins
/// @param timeout how long one may take
/// @param retries how many in a row fail before it counts as unhealthy
/// @param within how long after a start failures don't count, unless one try succeeded
public record Health(Check check, Duration every, Duration timeout, int retries, Duration within) {

  static final Duration EVERY = Duration.ofSeconds(10);
  static final Duration TIMEOUT = Duration.ofSeconds(5);
  static final int RETRIES = 3;
  static final Duration WITHIN = Duration.ofMinutes(1);

  /// What is tried.
  public sealed interface Check {

    /// A GET of a path at a port of the workload's own, answered by 200 to 399.
    record Http(int port, String path) implements Check {}

    /// A connection to a port of the workload's own.
    record Tcp(int port) implements Check {}

    /// A program beside the workload that ends with 0.
    record Exec(List<String> words) implements Check {
      public Exec {
        words = List.copyOf(words);
        if (words.isEmpty()) {
          throw new IllegalArgumentException("a program has a name");
        }
      }
    }
  }
}
