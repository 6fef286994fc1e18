package org.promisegrid.kernel.content;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Cid;

/// Content as files by their names, each beside the list of its pieces' hashes (see [Incoming]).
///
/// A file is `<first byte of the digest, hex>/<CID>`, its list `<CID>.pieces`. A file that is there
/// is complete: it came by a rename after it was forced to disk.
final class LargeContent {

  private static final System.Logger LOG = System.getLogger(LargeContent.class.getName());

  private static final String SCRATCH = "incoming";
  private static final String LIST = ".pieces";

  private final Path directory;
  private final Path scratch;
  private final Set<Cid> damaged = ConcurrentHashMap.newKeySet();

  /// Names of files that are no content, told of once each.
  private final Set<String> strays = ConcurrentHashMap.newKeySet();

  private final ReentrantLock repairing = new ReentrantLock();
  private final ReentrantLock counting = new ReentrantLock();

  /// Bytes of all content; negative until they were counted.
  private long total = -1;

  private LargeContent(Path directory, Path scratch) {
    this.directory = directory;
    this.scratch = scratch;
  }

  /// Opens what is in `directory`, and removes what an interrupted put left behind.
  static LargeContent open(Path directory) throws IOException {
    Path scratch = directory.resolve(SCRATCH);
    Folder.make(scratch);
    try (DirectoryStream<Path> left = Files.newDirectoryStream(scratch)) {
      for (Path file : left) {
        Files.deleteIfExists(file);
      }
    }
    return new LargeContent(directory, scratch);
  }

  Path directory() {
    return directory;
  }

  Incoming incoming() throws IOException {
    return Incoming.create(scratch);
  }

  /// Gives what was spooled its name. What is there under that name is replaced, for it may be
  /// damaged without anybody having noticed yet. Callers hold the lock of `cid`.
  ///
  /// Returns whether nothing was there.
  boolean keep(Incoming incoming, Cid cid) throws IOException {
    Path file = file(cid);
    Path parent = directory(cid);
    if (!Files.isDirectory(parent)) {
      Folder.make(parent);
      Folder.force(directory);
    }
    boolean fresh = !Files.exists(file);
    // The content first: where a kill comes in between, a list that is missing is made again, and
    // one without content would lie there for ever.
    long before = fresh ? 0 : Files.size(file);
    Files.move(incoming.data(), file, StandardCopyOption.ATOMIC_MOVE);
    Files.move(incoming.list(), list(cid), StandardCopyOption.ATOMIC_MOVE);
    Folder.force(parent);
    damaged.remove(cid);
    counted(Files.size(file) - before);
    return fresh;
  }

  /// Removes content, if it is here. Callers hold the lock of `cid`.
  void remove(Cid cid) throws IOException {
    // Or a list that is being made again would come after its content has gone.
    repairing.lock();
    try {
      long size = has(cid) ? Files.size(file(cid)) : 0;
      // The list first, as above.
      Files.deleteIfExists(list(cid));
      if (Files.deleteIfExists(file(cid))) {
        Folder.force(directory(cid));
        damaged.remove(cid);
        counted(-size);
      }
    } finally {
      repairing.unlock();
    }
  }

  OptionalLong extent(Cid cid) throws IOException {
    return extent(file(cid));
  }

  private static OptionalLong extent(Path file) throws IOException {
    try {
      return OptionalLong.of(Files.size(file));
    } catch (NoSuchFileException e) {
      return OptionalLong.empty();
    }
  }

  /// How many bytes all of it has. The first time, that is counted.
  long size() throws IOException {
    counting.lock();
    try {
      if (total < 0) {
        long[] sum = new long[1];
        var _ =
            visit((_, size) -> {
              sum[0] += size;
              return true;
            });
        total = sum[0];
      }
      return total;
    } finally {
      counting.unlock();
    }
  }

  private void counted(long more) {
    counting.lock();
    try {
      if (total >= 0) {
        total += more;
      }
    } finally {
      counting.unlock();
    }
  }

  boolean has(Cid cid) {
    return Files.exists(file(cid));
  }

  /// The length of content, if it is here.
  ///
  /// @throws CorruptContentException if it isn't what it was
  OptionalLong size(Cid cid) throws IOException {
    if (!has(cid)) {
      return OptionalLong.empty();
    }
    try (Opened opened = opened(cid)) {
      return OptionalLong.of(opened.size());
    }
  }

  /// Bytes of content; a negative length means all of it.
  InputStream open(Cid cid, long offset, long length) throws IOException {
    Opened opened = opened(cid);
    long until = length < 0 ? opened.size() : offset + length;
    if (offset > opened.size() - Math.max(0, length)) {
      opened.close();
      throw new IllegalArgumentException("beyond the end of " + cid);
    }
    return new PieceStream(this, cid, opened, offset, until);
  }

  /// Content that is known to be damaged.
  Set<Cid> damaged() {
    return Set.copyOf(damaged);
  }

  /// Visits all content, in no order. Returns whether the visitor saw everything.
  boolean visit(ContentStore.Visitor visitor) throws IOException {
    for (int first = 0; first < 256; first++) {
      if (!visit((byte) first, visitor)) {
        return false;
      }
    }
    return true;
  }

