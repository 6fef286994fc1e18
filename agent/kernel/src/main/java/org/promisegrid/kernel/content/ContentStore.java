package org.promisegrid.kernel.content;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;

/// Keeps bytes under their names: small ones in a database, large ones as files.
///
/// What [#put] returned is on disk, whatever happens then. What is read was verified before it is
/// given away: bytes that the disk changed end in a [CorruptContentException], never in a caller's
/// hands. Memory is constant: a piece of 256 KiB per open stream. Safe for many threads.
///
/// Who may read what isn't decided here, but wherever a principal's name is known.
public final class ContentStore implements ContentSource, AutoCloseable {

  /// Content that is shorter is kept in the database. Measured: up to here a database that forces
  /// its log once for all who wait is ahead of files; from four times this on, files are.
  public static final int LARGE = 64 << 10;

  /// What is left free on the disk unless said otherwise.
  public static final long RESERVE = 64L << 20;

  private static final String TABLE = "content";
  private static final int BUFFER = 64 << 10;
  private static final long SPACE_CHECK = 16L << 20;

  private final LargeContent large;
  private final Database small;
  private final Space space;
  private final ReentrantLock[] locks = new ReentrantLock[256];

  ContentStore(LargeContent large, Database small, Space space) {
    this.large = large;
    this.small = small;
    this.space = space;
    Arrays.setAll(locks, _ -> new ReentrantLock());
  }

  /// Opens the content of a home: its folders `content` and `small`, which are made if they aren't
  /// there; what interrupted puts left behind is removed.
  ///
  /// @throws StorageException if that fails: `DAMAGED`, `IN_USE`, `BROKEN`
  public static ContentStore open(Path home) {
    return open(home, RESERVE);
  }

  /// Like [#open(Path)]; puts leave at least `reserve` bytes of the disk free.
  public static ContentStore open(Path home, long reserve) {
    Path directory = home.resolve("content");
    Path database = home.resolve("small");
    try {
      Folder.make(database);
      LargeContent large = LargeContent.open(directory);
      Space space = Space.of(directory, reserve);
      return new ContentStore(
          large, Database.open(database, Set.of(TABLE), Database.Durability.SYNCED), space);
    } catch (IOException e) {
      throw StorageException.of("opening the content", directory, e);
    }
  }

  /// Keeps what `in` gives, to its end, if it is what is expected. The whole of it is read and
  /// hashed even if it is here already: whoever puts content shows that they have it. The caller
  /// closes `in`.
  ///
  /// @throws MismatchException if it isn't as expected; nothing of it is kept
  /// @throws IOException what reading `in` throws; nothing of it is kept
  /// @throws StorageException `EXHAUSTED` if the disk is full, else `BROKEN`; nothing of it is kept
  public Stored put(InputStream in, Expected expected) throws IOException {
    Sums sums = new Sums(expected);
    // Grows with what comes: many small puts at once don't take a full buffer each.
    byte[] head = in.readNBytes(LARGE);
    sums.update(head, head.length);
    return head.length < LARGE ? putSmall(head, sums.finish()) : putLarge(head, in, sums, expected);
  }

  /// Keeps `bytes`.
  public Stored put(byte[] bytes) {
    try {
      return put(new ByteArrayInputStream(bytes), Expected.ANYTHING);
    } catch (ClosedByInterruptException e) {
      throw StorageException.of("interrupted while writing", large.directory(), e);
    } catch (IOException e) {
      throw new IllegalStateException("an array can be read, and nothing was expected", e);
    }
  }

  /// Keeps several pieces. All that are small cost one flush, which takes as long as all else that
  /// is done for a small call; where that fails, none of them is kept.
  public void putTogether(List<byte[]> pieces) {
    List<Database.Change> changes = new ArrayList<>();
    long size = 0;
    for (byte[] piece : pieces) {
      if (piece.length >= LARGE) {
        var _ = put(piece);
        continue;
      }
      Cid cid = Cid.of(piece);
      if (held(cid, piece) != Held.SAME) {
        changes.add(new Database.Change(TABLE, cid.digest(), piece));
        size += piece.length;
      }
    }
    if (!changes.isEmpty()) {
      space.take(size);
      small.commit(changes);
    }
  }

  /// Whether content of that name is here; its bytes aren't looked at.
  public boolean has(Cid cid) {
    return small.get(TABLE, cid.digest()).isPresent() || large.has(cid);
  }

  @Override
  public long size(Cid cid) throws IOException {
    return find(cid).orElseThrow(() -> absent(cid));
  }

  /// The length of content, if it is here.
  ///
  /// @throws CorruptContentException if it is known to be damaged, or as long as it can't be
  public OptionalLong find(Cid cid) throws IOException {
    Optional<byte[]> bytes = smallBytes(cid);
    return bytes.isPresent() ? OptionalLong.of(bytes.get().length) : large.size(cid);
  }

  /// {@inheritDoc}
  ///
  /// @throws CorruptContentException if the disk changed it; the stream throws it, too
  @Override
  public InputStream open(Cid cid) throws IOException {
    Optional<byte[]> bytes = smallBytes(cid);
    return bytes.isPresent() ? new ByteArrayInputStream(bytes.get()) : large.open(cid, 0, -1);
  }

