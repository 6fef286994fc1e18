package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.promisegrid.kernel.journal.Records.Reading;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.sandbox.Cid;

/// Reads the records of one segment, by their offsets in the whole sequence. Of one thread.
final class SegmentReader implements AutoCloseable {

  /// What a segment begins with: the binary CID of its format.
  static final int FORMAT = 36;

  private static final int WINDOW = 1 << 16;

  private final long begin;
  private final Path file;
  private final Source source;

  /// Bytes that were read last, and where they stand in the file.
  private byte[] window = {};

  private long windowAt;

  /// @param file to be named
  SegmentReader(long begin, Path file, Source source) {
    this.begin = begin;
    this.file = file;
    this.source = source;
  }

  /// How a segment begins.
  ///
  /// @param hash of the checkpoint's record
  /// @param next where the first record after it begins
  record Opening(Mark.Signed signed, Mark.Checkpoint checkpoint, Item.Bytes hash, long next) {}

  long begin() {
    return begin;
  }

  Path file() {
    return file;
  }

  /// Where it ends, in the whole sequence.
  long end() throws IOException {
    return begin + source.size();
  }

  /// Reads the format and the checkpoint; that it is the node's own is for the caller to ask.
  ///
  /// @throws JournalException `CORRUPT`
  Opening opening(Cid format) throws IOException {
    try {
      return opening(format, source.size());
    } catch (MalformedException e) {
      throw corrupt(begin + FORMAT, "no checkpoint: " + e.getMessage());
    } catch (Source.DamagedException e) {
      throw corrupt(begin, String.valueOf(e.getMessage()));
    }
  }

  private Opening opening(Cid format, long size) throws IOException, MalformedException {
    if (size < FORMAT) {
      throw corrupt(begin, "too short to name its format");
    }
    Item.Bytes found = bytes(0, FORMAT);
    if (!found.equals(Item.of(format.bytes()))) {
      throw new JournalException(
          JournalException.Kind.CORRUPT,
          "the journal %s is in the format %s; this agent knows %s"
              .formatted(file, name(found), format),
          null);
    }
    if (!(framed(FORMAT, size, false) instanceof Framed.Whole(int length))) {
      throw corrupt(begin + FORMAT, "no whole checkpoint");
    }
    Item.Bytes body = bytes(FORMAT + Records.HEAD, length);
    Item.Bytes hash = bytes(FORMAT + Records.HEAD + length, Records.HASH);
    Mark.Signed signed = Mark.decode(body);
    if (!(signed.mark() instanceof Mark.Checkpoint checkpoint)) {
      throw corrupt(begin + FORMAT, "a seal where the checkpoint belongs");
    }
    if (!hash.equals(Records.hash(checkpoint.before(), body.value()))) {
      throw corrupt(begin + FORMAT, "a body that doesn't match its hash");
    }
    if (checkpoint.begin() != begin) {
      throw corrupt(begin + FORMAT, "the checkpoint of another segment, " + checkpoint.begin());
    }
    return new Opening(
        signed, checkpoint, hash, begin + FORMAT + Records.HEAD + length + Records.HASH);
  }

  private static String name(Item.Bytes found) {
    try {
      return Cid.fromBytes(found.value()).toString();
    } catch (IllegalArgumentException _) {
      return "of no name";
    }
  }

  /// Reads and verifies the record at `offset`, which isn't the checkpoint's, of a sequence that is
  /// read up to `end`.
  Reading read(long offset, long end) throws IOException {
    long at = offset - begin;
    long size = end - begin;
    if (at == size) {
      return new Reading.End();
    }
    if (at <= FORMAT || at > size) {
      return new Reading.Damaged("no record begins here");
    }
    try {
      return switch (framed(at, size, true)) {
        case Framed.Impossible _ -> new Reading.Damaged("a length that can't be");
        case Framed.CutOff _ -> new Reading.CutOff();
        case Framed.Whole(int length) -> {
          Item.Bytes previous = bytes(at - Records.HASH, Records.HASH);
          Item.Bytes body = bytes(at + Records.HEAD, length);
          Item.Bytes hash = bytes(at + Records.HEAD + length, Records.HASH);
          yield hash.equals(Records.hash(previous, body.value()))
              ? new Reading.Body(body, hash, offset + Records.HEAD + length + Records.HASH)
              : new Reading.Damaged("a body that doesn't match its hash");
        }
      };
    } catch (Source.DamagedException e) {
      return new Reading.Damaged(String.valueOf(e.getMessage()));
    }
  }

