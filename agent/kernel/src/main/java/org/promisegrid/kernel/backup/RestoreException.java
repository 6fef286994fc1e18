package org.promisegrid.kernel.backup;

import org.jspecify.annotations.Nullable;

/// A backup that can't be restored: its message says why. Nothing was changed.
public final class RestoreException extends RuntimeException {

  private static final long serialVersionUID = 1;

  RestoreException(String message) {
    this(message, null);
  }

  RestoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
