package org.promisegrid.sandbox;

import org.jspecify.annotations.Nullable;

/// A driver's own failure; what a workload did is an [Outcome].
public final class DriverException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final Kind kind;

  /// @param message what was being tried, on which id or target
  public DriverException(Kind kind, String message) {
    this(kind, message, null);
  }

  public DriverException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  /// Each says what to do.
  public enum Kind {
    /// Never here: try another driver.
    UNSUPPORTED,
    /// It exists already, or isn't in the state this needs: look, then choose again.
    CONFLICT,
    /// Later, or elsewhere.
    EXHAUSTED,
    /// The target doesn't answer: retry.
    UNAVAILABLE,
    /// Tell a person.
    BROKEN
  }
}
