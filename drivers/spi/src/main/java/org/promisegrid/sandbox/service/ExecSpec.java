package org.promisegrid.sandbox.service;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A program to run beside a service's workload.
///
/// @param words the program and its arguments
/// @param environment variables, over the service's
/// @param user as in [ServiceSpec.Workload]; absent is the service's
/// @param terminal its size, where it gets one; its standard error is then output, too
public record ExecSpec(
    List<String> words,
    Map<String, String> environment,
    Optional<String> user,
    Optional<Size> terminal) {

  public ExecSpec {
    words = List.copyOf(words);
    environment = Map.copyOf(environment);
    if (words.isEmpty()) {
      throw new IllegalArgumentException("a program has a name");
    }
  }

  /// Of a terminal, in characters.
  public record Size(int rows, int columns) {}
}
