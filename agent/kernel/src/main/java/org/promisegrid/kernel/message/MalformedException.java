package org.promisegrid.kernel.message;

import org.jspecify.annotations.Nullable;

/// Bytes or items that are not what they should be; the message says what, and where. The only
/// exception that a decoder throws.
public final class MalformedException extends Exception {

  private static final long serialVersionUID = 1;

  public MalformedException(String message) {
    super(message);
  }

  public MalformedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
