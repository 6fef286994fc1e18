package org.promisegrid.kernel.content;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;

/// Makes directories on a disk of trees, which may come from anybody.
///
/// Whatever the tree is, nothing is written outside the directory that was asked for, no symbolic
/// link is followed, and work and space are limited. Links of the tree are made last, and only
/// those that lead to somewhere inside: relative, `..` only at their beginning and no more often
/// than they are deep. All bytes are compared with their names here: the source needn't be trusted
/// either. (Not defended against: another process that changes that directory at the same time.)
public final class TreeUnpacker {

  /// How much one tree may make.
  ///
  /// @param depth directories within one another
  /// @param entries files, directories and links altogether: a tree may name another many times, so
  ///   a few kilobytes could stand for more files than there are atoms
  /// @param bytes in all files together
  public record Limits(int depth, long entries, long bytes) {
    static final int DEPTH = 128;

    /// Depth 128, a million entries, any number of bytes.
    public static final Limits DEFAULT = new Limits(DEPTH, 1_000_000, Long.MAX_VALUE);
  }

  private final ContentSource source;
  private final Limits limits;

  public TreeUnpacker(ContentSource source, Limits limits) {
    this.source = source;
    this.limits = limits;
  }

  /// Makes `target` a directory with what is in the tree `root`. One that isn't there yet appears
  /// complete or not at all; one that is keeps what else is in it.
  ///
  /// @param overwrite whether files and links that are there already are replaced; a directory
  ///   never
  /// @throws TreeException if the tree, or what is there already, doesn't allow it
  public void unpack(Cid root, Path target, boolean overwrite) throws IOException {
    if (Files.exists(target)) {
      new Unpacking(overwrite).into(root, target.toRealPath());
      return;
    }
    if (Files.isSymbolicLink(target)) {
      throw new TreeException(target.toString(), "a symbolic link to nowhere");
    }
    Path absolute = target.toAbsolutePath();
    Path temporary = absolute.resolveSibling(".grid-" + UUID.randomUUID());
    try {
      Files.createDirectory(temporary);
      new Unpacking(false).into(root, temporary);
      Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      remove(temporary, e);
      throw e;
    }
  }