  /// Looks for seals by the node at and behind `offset`, whatever else stands there: where records
  /// don't fit, nobody knows where the next one begins.
  ///
  /// @return how many there are, counted up to `most`
  int seals(long offset, long end, int most, Did node, Cid format) throws IOException {
    int seals = 0;
    long last = end - begin - Records.HEAD - Records.HASH;
    for (long at = offset - begin; at <= last && seals < most; at++) {
      load(at, Records.HEAD);
      int from = (int) (at - windowAt);
      // Sizes of marks; most places are no record's beginning.
      if (window[from] == 0
          && window[from + 1] == 0
          && window[from + Integer.BYTES] == -1
          && framed(at, end - begin, false) instanceof Framed.Whole(int length)
          && isSeal(at, bytes(at + Records.HEAD, length), node, format)) {
        seals++;
      }
    }
    return seals;
  }

  private boolean isSeal(long at, Item.Bytes body, Did node, Cid format) {
    if (!Mark.isOne(body)) {
      return false;
    }
    try {
      Mark.Signed signed = Mark.decode(body);
      return signed.mark() instanceof Mark.Seal(long sealed, _)
          && sealed == begin + at
          && signed.isOf(node, format);
    } catch (MalformedException _) {
      return false; // bytes that look like one
    }
  }

  /// The hash of the last record of a segment whose records end at `end`.
  Item.Bytes lastHash(long end) throws IOException {
    try {
      return bytes(end - begin - Records.HASH, Records.HASH);
    } catch (Source.DamagedException e) {
      throw corrupt(end, String.valueOf(e.getMessage()));
    }
  }

  /// What the head of a record says.
  private sealed interface Framed {
    record Whole(int length) implements Framed {}

    record CutOff() implements Framed {}

    record Impossible() implements Framed {}
  }

  private Framed framed(long at, long size, boolean zeroes) throws IOException {
    if (size - at < Records.HEAD) {
      return new Framed.CutOff();
    }
    ByteBuffer head = ByteBuffer.wrap(bytes(at, Records.HEAD).value());
    int length = head.getInt();
    int complement = head.getInt();
    if (zeroes && length == 0 && complement == 0 && isZero(at, size)) {
      return new Framed.CutOff(); // room that the file system made, before the power was cut
    }
    if (length != ~complement || length < 0 || length > Records.MAX_BODY) {
      return new Framed.Impossible();
    }
    return at + Records.HEAD + length + Records.HASH > size
        ? new Framed.CutOff()
        : new Framed.Whole(length);
  }

  JournalException corrupt(long offset, String how) {
    return JournalException.corrupt(file, begin, offset, how);
  }

  private boolean isZero(long from, long end) throws IOException {
    for (long at = from; at < end; ) {
      int size = (int) Math.min(end - at, WINDOW);
      for (byte b : bytes(at, size).value()) {
        if (b != 0) {
          return false;
        }
      }
      at += size;
    }
    return true;
  }

  private Item.Bytes bytes(long at, int length) throws IOException {
    load(at, length);
    int from = (int) (at - windowAt);
    return Item.of(Arrays.copyOfRange(window, from, from + length));
  }

  /// Has these bytes in the window.
  private void load(long at, int length) throws IOException {
    if (at < windowAt || at + length > windowAt + window.length) {
      fill(Math.max(0, at - Records.HASH), length + Records.HASH);
    }
    if (at + length > windowAt + window.length) {
      throw new IOException("the file became shorter while it was read: " + file);
    }
  }

  private void fill(long at, int atLeast) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(Math.max(atLeast, WINDOW));
    int read;
    do {
      read = source.read(buffer, at + buffer.position());
    } while (read >= 0 && buffer.hasRemaining());
    window = Arrays.copyOf(buffer.array(), buffer.position());
    windowAt = at;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
