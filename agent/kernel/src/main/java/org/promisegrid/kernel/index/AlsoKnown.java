package org.promisegrid.kernel.index;

import java.util.Optional;
import org.promisegrid.kernel.content.Multihash;
import org.promisegrid.sandbox.Cid;

/// Content by the other hashes that were checked when it was put: `ALSO_KNOWN` holds a binary
/// multihash → CID. Only sums that were verified belong here.
public final class AlsoKnown {

  private AlsoKnown() {}

  /// Remembers a hash of content. The one that its CID is made of needn't be.
  public static void add(Write write, Multihash hash, Cid cid) {
    if (hash.cid().isEmpty()) {
      write.put(Table.ALSO_KNOWN, hash.bytes(), cid.bytes());
    }
  }

  /// The name of the content that has this hash; empty if it isn't known, or was never asked for.
  /// Whether that content is here is another question.
  public static Optional<Cid> find(Index index, Multihash hash) {
    return hash.cid().or(() -> index.get(Table.ALSO_KNOWN, hash.bytes()).map(Cid::fromBytes));
  }
}