  /// Visits content whose digest begins with a byte.
  boolean visit(byte first, ContentStore.Visitor visitor) throws IOException {
    Path parent = directory.resolve(HexFormat.of().toHexDigits(first));
    if (!Files.isDirectory(parent)) {
      return true;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(parent, "bafkrei*")) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (name.endsWith(LIST)) {
          continue;
        }
        Optional<Cid> cid = named(file, name);
        OptionalLong size = cid.isPresent() ? extent(file) : OptionalLong.empty();
        // What isn't there any more was removed meanwhile.
        if (size.isPresent() && !visitor.visit(cid.orElseThrow(), size.getAsLong())) {
          return false;
        }
      }
    }
    return true;
  }

  /// Empty for a file that somebody else put there: it is no content, and left alone.
  private Optional<Cid> named(Path file, String name) {
    try {
      return Optional.of(Cid.parse(name));
    } catch (IllegalArgumentException e) {
      if (strays.add(name)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0} is no content, and is passed over: {1}",
            file,
            e.getMessage());
      }
      return Optional.empty();
    }
  }

  /// Files of one content, open, whose lengths agree.
  record Opened(FileChannel data, FileChannel list, long size, @Nullable Object listKey)
      implements AutoCloseable {
    @Override
    public void close() throws IOException {
      try (data;
          list) {
        // Both are closed, whatever closing one of them throws.
      }
    }
  }

  /// Opens the files of `cid`, making the list again if it doesn't fit.
  Opened opened(Cid cid) throws IOException {
    @Nullable Opened first = tryOpen(cid);
    if (first != null) {
      return first;
    }
    repair(cid, null);
    @Nullable Opened second = tryOpen(cid);
    if (second == null) {
      throw new CorruptContentException(cid, "its files change while they are read");
    }
    return second;
  }

  /// Null if there is no list, or it isn't as long as the content makes it.
  private @Nullable Opened tryOpen(Cid cid) throws IOException {
    FileChannel data = channel(cid);
    boolean keep = false;
    try {
      Path path = list(cid);
      FileChannel list = FileChannel.open(path, StandardOpenOption.READ);
      try {
        ByteBuffer header = ByteBuffer.allocate(Incoming.HEADER);
        int read = readFully(list, header, 0);
        long size = read == Incoming.HEADER ? header.getLong(0) : -1;
        if (size == data.size() && list.size() == Incoming.listSize(size)) {
          keep = true;
          return new Opened(data, list, size, key(path));
        }
        return null;
      } finally {
        if (!keep) {
          list.close();
        }
      }
    } catch (NoSuchFileException e) {
      return null;
    } finally {
      if (!keep) {
        data.close();
      }
    }
  }

  /// Reads content whose list doesn't fit it as a whole. If it is right, its list is made again.
  ///
  /// @param seen which list it was that didn't fit; if it is another one by now, that is tried
  ///   first
  /// @throws CorruptContentException if it is wrong
  void repair(Cid cid, @Nullable Object seen) throws IOException {
    repairing.lock();
    try {
      if (damaged.contains(cid)) {
        throw new CorruptContentException(cid, "its hash is another, as was found before");
      }
      if (seen != null && !seen.equals(key(list(cid)))) {
        return;
      }
      try (FileChannel data = channel(cid);
          Incoming incoming = incoming()) {
        @Nullable Object before = key(file(cid));
        Sums sums = new Sums(Expected.ANYTHING);
        byte[] bytes = new byte[64 << 10];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        for (int n; (n = data.read(buffer.clear())) >= 0; ) {
          sums.update(bytes, n);
          incoming.listed(bytes, n);
        }
        Cid found = sums.finish();
        if (found.equals(cid)) {
          incoming.finishList();
          Files.move(incoming.list(), list(cid), StandardCopyOption.ATOMIC_MOVE);
        } else if (Objects.equals(before, key(file(cid)))) {
          damaged.add(cid);
          throw new CorruptContentException(cid, sums.size() + " bytes with the hash of " + found);
        }
      }
    } finally {
      repairing.unlock();
    }
  }

  /// Reads until the buffer is full or the file ends; returns how many bytes it were.
  static int readFully(FileChannel channel, ByteBuffer buffer, long position) throws IOException {
    int start = buffer.position();
    while (buffer.hasRemaining()) {
      int n = channel.read(buffer, position + buffer.position() - start);
      if (n < 0) {
        break;
      }
    }
    return buffer.position() - start;
  }

  private FileChannel channel(Cid cid) throws IOException {
    try {
      return FileChannel.open(file(cid), StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      FileNotFoundException absent = new FileNotFoundException("no content " + cid);
      absent.initCause(e);
      throw absent;
    }
  }

  /// What tells a file from one that has replaced it.
  private static @Nullable Object key(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private Path directory(Cid cid) {
    return directory.resolve(HexFormat.of().toHexDigits(cid.digest()[0]));
  }

  private Path file(Cid cid) {
    return directory(cid).resolve(cid.toString());
  }

  private Path list(Cid cid) {
    return directory(cid).resolve(cid + LIST);
  }
}
