package org.promisegrid.kernel.content;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Makes trees of directories on a disk: files first, then the directory they are in.
///
/// Symbolic links are kept as text, never followed. What is neither file, directory nor link is
/// refused: leaving it out in silence would give two directories one name.
public final class TreePacker {

  /// Where the parts go: a store, or an agent far away.
  @FunctionalInterface
  public interface Sink {
    /// Keeps what `in` gives, which is `size` bytes, unless its file changes meanwhile.
    Stored put(InputStream in, long size) throws IOException;
  }

  private final Sink sink;
  private final Predicate<String> omitted;
  private final Predicate<String> searched;

  public TreePacker(Sink sink) {
    this(sink, _ -> false, _ -> false);
  }

  /// One that leaves out what `omitted` says, a path in the directory with `/` between its names.
  ///
  /// @param searched whether in a folder that is left out there may be something that isn't
  public TreePacker(Sink sink, Predicate<String> omitted, Predicate<String> searched) {
    this.sink = sink;
    this.omitted = omitted;
    this.searched = searched;
  }

  /// Puts all that is in `directory`, which may itself be a link to one. Returns the tree's name
  /// and the length of what is in it.
  ///
  /// @throws TreeException if something in it can't be kept
  public Tree.Directory pack(Path directory) throws IOException {
    return put(directory, entries(directory, "", 1));
  }

  private SortedMap<String, Tree.Entry> entries(Path directory, String within, int depth)
      throws IOException {
    if (depth > TreeUnpacker.Limits.DEPTH) {
      throw new TreeException(directory.toString(), "nested too deep");
    }
    SortedMap<String, Tree.Entry> entries = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (entries.size() == Tree.MAX_ENTRIES) {
          throw new TreeException(
              directory.toString(), "more than " + Tree.MAX_ENTRIES + " entries");
        }
        String name = FileNames.of(file);
        Optional<Tree.Entry> entry = entry(file, within + name, depth);
        entry.ifPresent(it -> entries.put(name, it));
      }
    }
    return entries;
  }

  private Tree.Directory put(Path directory, SortedMap<String, Tree.Entry> entries)
      throws IOException {
    Tree tree = new Tree(entries);
    byte[] bytes;
    try {
      bytes = tree.message().bytes();
    } catch (IllegalArgumentException e) {
      throw new TreeException(directory.toString(), "too many long names for one directory", e);
    }
    Stored stored = sink.put(new ByteArrayInputStream(bytes), bytes.length);
    return new Tree.Directory(stored.cid(), tree.size());
  }

  private Optional<Tree.Entry> entry(Path file, String path, int depth) throws IOException {
    boolean left = omitted.test(path);
    if (!left) {
      return Optional.of(kept(file, path, depth));
    }
    if (searched.test(path) && Files.isDirectory(file, NOFOLLOW_LINKS)) {
      SortedMap<String, Tree.Entry> entries = entries(file, path + "/", depth + 1);
      return entries.isEmpty() ? Optional.empty() : Optional.of(put(file, entries));
    }
    return Optional.empty();
  }

  private Tree.Entry kept(Path file, String path, int depth) throws IOException {
    BasicFileAttributes attributes =
        Files.readAttributes(file, BasicFileAttributes.class, NOFOLLOW_LINKS);
    if (attributes.isDirectory()) {
      return put(file, entries(file, path + "/", depth + 1));
    }
    if (attributes.isSymbolicLink()) {
      try {
        return new Tree.Symlink(FileNames.target(Files.readSymbolicLink(file), file));
      } catch (IllegalArgumentException e) {
        throw new TreeException(file.toString(), "a symbolic link without a proper target", e);
      }
    }
    if (!attributes.isRegularFile()) {
      throw new TreeException(file.toString(), "neither file, directory nor symbolic link");
    }
    try (InputStream in = Files.newInputStream(file, NOFOLLOW_LINKS)) {
      Stored stored = sink.put(in, attributes.size());
      return new Tree.File(stored.cid(), stored.size(), isExecutable(file));
    }
  }

  private static boolean isExecutable(Path file) throws IOException {
    @Nullable PosixFileAttributeView view =
        Files.getFileAttributeView(file, PosixFileAttributeView.class, NOFOLLOW_LINKS);
    return view != null
        && view.readAttributes().permissions().contains(PosixFilePermission.OWNER_EXECUTE);
  }
}
