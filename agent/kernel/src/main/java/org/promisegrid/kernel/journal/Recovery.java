package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.util.Optional;
import org.promisegrid.kernel.journal.Records.Reading;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// What a start reads of a journal: each segment's checkpoint, and the newest segment in full.
///
/// Checkpoints are a chain of their own, each signed: each names the one before, and the hash that
/// the segment before ends with. The newest segment's records are verified by their hashes, and by
/// the last seal, whose signature stands for all of them. What is inside of older segments is
/// verified when it is read.
///
/// What wasn't forced to the disk when the power was cut may be anything by now. A seal is written
/// before each force, and the next one only after it: so what two seals follow was forced, and so
/// was what the index knows, which is told after the force. Else what doesn't fit, with all behind
/// it, is what nobody was told would last, and is left out.
final class Recovery {

  private static final System.Logger LOG = System.getLogger(Recovery.class.getName());

  private final Journal.Setup setup;
  private final Segments segments;
  private final long known;

  /// @param known where what was made of the journal ends; 0 if there is nothing
  Recovery(Journal.Setup setup, Segments segments, long known) {
    this.setup = setup;
    this.segments = segments;
    this.known = known;
  }

  /// The newest segment.
  ///
  /// @param newest where it begins
  /// @param checkpoint the hash of its checkpoint's record
  /// @param hash of its last record
  /// @param end where that ends
  /// @param size where the file ends, in the whole sequence
  /// @param last the offset of its last entry; 0 if it has none
  /// @param sealed where its last seal's record ends
  record Found(
      long newest,
      Item.Bytes checkpoint,
      Item.Bytes hash,
      long end,
      long size,
      long last,
      long sealed) {}

  /// Verifies what has to be, of a journal with at least one segment.
  ///
  /// @throws JournalException `CORRUPT`, with the place
  Found verify() throws IOException {
    Chain chain = new Chain(segments, setup.key().did(), setup.format());
    for (long begin : segments.begins()) {
      try (SegmentReader segment = segments.open(begin)) {
        SegmentReader.Opening opening = chain.next(segment);
        long end = segment.end();
        if (segments.begins().higher(begin) == null) {
          if (segments.isArchived(begin)) {
            throw segment.corrupt(
                end, "only closed segments are archived; the one after is missing");
          }
          return newest(segment, opening, end);
        }
        chain.ends(end, segment.lastHash(end));
      }
    }
    throw new IllegalStateException("a journal without a segment");
  }

  private Found newest(SegmentReader segment, SegmentReader.Opening opening, long size)
      throws IOException {
    long at = opening.next();
    Item.Bytes hash = opening.hash();
    long last = 0;
    long sealed = at;
    Optional<Sealed> seal = Optional.empty();
    boolean ends = false;
    while (!ends) {
      switch (segment.read(at, size)) {
        case Reading.Body(Item.Bytes body, Item.Bytes own, long next) -> {
          if (Mark.isOne(body)) {
            seal = Optional.of(new Sealed(at, body, hash));
            sealed = next;
          } else {
            last = at;
          }
          hash = own;
          at = next;
        }
        case Reading.End _ -> ends = true;
        case Reading.CutOff _ -> {
          requireUnknown(segment, at, size, "the end of a record is missing");
          ends = true;
        }
        case Reading.Damaged(String how) -> {
          requireUnforced(segment, at, size, seal.isEmpty() && segment.begin() == 0, how);
          ends = true;
        }
      }
    }
    if (seal.isPresent()) {
      seal.get().verify(setup, segment);
    }
    return new Found(segment.begin(), opening.hash(), hash, at, size, last, sealed);
  }

  /// Asks that nothing from `at` on was on the disk when the power was cut.
  ///
  /// @param first whether no seal at all is before it
  private void requireUnforced(SegmentReader segment, long at, long size, boolean first, String how)
      throws IOException {
    requireUnknown(segment, at, size, how);
    int seals = segment.seals(at, size, 2, setup.key().did(), setup.format());
    // One may have reached the disk before what it stands for. Without an index nobody knows.
    boolean isDoubtful = seals == 1 && known == 0 && !first;
    if (seals > 1 || isDoubtful) {
      throw segment.corrupt(at, how);
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "the last {0} bytes of the journal are cut off, from byte {1} of {2} on: {3}. They came"
            + " after all that is known to be on the disk, as a power cut leaves them; nobody was"
            + " told that they would last",
        String.valueOf(size - at),
        String.valueOf(at - segment.begin()),
        segment.file(),
        how);
  }

  private void requireUnknown(SegmentReader segment, long at, long size, String how) {
    if (known > at && known <= size) {
      throw segment.corrupt(at, how + "; and the index knows the journal up to offset " + known);
    }
  }

  /// A seal that was passed.
  private record Sealed(long offset, Item.Bytes body, Item.Bytes hash) {

    void verify(Journal.Setup setup, SegmentReader segment) {
      try {
        Chain.requireSeal(
            segment, Mark.decode(body), offset, hash, setup.key().did(), setup.format());
      } catch (MalformedException e) {
        throw segment.corrupt(offset, String.valueOf(e.getMessage()));
      }
    }
  }
}
