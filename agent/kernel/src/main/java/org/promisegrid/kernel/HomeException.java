package org.promisegrid.kernel;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/// A home that can't be opened; the message is a sentence for its owner.
public final class HomeException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final Kind kind;

  HomeException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /// What it means that a file can't be used.
  static Kind kind(Throwable cause) {
    for (Throwable each = cause; each != null; each = each.getCause()) {
      // No later try meets other modes or owners, unless somebody changed them.
      if (each instanceof AccessDeniedException
          || each instanceof NotDirectoryException
          || each instanceof FileAlreadyExistsException) {
        return Kind.REFUSED;
      }
    }
    return Kind.BROKEN;
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
    /// Its owner has to say something else first: others may use a key, this user may not use a
    /// file, or there is something else than a home.
    REFUSED,
    /// Anything else, such as a disk that fails.
    BROKEN
  }
}
