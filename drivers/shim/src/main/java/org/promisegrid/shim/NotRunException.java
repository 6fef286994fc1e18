package org.promisegrid.shim;

/// What the shim couldn't do before the workload began. Nothing of it has executed; the shim ends.
public final class NotRunException extends ShimException {

  private static final long serialVersionUID = 1;

  private final int errno;
  private final String text;

  public NotRunException(int errno, String text) {
    super(text + ": " + name(errno));
    this.errno = errno;
    this.text = text;
  }

  /// The system's error number.
  public int errno() {
    return errno;
  }

  /// What couldn't be done.
  public String text() {
    return text;
  }

  /// Linux's names of what can be met here.
  private static String name(int errno) {
    return switch (errno) {
      case 1 -> "EPERM";
      case 2 -> "ENOENT";
      case 5 -> "EIO";
      case 7 -> "E2BIG";
      case 8 -> "ENOEXEC";
      case 11 -> "EAGAIN";
      case 12 -> "ENOMEM";
      case 13 -> "EACCES";
      case 17 -> "EEXIST";
      case 20 -> "ENOTDIR";
      case 22 -> "EINVAL";
      case 24 -> "EMFILE";
      case 28 -> "ENOSPC";
      case 30 -> "EROFS";
      case 36 -> "ENAMETOOLONG";
      case 40 -> "ELOOP";
      default -> "error " + errno;
    };
  }
}
