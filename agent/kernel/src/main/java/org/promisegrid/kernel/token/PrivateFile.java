package org.promisegrid.kernel.token;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.Set;

/// Files for the agent's user only (0600), written durably, whole or not at all.
public final class PrivateFile {

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");

  private static final Set<PosixFilePermission> OTHERS =
      PosixFilePermissions.fromString("---rwxrwx");

  private PrivateFile() {}

  /// Writes `bytes` in place of what was there.
  public static void write(Path file, byte[] bytes) throws IOException {
    Path unfinished = unfinished(file);
    Files.deleteIfExists(unfinished);
    try (FileChannel channel =
        FileChannel.open(
            unfinished,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PRIVATE))) {
      ByteBuffer left = ByteBuffer.wrap(bytes);
      while (left.hasRemaining()) {
        channel.write(left);
      }
      channel.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(unfinished);
      throw e;
    }
    rename(unfinished, file);
  }

  /// Removes what a write of `file` left that was cut short.
  public static void sweep(Path file) throws IOException {
    Files.deleteIfExists(unfinished(file));
  }

  private static Path unfinished(Path file) {
    return file.resolveSibling(file.getFileName() + ".new");
  }

  /// Durably gives a file another's name.
  public static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel names =
        FileChannel.open(to.toAbsolutePath().resolveSibling(""), StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  /// Asks that a file is its owner's only.
  ///
  /// @throws AccessDeniedException if others than its owner may do anything with a file
  public static void requirePrivate(Path file) throws IOException {
    Set<PosixFilePermission> has = Files.getPosixFilePermissions(file);
    if (!Collections.disjoint(has, OTHERS)) {
      throw new AccessDeniedException(
          file.toString(),
          null,
          "others than its owner may use this key ("
              + PosixFilePermissions.toString(has)
              + "): consider what it seals known, or `chmod 600` it");
    }
  }
}
