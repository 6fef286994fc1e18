package org.promisegrid.kernel.token;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.Comparator;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.promisegrid.kernel.content.Folder;

/// Files for the agent's user only (0600), written durably, whole or not at all.
///
/// What root writes belongs to the owner of the folder it is written in: a file of root's in the
/// home of a service is one that the service can't read.
public final class PrivateFile {

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");

  private static final Set<PosixFilePermission> PRIVATE_FOLDER =
      PosixFilePermissions.fromString("rwx------");

  private static final int ROOT = 0;

  private static final Set<PosixFilePermission> OTHERS =
      PosixFilePermissions.fromString("---rwxrwx");

  private PrivateFile() {}

  /// Writes `bytes` in place of what was there.
  public static void write(Path file, byte[] bytes) throws IOException {
    Path unfinished = unfinished(file);
    Files.deleteIfExists(unfinished);
    try {
      fill(unfinished, bytes);
    } catch (IOException e) {
      Files.deleteIfExists(unfinished);
      throw e;
    }
    rename(unfinished, file);
  }

  /// Writes a new file.
  ///
  /// @throws FileAlreadyExistsException if something stands there: it is never overwritten
  public static void create(Path file, byte[] bytes) throws IOException {
    Path target = file.toAbsolutePath();
    Path unfinished = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
    try {
      fill(unfinished, bytes);
      // A hard link, unlike a rename, fails where something stands already.
      Files.createLink(target, unfinished);
    } finally {
      Files.deleteIfExists(unfinished);
    }
    Folder.forceName(target);
  }

  /// Makes a folder (0700), with those above it that aren't there. One that is there is left alone.
  public static void makeFolder(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path above = folder.toAbsolutePath().getParent();
    if (above != null) {
      makeFolder(above);
    }
    try {
      Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PRIVATE_FOLDER));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
      return; // another process was quicker
    }
    handOver(folder);
  }

  private static void fill(Path unfinished, byte[] bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            unfinished,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PRIVATE))) {
      handOver(unfinished);
      // The umask may have taken bits away; it can't have added any.
      if (!Files.getPosixFilePermissions(unfinished, LinkOption.NOFOLLOW_LINKS).equals(PRIVATE)) {
        Files.setPosixFilePermissions(unfinished, PRIVATE);
      }
      ByteBuffer left = ByteBuffer.wrap(bytes);
      while (left.hasRemaining()) {
        channel.write(left);
      }
      channel.force(true);
    }
  }

  /// Gives what root made to the owner of the folder it is in. No link is followed: the folder's
  /// owner could have put one there meanwhile.
  private static void handOver(Path made) throws IOException {
    give(made, made.toAbsolutePath().resolveSibling(""));
  }

  /// Gives a folder that root made, with all that is in it, to the owner of another folder.
  public static void handOver(Path made, Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(made)) {
      // What is in a folder first: as long as the folder is root's, nobody else can exchange it.
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        give(each, folder);
      }
    }
  }

  private static void give(Path made, Path folder) throws IOException {
    int owner = (int) Files.getAttribute(folder, "unix:uid");
    int maker = (int) Files.getAttribute(made, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    if (maker == ROOT && owner != ROOT) {
      Object group = Files.getAttribute(folder, "unix:gid");
      Files.setAttribute(made, "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(made, "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
    }
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
    Folder.forceName(to);
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
