package org.promisegrid.kernel.journal;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// One thing that happened: what kind, and what is to be known of it.
///
/// @param kind see [Kind]
/// @param detail text-keyed; its names are the kind's own
public record Entry(Kind kind, Item.Table detail) {

  /// What can happen. The word in the journal is the lower-case name.
  public enum Kind {
    /// The agent started.
    STARTED(true),
    /// Content was stored for someone.
    PUT(true),
    /// A token was presented for the first time.
    SEEN(true),
    /// A token was revoked.
    REVOKED(true),
    /// A secret was put or removed, or all were sealed anew.
    SECRET(true),
    /// A ref got a new head.
    REF(true),
    /// A stack's ref got a head by which less runs than before.
    HALTED(true),
    /// A replica of a service is about to get a sandbox.
    PLACED(true),
    /// Something happened to a replica of a service.
    SERVICE(true),
    /// A use of a counted token was taken.
    USED(true),
    /// Somebody keeps content until they say otherwise.
    PINNED(true),
    /// They said so.
    UNPINNED(true),
    /// Content that nobody needs is removed.
    COLLECTED(true),
    /// A call goes on without its caller, who was told that it can be asked for.
    TAKEN(true),
    /// A run began that must not be repeated blindly.
    BEGUN(true),
    /// A call whose run isn't repeated came again, with a signature that ends later.
    SAME(true),
    /// A run that was said to begin came to nothing before it did.
    UNDONE(true),
    /// A run ended; its receipt stands.
    ENDED(true),
    /// Two runs of one key gave different results.
    DISAGREED(true),
    /// A call was answered without a run of its own: from the cache, or by joining one.
    ANSWERED(false),
    /// A call that was taken on came to no receipt; its answer stands.
    NOTHING(false),
    /// A kernel function was called that changes nothing.
    CALLED(false),
    /// Content was used, and is kept for another while.
    RENEWED(false),
    /// Somebody was answered with content.
    GRANTED(false),
    /// A call was refused.
    DENIED(false),
    /// A target changed, or a driver told something.
    TARGET(false);

    /// What ends something, takes it back, makes room, or says that the agent is there.
    private static final Set<Kind> VITAL =
        EnumSet.of(
            STARTED, SEEN, REVOKED, HALTED, SERVICE, USED, UNPINNED, COLLECTED, UNDONE, ENDED,
            NOTHING, DISAGREED);

    private final boolean durable;

    Kind(boolean durable) {
      this.durable = durable;
    }

    /// Whether it is on the disk before anyone is told. Others are written at once and reach the
    /// disk within a second: killing the agent loses none, a power cut may.
    public boolean durable() {
      return durable;
    }

    /// Whether it is written on a disk that is nearly full, too; others are refused then.
    public boolean vital() {
      return VITAL.contains(this);
    }

    /// The word for it.
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  Item toItem(long millis) {
    return Item.array(Item.of(millis), Item.of(kind.word()), detail);
  }

  static Stamped fromItem(long offset, Item.Bytes hash, Item item) throws MalformedException {
    if (item instanceof Item.Array(var parts)
        && parts.size() == 3
        && parts.get(0) instanceof Item.Int(long millis)
        && parts.get(1) instanceof Item.Text(String word)
        && parts.get(2) instanceof Item.Table detail) {
      Kind kind = WORDS.get(word);
      if (kind == null) {
        throw new MalformedException("an unknown kind of entry: " + word);
      }
      return new Stamped(offset, hash, millis, new Entry(kind, detail));
    }
    throw new MalformedException("not an entry");
  }

  private static final Map<String, Kind> WORDS =
      Arrays.stream(Kind.values()).collect(Collectors.toUnmodifiableMap(Kind::word, kind -> kind));

  /// An entry as it stands in the journal.
  ///
  /// @param offset where it begins; the name that events are resumed by
  /// @param hash of its record, which is made of the one before: of all up to here
  /// @param millis when it was written, since the epoch
  public record Stamped(long offset, Item.Bytes hash, long millis, Entry entry) {}
}
