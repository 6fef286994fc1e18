package org.promisegrid.kernel.content;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/// The disk, or what this agent keeps on it, failed. What was acknowledged before stands.
public final class StorageException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /// What can be done about it.
  public enum Kind {
    /// The disk is full, or so nearly that only the reserve is left: free something, try again.
    EXHAUSTED,
    /// A database can't be read. One that is derived is deleted and rebuilt; else tell a person.
    DAMAGED,
    /// Another process has it open.
    IN_USE,
    /// Anything else: tell a person.
    BROKEN
  }

  private final Kind kind;
  private final String path;

  public StorageException(Kind kind, String what, Path path, @Nullable Throwable cause) {
    super(what + ": " + path, cause);
    this.kind = kind;
    this.path = path.toString();
  }

  public Kind kind() {
    return kind;
  }

  /// Where: the file or folder that the failure was met at.
  public Path path() {
    return Path.of(path);
  }

  /// What an I/O failure while `doing` something means.
  public static StorageException of(String doing, Path path, IOException cause) {
    return isFull(cause)
        ? new StorageException(Kind.EXHAUSTED, "the disk is full, " + doing, path, cause)
        : new StorageException(Kind.BROKEN, doing, path, cause);
  }

  static StorageException of(String doing, Path path, RocksDBException cause) {
    @Nullable Status status = cause.getStatus();
    if (status != null && status.getSubCode() == Status.SubCode.NoSpace) {
      return new StorageException(Kind.EXHAUSTED, "the disk is full, " + doing, path, cause);
    }
    String message = String.valueOf(cause.getMessage());
    if (message.contains("/LOCK")) {
      return new StorageException(
          Kind.IN_USE, "another process has it open, " + doing, path, cause);
    }
    boolean corrupt = status != null && status.getCode() == Status.Code.Corruption;
    // A table, manifest or log that is gone altogether is told as an I/O error.
    boolean gone = message.contains("No such file") || message.contains("does not exist");
    return corrupt || gone
        ? new StorageException(Kind.DAMAGED, "damaged, " + doing, path, cause)
        : new StorageException(Kind.BROKEN, doing, path, cause);
  }

  /// Whether a failure of writing means that the disk is full.
  public static boolean isFullDisk(IOException cause) {
    return isFull(cause);
  }

  /// ENOSPC and EDQUOT have no exception of their own in Java: only the text of strerror tells.
  private static boolean isFull(IOException cause) {
    String message = String.valueOf(cause.getMessage());
    return message.contains("No space left") || message.contains("quota exceeded");
  }
}
