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
final class Recovery {

  private final Journal.Setup setup;
  private final Segments segments;

  Recovery(Journal.Setup setup, Segments segments) {
    this.setup = setup;
    this.segments = segments;
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
    while (true) {
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
        case Reading.End _, Reading.CutOff _ -> {
          if (seal.isPresent()) {
            seal.get().verify(setup, segment);
          }
          return new Found(segment.begin(), opening.hash(), hash, at, size, last, sealed);
        }
        case Reading.Damaged(String how) -> throw segment.corrupt(at, how);
      }
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
