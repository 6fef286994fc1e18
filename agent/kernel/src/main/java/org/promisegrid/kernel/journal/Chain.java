package org.promisegrid.kernel.journal;

import java.io.IOException;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.sandbox.Cid;

/// Whether segments follow one another as their checkpoints say, signed by the node.
final class Chain {

  private final Segments segments;
  private final Did node;
  private final Cid format;
  private Item.Bytes checkpoint = Records.BEFORE_THE_FIRST;
  private Item.Bytes before = Records.BEFORE_THE_FIRST;
  private long begin;

  Chain(Segments segments, Did node, Cid format) {
    this.segments = segments;
    this.node = node;
    this.format = format;
  }

  /// Takes the next segment.
  ///
  /// @throws JournalException `CORRUPT` if one is missing before it, or its checkpoint isn't the
  ///   node's, or speaks of another past
  SegmentReader.Opening next(SegmentReader segment) throws IOException {
    if (segment.begin() != begin) {
      throw JournalException.corrupt(
          segments.file(begin),
          begin,
          begin,
          "the segment is missing, or what is there doesn't reach to " + segment.begin());
    }
    SegmentReader.Opening opening = segment.opening(format);
    Mark.Checkpoint made = opening.checkpoint();
    long at = segment.begin() + SegmentReader.FORMAT;
    if (!made.node().equals(node)) {
      throw segment.corrupt(at, "a checkpoint of another node, " + made.node());
    }
    if (!opening.signed().isOf(node, format)) {
      throw segment.corrupt(at, "a checkpoint that the node didn't sign");
    }
    if (!made.previous().equals(checkpoint) || !made.before().equals(before)) {
      throw segment.corrupt(at, "a checkpoint that doesn't follow the segment before");
    }
    checkpoint = opening.hash();
    return opening;
  }

  /// Tells how the segment that was taken last ends.
  void ends(long end, Item.Bytes hash) {
    begin = end;
    before = hash;
  }

  /// Asks whether a mark within a segment is the node's seal over what is before.
  ///
  /// @param offset where its record begins
  /// @param hash of the record before
  static void requireSeal(
      SegmentReader segment,
      Mark.Signed signed,
      long offset,
      Item.Bytes hash,
      Did node,
      Cid format) {
    if (!(signed.mark() instanceof Mark.Seal(long sealed, Item.Bytes over))) {
      throw segment.corrupt(offset, "a checkpoint in the middle of a segment");
    }
    if (sealed != offset || !over.equals(hash)) {
      throw segment.corrupt(offset, "a seal over something else");
    }
    if (!signed.isOf(node, format)) {
      throw segment.corrupt(offset, "a seal that the node didn't sign");
    }
  }
}
