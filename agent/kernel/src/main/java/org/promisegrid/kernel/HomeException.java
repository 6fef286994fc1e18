package org.promisegrid.kernel;

import org.jspecify.annotations.Nullable;

/// A home that can't be opened; the message is a sentence for its owner.
public final class HomeException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final Kind kind;

  HomeException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  /// Why.
  public enum Kind {
    /// Another agent has it open.
    IN_USE,
    /// What lies in it is of a format that this agent doesn't know.
    UNKNOWN_FORMAT,
    /// A file in it is damaged: named.
    DAMAGED,
    /// Anything else, such as a directory that can't be written.
    BROKEN
  }
}
