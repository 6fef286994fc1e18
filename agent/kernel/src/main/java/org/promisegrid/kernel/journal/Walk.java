package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// Reads entry after entry, up to where the file ends or is cut off. Of one thread.
final class Walk {

  private final Path file;
  private final Records records;
  private final long end;
  private long at;

  /// @param file that the records are of, to be named
  Walk(Path file, Records records, long from, long end) {
    this.file = file;
    this.records = records;
    this.at = from;
    this.end = end;
  }

  /// Where the next entry begins.
  long at() {
    return at;
  }

  /// @throws JournalException `CORRUPT`, with the offset
  Optional<Entry.Stamped> next() throws IOException {
    return switch (records.read(at, end)) {
      case Records.Reading.Body(Item.Bytes body, long next) -> {
        Entry.Stamped entry = decode(body.value());
        at = next;
        yield Optional.of(entry);
      }
      case Records.Reading.End _, Records.Reading.CutOff _ -> Optional.empty();
      case Records.Reading.Damaged(String how) ->
          throw new JournalException(
              JournalException.Kind.CORRUPT,
              "the journal " + file + " is damaged at byte " + at + ": " + how,
              null);
    };
  }

  private Entry.Stamped decode(byte[] body) {
    try {
      return Entry.fromItem(at, Cbor.decode(body));
    } catch (MalformedException e) {
      throw new JournalException(
          JournalException.Kind.CORRUPT, "the entry at " + at + " of " + file, e);
    }
  }
}