  /// Whether a link, standing `depth` directories below the root, leads to somewhere inside.
  static boolean staysInside(String target, int depth) {
    if (target.startsWith("/")) {
      return false;
    }
    int up = 0;
    boolean named = false;
    for (String part : target.split("/", -1)) {
      if (part.equals("..")) {
        // After a name, which may be a link itself, nobody can tell where ".." leads.
        if (named || ++up > depth) {
          return false;
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        named = true;
      }
    }
    return true;
  }

  private static void remove(Path directory, Exception because) {
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<Path>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
                throws IOException {
              Files.delete(visited);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      because.addSuppressed(e);
    }
  }

  /// One tree in progress.
  private final class Unpacking {

    private record Link(Path file, String target) {}

    private final boolean overwrite;
    private final List<Link> links = new ArrayList<>();
    private long entriesLeft = limits.entries();
    private long bytesLeft = limits.bytes();

    Unpacking(boolean overwrite) {
      this.overwrite = overwrite;
    }

    void into(Cid root, Path target) throws IOException {
      directory(root, target, 0);
      for (Link link : links) {
        place(link.file(), temporary -> symlink(link, temporary));
      }
    }

    private void symlink(Link link, Path temporary) throws IOException {
      try {
        Files.createSymbolicLink(temporary, Path.of(link.target()));
      } catch (InvalidPathException e) {
        throw new TreeException(
            link.file().toString(), "a target this locale has no letters for", e);
      }
    }

    private void directory(Cid cid, Path target, int depth) throws IOException {
      if (depth > limits.depth()) {
        throw new TreeException(target.toString(), "nested too deep");
      }
      for (Map.Entry<String, Tree.Entry> each : tree(cid).entries().entrySet()) {
        if (--entriesLeft < 0) {
          throw new TreeException(target.toString(), "more than " + limits.entries() + " entries");
        }
        Path file = FileNames.in(target, each.getKey());
        switch (each.getValue()) {
          case Tree.File entry -> file(entry, file);
          case Tree.Directory entry -> {
            makeDirectory(file);
            directory(entry.cid(), file, depth + 1);
          }
          case Tree.Symlink entry -> {
            if (!staysInside(entry.target(), depth)) {
              throw new TreeException(
                  file.toString(), "a symbolic link that leads outside: " + entry.target());
            }
            links.add(new Link(file, entry.target()));
          }
        }
      }
    }

    private void makeDirectory(Path directory) throws IOException {
      if (!Files.exists(directory, NOFOLLOW_LINKS)) {
        Files.createDirectory(directory);
      } else if (!Files.isDirectory(directory, NOFOLLOW_LINKS)) {
        throw new TreeException(directory.toString(), "in the way of a directory");
      }
    }

    private void file(Tree.File entry, Path file) throws IOException {
      if (entry.size() > bytesLeft) {
        throw new TreeException(file.toString(), "more than " + limits.bytes() + " bytes");
      }
      bytesLeft -= entry.size();
      place(file, temporary -> write(entry, file, temporary));
    }

    private void write(Tree.File entry, Path file, Path temporary) throws IOException {
      MessageDigest digest = Cid.sha256();
      long left = entry.size();
      Set<StandardOpenOption> options =
          Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      try (InputStream in = source.open(entry.cid());
          OutputStream out =
              Channels.newOutputStream(
                  Files.newByteChannel(temporary, options, mode(temporary, entry)))) {
        byte[] buffer = new byte[64 << 10];
        for (int n; (n = in.read(buffer)) >= 0; ) {
          left -= n;
          if (left < 0) {
            break;
          }
          digest.update(buffer, 0, n);
          out.write(buffer, 0, n);
        }
      }
      if (left != 0) {
        throw new TreeException(file.toString(), "not as long as the tree says");
      }
      if (!Cid.ofDigest(digest.digest()).equals(entry.cid())) {
        throw new CorruptContentException(entry.cid(), "other bytes came");
      }
    }

    /// Makes something under a name of no meaning, and gives it its own only when it is complete.
    private void place(Path file, Making making) throws IOException {
      if (Files.isDirectory(file, NOFOLLOW_LINKS)
          || (!overwrite && Files.exists(file, NOFOLLOW_LINKS))) {
        throw new TreeException(file.toString(), "is there already");
      }
      Path temporary = file.resolveSibling(".grid-" + UUID.randomUUID());
      try {
        making.make(temporary);
        if (overwrite) {
          // Replaces a link itself, not what it leads to.
          Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } else {
          Files.move(temporary, file);
        }
      } catch (FileAlreadyExistsException e) {
        throw new TreeException(file.toString(), "is there already", e);
      } finally {
        Files.deleteIfExists(temporary);
      }
    }

    private Tree tree(Cid cid) throws IOException {
      byte[] bytes;
      try (InputStream in = source.open(cid)) {
        bytes = in.readNBytes(Message.MAX_SIZE + 1);
      }
      if (!cid.names(bytes)) {
        throw new CorruptContentException(cid, "other bytes came");
      }
      try {
        return Tree.of(Message.decode(bytes));
      } catch (MalformedException e) {
        throw new TreeException(cid.toString(), "no tree", e);
      }
    }
  }

  @FunctionalInterface
  private interface Making {
    void make(Path temporary) throws IOException;
  }

  /// The umask still takes away from it what it does from any new file.
  private static FileAttribute<?>[] mode(Path path, Tree.File entry) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(
              PosixFilePermissions.fromString(entry.executable() ? "rwxrwxrwx" : "rw-rw-rw-"))
        }
        : new FileAttribute<?>[0];
  }
}