  /// A part of content, verified like the whole; the caller closes.
  ///
  /// @throws IllegalArgumentException if the content ends before that part does
  public InputStream open(Cid cid, long offset, long length) throws IOException {
    if (offset < 0 || length < 0 || offset + length < 0) {
      throw new IllegalArgumentException("%d bytes from %d".formatted(length, offset));
    }
    Optional<byte[]> bytes = smallBytes(cid);
    if (bytes.isEmpty()) {
      return large.open(cid, offset, length);
    }
    if (offset + length > bytes.get().length) {
      throw new IllegalArgumentException("beyond the end of " + cid);
    }
    return new ByteArrayInputStream(bytes.get(), (int) offset, (int) length);
  }

  /// All of content that is no longer than `limit`.
  ///
  /// @throws FileNotFoundException if it isn't here
  /// @throws IllegalArgumentException if it is longer
  public byte[] read(Cid cid, int limit) throws IOException {
    try (InputStream in = open(cid)) {
      byte[] bytes = in.readNBytes(limit);
      if (in.read() >= 0) {
        throw new IllegalArgumentException("longer than " + limit + " bytes: " + cid);
      }
      return bytes;
    }
  }

  /// Takes the names of content.
  @FunctionalInterface
  public interface Visitor {
    /// Returns whether to go on.
    boolean visit(Cid cid, long size);
  }

  /// Visits all that is here, in no order; what is put meanwhile may be left out. Returns whether
  /// the visitor saw everything.
  public boolean visit(Visitor visitor) {
    try {
      return small.scan(
              TABLE,
              new byte[0],
              new byte[0],
              (digest, bytes) -> visitor.visit(Cid.ofDigest(digest), bytes.length))
          && large.visit(visitor);
    } catch (IOException e) {
      throw StorageException.of("listing the content", large.directory(), e);
    }
  }

  /// Large content that was found to be damaged since the start, and hasn't been put again.
  public Set<Cid> damaged() {
    return large.damaged();
  }

  /// How many bytes can still be put before the disk is full.
  public long free() {
    return space.free();
  }

  /// Whether `bytes` more can be taken from this disk by others who write to it, such as runs.
  ///
  /// @throws StorageException `EXHAUSTED` if that would take of the reserve
  public void requireRoom(long bytes) {
    space.take(bytes);
  }

  /// Closes the database. Open streams of large content go on.
  @Override
  public void close() {
    small.close();
  }

  private Stored putSmall(byte[] bytes, Cid cid) {
    ReentrantLock lock = lock(cid);
    lock.lock();
    try {
      Held held = held(cid, bytes);
      if (held != Held.SAME) {
        space.take(bytes.length);
        small.put(TABLE, cid.digest(), bytes);
      }
      return new Stored(cid, bytes.length, held == Held.NOTHING);
    } finally {
      lock.unlock();
    }
  }

  private enum Held {
    NOTHING,
    SAME,
    DAMAGED
  }

  private Held held(Cid cid, byte[] bytes) {
    try {
      Optional<byte[]> held = small.get(TABLE, cid.digest());
      return held.map(value -> Arrays.equals(value, bytes) ? Held.SAME : Held.DAMAGED)
          .orElse(Held.NOTHING);
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.DAMAGED) {
        return Held.DAMAGED;
      }
      throw e;
    }
  }

  private Stored putLarge(byte[] head, InputStream in, Sums sums, Expected expected)
      throws IOException {
    space.take(expected.size().orElse(head.length));
    try (Incoming incoming = storing(large::incoming)) {
      byte[] buffer = head;
      long nextCheck = SPACE_CHECK;
      for (int n = head.length; n >= 0; ) {
        int length = n;
        byte[] bytes = buffer;
        storing(() -> write(incoming, bytes, length));
        if (sums.size() >= nextCheck) {
          nextCheck = sums.size() + SPACE_CHECK;
          space.take(0);
        }
        buffer = buffer.length == BUFFER ? buffer : new byte[BUFFER];
        n = in.read(buffer);
        if (n > 0) {
          sums.update(buffer, n);
        }
      }
      Cid cid = sums.finish();
      storing(() -> finish(incoming));
      ReentrantLock lock = lock(cid);
      lock.lock();
      try {
        boolean fresh = storing(() -> large.keep(incoming, cid));
        return new Stored(cid, sums.size(), fresh);
      } finally {
        lock.unlock();
      }
    }
  }

  private static boolean write(Incoming incoming, byte[] bytes, int length) throws IOException {
    incoming.write(bytes, length);
    return true;
  }

  private static boolean finish(Incoming incoming) throws IOException {
    incoming.finish();
    return true;
  }

  @FunctionalInterface
  private interface Storing<T> {
    T run() throws IOException;
  }

  /// Tells a failure of our disk from one of the stream that is put.
  private <T> T storing(Storing<T> step) throws ClosedByInterruptException {
    try {
      return step.run();
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (IOException e) {
      throw StorageException.of("putting content", large.directory(), e);
    }
  }

  private Optional<byte[]> smallBytes(Cid cid) throws IOException {
    Optional<byte[]> bytes;
    try {
      bytes = small.get(TABLE, cid.digest());
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.DAMAGED) {
        throw new CorruptContentException(cid, "the database of small content is damaged", e);
      }
      throw e;
    }
    if (bytes.isPresent() && !cid.names(bytes.get())) {
      throw new CorruptContentException(cid, "its hash is another");
    }
    return bytes;
  }

  private ReentrantLock lock(Cid cid) {
    return locks[cid.hashCode() & (locks.length - 1)];
  }

  private static FileNotFoundException absent(Cid cid) {
    return new FileNotFoundException("no content " + cid);
  }
}
