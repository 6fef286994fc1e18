package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.journal.Records.Reading;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.sandbox.Cid;

/// Verifies a whole journal, or a copy of one: every record, checkpoint and seal. Reads one record
/// after the other, beside whoever writes. Of one thread, used once.
///
/// What somebody cut off behind a seal, nothing shows in what is left. Who noted a later seal can
/// ask whether it is still there.
public final class Audit {

  private final Segments segments;
  private final Did node;
  private final Cid format;

  private long entries;
  private int count;
  private int archived;
  private long seals;
  private long sealed;
  private long unsealed;
  private Item.Bytes sealedHash = Records.BEFORE_THE_FIRST;
  private @Nullable Instant first;
  private @Nullable Instant last;
  private boolean isAsNoted;

  private final Optional<Noted> noted;

  private Audit(Segments segments, Did node, Cid format, Optional<Noted> noted) {
    this.segments = segments;
    this.node = node;
    this.format = format;
    this.noted = noted;
    this.isAsNoted = noted.isEmpty();
  }

  /// What an earlier audit found.
  ///
  /// @param sealed where a record ended
  /// @param hash that record's
  public record Noted(long sealed, Item.Bytes hash) {

    /// Reads what was noted.
    ///
    /// @param hash in hexadecimal digits
    /// @throws IllegalArgumentException if it is no hash
    public static Noted of(long sealed, String hash) {
      Item.Bytes bytes = Item.of(HexFormat.of().parseHex(hash));
      if (bytes.length() != Records.HASH) {
        throw new IllegalArgumentException("a hash has " + 2 * Records.HASH + " digits");
      }
      return new Noted(sealed, bytes);
    }

    /// The hash in hexadecimal digits.
    public String digits() {
      return HexFormat.of().formatHex(hash.value());
    }
  }

  /// What a sound journal holds.
  ///
  /// @param node who signed it
  /// @param archived how many of the segments are
  /// @param sealed where the last seal's record ends: whatever is before, the node signed
  /// @param hash of that record; who keeps it can tell later whether this journal was replaced
  /// @param end where the last record ends
  /// @param unsealed entries between: an agent that was killed didn't get to sign them, and told
  ///   nobody that they would last
  /// @param first when the first entry was written; absent if there is none
  public record Found(
      Did node,
      long entries,
      int segments,
      int archived,
      long seals,
      long sealed,
      Item.Bytes hash,
      long end,
      long unsealed,
      Optional<Instant> first,
      Optional<Instant> last) {}

  /// Verifies the journal in a directory.
  ///
  /// @param format the CID of the document that describes the format
  /// @param node whose journal it is to be
  /// @param noted what is to be there
  /// @param end where to stop, in the whole sequence: up to there all must be sealed. By default at
  ///   its end, where a record that was cut off isn't damage
  /// @throws JournalException `CORRUPT` with the first damage; `BROKEN` if it can't be read
  public static Found verify(
      Path directory, Cid format, Did node, Optional<Noted> noted, OptionalLong end) {
    try {
      return new Audit(Segments.of(directory), node, format, noted).verify(directory, end);
    } catch (IOException e) {
      throw JournalException.broken("reading the journal " + directory, e);
    }
  }

  private Found verify(Path directory, OptionalLong stop) throws IOException {
    if (segments.begins().isEmpty()) {
      throw new JournalException(
          JournalException.Kind.CORRUPT, "there is no journal in " + directory, null);
    }
    Chain chain = new Chain(segments, node, format);
    long at = 0;
    for (long begin : segments.begins()) {
      if (stop.isPresent() && begin >= stop.getAsLong()) {
        break;
      }
      try (SegmentReader segment = segments.open(begin)) {
        boolean newest = segments.begins().higher(begin) == null;
        long end = segment.end();
        SegmentReader.Opening opening = chain.next(segment);
        count++;
        archived += segments.isArchived(begin) ? 1 : 0;
        at = records(segment, opening, Math.min(end, stop.orElse(end)), newest && stop.isEmpty());
        if ((!newest || stop.isPresent()) && sealed != at) {
          throw segment.corrupt(sealed, "no seal from here on");
        }
        chain.ends(end, segment.lastHash(at));
      }
    }
    if (at < stop.orElse(at)) {
      long newest = segments.begins().last();
      throw JournalException.corrupt(
          segments.file(newest), newest, at, "what was written behind is gone");
    }
    if (!isAsNoted) {
      long newest = segments.begins().last();
      throw JournalException.corrupt(
          segments.file(newest),
          newest,
          at,
          "the record that was noted, which ended at offset %d, isn't here"
              .formatted(noted.orElseThrow().sealed()));
    }
    return new Found(
        node,
        entries,
        count,
        archived,
        seals,
        sealed,
        sealedHash,
        at,
        unsealed,
        Optional.ofNullable(first),
        Optional.ofNullable(last));
  }

  /// Verifies the records of a segment; returns where the last one ends.
  ///
  /// @param open whether a record may be cut off at its end
  private long records(SegmentReader segment, SegmentReader.Opening opening, long end, boolean open)
      throws IOException {
    long at = opening.next();
    Item.Bytes hash = opening.hash();
    sealed = at; // the checkpoint signs for what is before it
    sealedHash = hash;
    compare(at, hash);
    while (true) {
      switch (segment.read(at, end)) {
        case Reading.Body(Item.Bytes body, Item.Bytes own, long next) -> {
          record(segment, at, body, own, hash);
          compare(next, own);
          if (Mark.isOne(body)) {
            sealed = next;
            sealedHash = own;
            unsealed = 0;
          }
          hash = own;
          at = next;
        }
        case Reading.End _ -> {
          return at;
        }
        case Reading.CutOff _ -> {
          if (!open) {
            throw segment.corrupt(at, "the segment ends in the middle of a record");
          }
          return at;
        }
        case Reading.Damaged(String how) -> throw segment.corrupt(at, how);
      }
    }
  }

  private void compare(long end, Item.Bytes hash) {
    if (noted.isPresent() && noted.get().equals(new Noted(end, hash))) {
      isAsNoted = true;
    }
  }

  private void record(
      SegmentReader segment, long at, Item.Bytes body, Item.Bytes own, Item.Bytes before) {
    if (Mark.isOne(body)) {
      try {
        Chain.requireSeal(segment, Mark.decode(body), at, before, node, format);
      } catch (MalformedException e) {
        throw segment.corrupt(at, String.valueOf(e.getMessage()));
      }
      seals++;
      return;
    }
    Entry.Stamped entry = Walk.decode(segment, at, body, own);
    Instant time = Instant.ofEpochMilli(entry.millis());
    first = first == null ? time : first;
    last = time;
    entries++;
    unsealed++;
  }
}
