package org.promisegrid.kernel.backup;

/// A home that no backup can be made of as it is: its message says what to change.
public final class BackupException extends RuntimeException {

  private static final long serialVersionUID = 1;

  BackupException(String message) {
    super(message);
  }
}
