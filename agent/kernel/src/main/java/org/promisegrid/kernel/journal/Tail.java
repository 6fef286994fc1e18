package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.file.Path;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;

/// The end of a journal, where it grows. Whoever writes holds a lock; of the rest, each method says
/// who may call it.
final class Tail implements AutoCloseable {

  private final Journal.Setup setup;
  private final Segments segments;

  private long begin;
  private Path path;
  private Disk.File file;

  /// Of the last record.
  private Item.Bytes hash;

  /// Of the record of this segment's checkpoint.
  private Item.Bytes checkpoint;

  private long end;

  /// Where the last seal's record ends.
  private long sealed;

  private Tail(
      Journal.Setup setup,
      Segments segments,
      long begin,
      Disk.File file,
      Item.Bytes hash,
      Item.Bytes checkpoint,
      long end,
      long sealed) {
    this.setup = setup;
    this.segments = segments;
    this.begin = begin;
    this.path = segments.file(begin);
    this.file = file;
    this.hash = hash;
    this.checkpoint = checkpoint;
    this.end = end;
    this.sealed = sealed;
  }

  /// Goes on where the newest segment ends; what stands behind that is cut off, and what isn't
  /// sealed yet is.
  static Tail at(Journal.Setup setup, Segments segments, Recovery.Found found) throws IOException {
    long begin = found.newest();
    Disk.File file = setup.disk().open(segments.file(begin));
    try {
      if (found.size() > found.end()) {
        file.truncate(found.end() - begin);
      }
      Tail tail =
          new Tail(
              setup,
              segments,
              begin,
              file,
              found.hash(),
              found.checkpoint(),
              found.end(),
              found.sealed());
      if (found.size() > found.sealed()) {
        // It is going to be applied, and nothing may be that isn't sealed and on the disk.
        tail.seal();
        tail.force();
      }
      return tail;
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /// Begins a journal.
  static Tail first(Journal.Setup setup, Segments segments) throws IOException {
    Made made = make(setup, segments, 0, Records.BEFORE_THE_FIRST, Records.BEFORE_THE_FIRST);
    return new Tail(
        setup, segments, 0, made.file(), made.hash(), made.hash(), made.end(), made.end());
  }

  /// A segment with nothing but its checkpoint.
  private record Made(Disk.File file, Item.Bytes hash, long end) {}

  /// It has its name once it is whole, and on the disk.
  private static Made make(
      Journal.Setup setup, Segments segments, long begin, Item.Bytes before, Item.Bytes previous)
      throws IOException {
    Mark.Checkpoint checkpoint =
        new Mark.Checkpoint(begin, before, previous, setup.key().did(), setup.clock().millis());
    byte[] body = checkpoint.sign(setup.key(), setup.format());
    Item.Bytes hash = Records.hash(before, body);
    byte[] record = Records.encode(body, hash);
    Path path = segments.file(begin);
    Path unfinished = path.resolveSibling(path.getFileName() + Segments.UNFINISHED);
    Disk.File file = setup.disk().open(unfinished);
    try {
      file.truncate(0);
      file.write(setup.format().bytes(), 0);
      file.write(record, SegmentReader.FORMAT);
      file.force();
      setup.disk().rename(unfinished, path);
    } catch (IOException e) {
      try {
        file.close();
        setup.disk().remove(unfinished);
        // It may have its name by now, and what comes instead goes on elsewhere.
        setup.disk().remove(path);
      } catch (IOException left) {
        e.addSuppressed(left);
        throw new CutOffException(e);
      }
      throw e;
    }
    segments.begins().add(begin);
    return new Made(file, hash, begin + SegmentReader.FORMAT + record.length);
  }

  /// Where the next record will begin. For who holds the lock.
  long end() {
    return end;
  }

  /// Whether the next records belong to another segment. For who holds the lock.
  boolean isFull() {
    return end - begin >= setup.segment();
  }

  /// Writes an entry; the caller holds the lock. What of it was written when that fails is cut off.
  ///
  /// @throws CutOffException if it can't be, and nobody knows where the file ends
  Entry.Stamped write(Entry entry) throws IOException {
    long millis = setup.clock().millis();
    byte[] body = Cbor.encode(entry.toItem(millis));
    if (body.length > Records.MAX_BODY) {
      throw new IllegalArgumentException("an entry of " + body.length + " bytes");
    }
    long offset = end;
    append(body);
    return new Entry.Stamped(offset, hash, millis, entry);
  }

  /// Signs all that was written so far, if it isn't yet; the caller holds the lock.
  void seal() throws IOException {
    if (end > sealed) {
      append(new Mark.Seal(end, hash).sign(setup.key(), setup.format()));
      sealed = end;
    }
  }

  private void append(byte[] body) throws IOException {
    Item.Bytes next = Records.hash(hash, body);
    byte[] record = Records.encode(body, next);
    try {
      file.write(record, end - begin);
    } catch (IOException e) {
      cutOff(e);
      throw e;
    }
    hash = next;
    end += record.length;
  }

  /// So that the next record follows the last whole one.
  private void cutOff(IOException cause) throws CutOffException {
    try {
      file.truncate(end - begin);
    } catch (IOException e) {
      cause.addSuppressed(e);
      throw new CutOffException(cause);
    }
  }

  /// What a failed write left can't be taken back.
  static final class CutOffException extends IOException {
    private static final long serialVersionUID = 1;

    CutOffException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /// Returns when all that was written is on the disk. For the thread that also calls [#next].
  void force() throws IOException {
    file.force();
  }

  /// Begins the next segment; this one ends with a seal, and is on the disk. The caller holds the
  /// lock. When it fails, this one goes on.
  ///
  /// @throws CutOffException if it can't: what there is of the next one stands in its way
  /// @return the beginning of the one that is closed now
  long next() throws IOException {
    Made made = make(setup, segments, end, hash, checkpoint);
    long closed = begin;
    try (Disk.File _ = file) {
      begin = end;
      path = segments.file(begin);
      file = made.file();
      hash = made.hash();
      checkpoint = made.hash();
      end = made.end();
      sealed = end;
    }
    return closed;
  }

  /// The file that grows now, to be named.
  @Override
  public String toString() {
    return path.toString();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
