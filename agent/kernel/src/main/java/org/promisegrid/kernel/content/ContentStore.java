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
import java.util.function.BooleanSupplier;
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

  private static final int BUFFER = 64 << 10;

  private final LargeContent large;
  private final SmallContent small;
  private final Space space;
  private final Holds holds = new Holds();
  private final ReentrantLock[] locks = new ReentrantLock[256];

  ContentStore(LargeContent large, Database small, Space space) {
    this.large = large;
    this.small = new SmallContent(small);
    this.space = space;
    Arrays.setAll(locks, _ -> new ReentrantLock());
  }

  /// Opens the content of a home: its folders `content` and `small`, which are made if they aren't
  /// there; what interrupted puts left behind is removed.
  ///
  /// @throws StorageException if that fails: `DAMAGED`, `IN_USE`, `BROKEN`
  public static ContentStore open(Path home) {
    return open(home, RESERVE, Amount.ALL);
  }

  /// Like [#open(Path)].
  ///
  /// @param reserve how many bytes of the disk puts leave free
  /// @param budget how much of it they take in all
  public static ContentStore open(Path home, long reserve, Amount budget) {
    Path directory = home.resolve("content");
    Path database = home.resolve("small");
    try {
      Folder.make(database);
      LargeContent large = LargeContent.open(directory);
      Space space = Space.of(directory, reserve, budget);
      return new ContentStore(
          large,
          Database.open(database, Set.of(SmallContent.TABLE), Database.Durability.SYNCED),
          space);
    } catch (IOException e) {
      throw StorageException.of("opening the content", directory, e);
    }
  }

  /// What is held against collection while it is put, named or answered with.
  public Holds holds() {
    return holds;
  }

  /// Keeps what `in` gives, to its end, if it is what is expected. The whole of it is read and
  /// hashed even if it is here already: whoever puts content shows that they have it. The caller
  /// closes `in`.
  ///
  /// @param hold holds it from before it can be seen, until whoever put it wrote that down
  /// @throws MismatchException if it isn't as expected; nothing of it is kept
  /// @throws IOException what reading `in` throws; nothing of it is kept
  /// @throws StorageException `EXHAUSTED` if the disk is full, else `BROKEN`; nothing of it is kept
  public Stored put(InputStream in, Expected expected, Holds.Hold hold) throws IOException {
    Sums sums = new Sums(expected);
    // Grows with what comes: many small puts at once don't take a full buffer each.
    byte[] head = in.readNBytes(LARGE);
    sums.update(head, head.length);
    return head.length < LARGE
        ? putSmall(head, sums.finish(), hold)
        : putLarge(head, in, sums, expected, hold);
  }

  /// Keeps what `in` gives, where nothing is collected.
  public Stored put(InputStream in, Expected expected) throws IOException {
    try (Holds.Hold hold = holds.open()) {
      return put(in, expected, hold);
    }
  }

  /// Keeps `bytes`, where nothing is collected.
  public Stored put(byte[] bytes) {
    try (Holds.Hold hold = holds.open()) {
      return put(bytes, hold);
    }
  }

  /// Keeps `bytes`.
  public Stored put(byte[] bytes, Holds.Hold hold) {
    try {
      return put(new ByteArrayInputStream(bytes), Expected.ANYTHING, hold);
    } catch (ClosedByInterruptException e) {
      throw StorageException.of("interrupted while writing", large.directory(), e);
    } catch (IOException e) {
      throw new IllegalStateException("an array can be read, and nothing was expected", e);
    }
  }

  /// Keeps several pieces. All that are small cost one flush, which takes as long as all else that
  /// is done for a small call; where that fails, none of them is kept. They say how something
  /// ended, and may take of the reserve.
  public void putTogether(List<byte[]> pieces, Holds.Hold hold) {
    List<Stored> names = new ArrayList<>();
    List<byte[]> fresh = new ArrayList<>();
    long size = 0;
    for (byte[] piece : pieces) {
      if (piece.length >= LARGE) {
        var _ = put(piece, hold);
        continue;
      }
      Cid cid = Cid.of(piece);
      hold.add(cid);
      if (small.held(cid, piece) != SmallContent.Held.SAME) {
        names.add(new Stored(cid, piece.length, true));
        fresh.add(piece);
        size += piece.length;
      }
    }
    if (!names.isEmpty()) {
      try (Space.Grant grant = space.beginVital(used())) {
        grant.take(size, this::used);
        small.put(names, fresh);
      }
    }
  }

  /// Whether content of that name is here; its bytes aren't looked at.
  public boolean has(Cid cid) {
    return small.has(cid) || large.has(cid);
  }

  /// Those of `cids` that are here; cheaper than one by one.
  public Set<Cid> among(List<Cid> cids) {
    Set<Cid> here = small.among(cids);
    cids.stream().filter(cid -> !here.contains(cid) && large.has(cid)).forEach(here::add);
    return here;
  }

  @Override
  public long size(Cid cid) throws IOException {
    return find(cid).orElseThrow(() -> absent(cid));
  }

  /// The length of content, if it is here.
  ///
  /// @throws CorruptContentException if it is known to be damaged, or as long as it can't be
  public OptionalLong find(Cid cid) throws IOException {
    Optional<byte[]> bytes = small.read(cid);
    return bytes.isPresent() ? OptionalLong.of(bytes.get().length) : large.size(cid);
  }

  /// {@inheritDoc}
  ///
  /// @throws CorruptContentException if the disk changed it; the stream throws it, too
  @Override
  public InputStream open(Cid cid) throws IOException {
    Optional<byte[]> bytes = small.read(cid);
    return bytes.isPresent() ? new ByteArrayInputStream(bytes.get()) : large.open(cid, 0, -1);
  }

  /// A part of content, verified like the whole; the caller closes.
  ///
  /// @throws IllegalArgumentException if the content ends before that part does
  public InputStream open(Cid cid, long offset, long length) throws IOException {
    if (offset < 0 || length < 0 || offset + length < 0) {
      throw new IllegalArgumentException("%d bytes from %d".formatted(length, offset));
    }
    Optional<byte[]> bytes = small.read(cid);
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
    for (int first = 0; first < 256; first++) {
      if (!visit((byte) first, visitor)) {
        return false;
      }
    }
    return true;
  }

  /// Visits what is here and has a digest that begins with a byte: a 256th of it all.
  public boolean visit(byte first, Visitor visitor) {
    try {
      return small.visit(new byte[] {first}, visitor) && large.visit(first, visitor);
    } catch (IOException e) {
      throw StorageException.of("listing the content", large.directory(), e);
    }
  }

  /// Visits what is large, each a file of its own.
  public boolean visitLarge(Visitor visitor) throws IOException {
    return large.visit(visitor);
  }

  /// Reads all that is small from the disk. Takes as long as that, and holds its thread: not for
  /// virtual ones.
  ///
  /// @throws CorruptContentException with the first that isn't what its name says
  /// @throws StorageException `DAMAGED` if a file of its database is; its cause names it
  public void verifySmall() throws CorruptContentException {
    small.verify();
  }

  /// Copies all that is small, as it is at one moment, to a folder that isn't there yet: a database
  /// like that of this home.
  public void copySmall(Path copy) {
    small.copyTo(copy);
  }

  /// Removes content, as a step of a collection ([Holds#alone]) that found it to be needed by
  /// nobody. What isn't here is no matter. The disk has it no more after [#compact].
  ///
  /// @param cids in an order that is kept: wherever it ends early, those that are left are the last
  public void remove(List<Cid> cids) {
    List<Cid> together = new ArrayList<>();
    for (Cid cid : cids) {
      if (large.has(cid)) {
        removeSmall(together);
        removeLarge(cid);
      } else {
        together.add(cid);
      }
    }
    removeSmall(together);
  }

  private void removeSmall(List<Cid> together) {
    if (!together.isEmpty()) {
      small.remove(together);
      together.clear();
    }
  }

  private void removeLarge(Cid cid) {
    ReentrantLock lock = lock(cid);
    lock.lock();
    try {
      large.remove(cid);
    } catch (IOException e) {
      throw StorageException.of("removing content", large.directory(), e);
    } finally {
      lock.unlock();
    }
  }

  /// Takes small content that was removed out of the files of its database, as far as there is room
  /// for what is copied on the way: whether there was. Takes as long as copying all that is small,
  /// and holds its thread: not for virtual ones.
  ///
  /// @param left asked now and then: whether nobody waits for it any more
  public boolean compact(BooleanSupplier left) {
    return small.compact(space::usable, left);
  }

  /// Whether so much that is small was removed that compacting is worth what it costs, where nobody
  /// asked for it. Takes as long as going through all that is small.
  public boolean isWorthCompacting() {
    return small.isWorthCompacting();
  }

  /// How many bytes content has, as far as that can be told without looking at them; empty if it
  /// isn't here.
  public OptionalLong extent(Cid cid) {
    OptionalLong length = small.extent(cid);
    try {
      return length.isPresent() ? length : large.extent(cid);
    } catch (IOException e) {
      throw StorageException.of("measuring content", large.directory(), e);
    }
  }

  /// How many bytes it takes. Counted at the first time, that is.
  public long used() {
    try {
      return small.size() + large.size();
    } catch (IOException e) {
      throw StorageException.of("counting the content", large.directory(), e);
    }
  }

  /// Large content that was found to be damaged since the start, and hasn't been put again.
  public Set<Cid> damaged() {
    return large.damaged();
  }

  /// How many bytes can still be put before the disk is full.
  public long free() {
    return space.free(used());
  }

  /// How much room there is, and may be taken.
  ///
  /// @param total what the disk has in all
  /// @param usable what the disk has left, for the agent's user
  /// @param reserve what of that content leaves free
  /// @param budget how much content may take in all
  public record Room(long total, long usable, long reserve, long budget) {}

  /// How much room there is.
  public Room room() {
    return new Room(space.total(), space.usable(), space.reserve(), space.budget());
  }

  /// Whether `bytes` more can be taken from this disk by others who write to it, such as runs.
  ///
  /// @throws StorageException `EXHAUSTED` if that would take of the reserve
  public void requireRoom(long bytes) {
    space.require(bytes);
  }

  /// Closes the database. Open streams of large content go on.
  @Override
  public void close() {
    small.close();
  }

  private Stored putSmall(byte[] bytes, Cid cid, Holds.Hold hold) {
    hold.add(cid);
    ReentrantLock lock = lock(cid);
    lock.lock();
    try {
      SmallContent.Held held = small.held(cid, bytes);
      if (held != SmallContent.Held.SAME) {
        try (Space.Grant grant = space.begin(0, used())) {
          grant.take(bytes.length, this::used);
          small.put(cid, bytes);
        }
      }
      return new Stored(cid, bytes.length, held == SmallContent.Held.NOTHING);
    } finally {
      lock.unlock();
    }
  }

  private Stored putLarge(
      byte[] head, InputStream in, Sums sums, Expected expected, Holds.Hold hold)
      throws IOException {
    try (Space.Grant grant = space.begin(expected.size().orElse(head.length), used());
        Incoming incoming = storing(large::incoming)) {
      byte[] buffer = head;
      for (int n = head.length; n >= 0; ) {
        int length = n;
        byte[] bytes = buffer;
        grant.take(length, this::used);
        storing(() -> write(incoming, bytes, length));
        grant.wrote(length);
        buffer = buffer.length == BUFFER ? buffer : new byte[BUFFER];
        n = in.read(buffer);
        if (n > 0) {
          sums.update(buffer, n);
        }
      }
      Cid cid = sums.finish();
      hold.add(cid);
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

  private ReentrantLock lock(Cid cid) {
    return locks[cid.hashCode() & (locks.length - 1)];
  }

  private static FileNotFoundException absent(Cid cid) {
    return new FileNotFoundException("no content " + cid);
  }
}
