package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.journal.Records.Reading;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// Reads entry after entry, from segment to segment, verifying the hash of each. Of one thread.
final class Walk implements AutoCloseable {

  private final Segments segments;
  private final Cid format;
  private final long end;
  private long at;
  private @Nullable SegmentReader reader;

  /// @param from where a record begins, or a segment
  /// @param end where the last of them ends
  Walk(Segments segments, Cid format, long from, long end) {
    this.segments = segments;
    this.format = format;
    this.at = from;
    this.end = end;
  }

  /// Where the next record begins.
  long at() {
    return at;
  }

  /// The next entry; empty at the end.
  ///
  /// @throws JournalException `CORRUPT`, with the place
  Optional<Entry.Stamped> next() throws IOException {
    while (at < end) {
      SegmentReader segment = segment();
      long offset = at;
      switch (segment.read(at, Math.min(end, limit(segment)))) {
        case Reading.Body(Item.Bytes body, Item.Bytes hash, long next) -> {
          at = next;
          if (!Mark.isOne(body)) {
            return Optional.of(decode(segment, offset, body, hash));
          }
        }
        case Reading.End _ -> {} // of what is asked for, or of the segment
        case Reading.CutOff _ ->
            throw segment.corrupt(at, "the segment ends in the middle of a record");
        case Reading.Damaged(String how) -> throw segment.corrupt(at, how);
      }
    }
    return Optional.empty();
  }

  /// The segment that holds what is next.
  private SegmentReader segment() throws IOException {
    SegmentReader open = reader;
    if (open == null || at >= limit(open)) {
      close();
      open =
          segments
              .holding(at)
              .orElseThrow(() ->
                  JournalException.corrupt(segments.file(0), 0, at, "the segment is missing"));
      reader = open;
    }
    if (at == open.begin()) {
      at = open.opening(format).next();
    }
    return open;
  }

  /// Where the segment after it begins, or it ends.
  private long limit(SegmentReader segment) throws IOException {
    Long next = segments.begins().higher(segment.begin());
    return next == null ? Math.max(end, segment.begin() + 1) : next;
  }

  static Entry.Stamped decode(
      SegmentReader segment, long offset, Item.Bytes body, Item.Bytes hash) {
    try {
      return Entry.fromItem(offset, hash, Cbor.decode(body.value()));
    } catch (MalformedException e) {
      throw segment.corrupt(offset, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() throws IOException {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }
}
