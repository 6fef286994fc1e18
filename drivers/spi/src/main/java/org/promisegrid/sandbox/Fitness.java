package org.promisegrid.sandbox;

import java.util.Map;

/// Whether a target can work now.
///
/// @param reason why not, or what was found, such as a version; one line for a person
/// @param capacity what it has; zero unless healthy
/// @param labels what placement may ask for, such as `arch`
public record Fitness(Status status, String reason, Capacity capacity, Map<String, String> labels) {

  public Fitness {
    labels = Map.copyOf(labels);
  }

  /// A target that can't work, and why.
  public static Fitness unfit(Status status, String reason) {
    if (status == Status.HEALTHY) {
      throw new IllegalArgumentException("a healthy target is fit");
    }
    return new Fitness(status, reason, Capacity.NONE, Map.of());
  }

  /// Worst first.
  public enum Status {
    /// What the driver needs isn't installed or isn't there.
    UNDETECTED,
    /// It is there and doesn't work now.
    UNHEALTHY,
    HEALTHY
  }

  /// How much work a target can hold.
  ///
  /// @param sandboxes how many may run at once
  /// @param memory bytes they may hold together
  public record Capacity(int sandboxes, long memory) {
    public static final Capacity NONE = new Capacity(0, 0);
  }
}
