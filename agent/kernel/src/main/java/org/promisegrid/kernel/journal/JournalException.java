package org.promisegrid.kernel.journal;

import org.jspecify.annotations.Nullable;

/// The journal can't be written or doesn't read back: the agent must not go on acknowledging.
public final class JournalException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final Kind kind;

  public JournalException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  /// Each says what to do.
  public enum Kind {
    /// There is no room: nothing was acknowledged; free some and try again.
    EXHAUSTED,
    /// A record doesn't match its hash, or the file is of an unknown format: tell a person.
    CORRUPT,
    /// The disk failed: tell a person.
    BROKEN
  }
}
