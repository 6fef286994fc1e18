package org.promisegrid.shim;

import java.util.Optional;

/// A file that the shim writes before the run, and that its reader alone may read: where it lies in
/// memory, its content stands on no disk.
public final class SecretFile {

  private final String path;
  private final Optional<Command.User> reader;
  private final byte[] content;

  /// A file to be written.
  ///
  /// @param path nothing lies there yet
  /// @param reader the shim's own user if empty
  /// @param content isn't copied: it may be overwritten once the run has begun
  public SecretFile(String path, Optional<Command.User> reader, byte[] content) {
    this.path = path;
    this.reader = reader;
    this.content = content;
  }

  public String path() {
    return path;
  }

  Optional<Command.User> reader() {
    return reader;
  }

  byte[] content() {
    return content;
  }

  @Override
  public String toString() {
    return "SecretFile " + path;
  }
}
