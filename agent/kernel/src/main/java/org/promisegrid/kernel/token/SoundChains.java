package org.promisegrid.kernel.token;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;

/// Chains that were found sound, the least recently used forgotten first. Safe for many threads.
final class SoundChains {

  private final long mostBytes;
  private final Map<Cid, Authority> byLeaf = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /// @param mostBytes of tokens that are remembered; in memory they take some times as much.
  ///   Counted in bytes, since a holder can pass a token on to themselves, padded to 64 KiB, as
  ///   often as they like
  SoundChains(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /// What the chain says, if it is remembered. The leaf names all the rest: a chain that goes on
  /// otherwise is another one.
  synchronized Optional<Authority> find(Chain chain) {
    return Optional.ofNullable(byLeaf.get(chain.leaf()))
        .filter(found -> found.links().equals(chain.cids()));
  }

  synchronized void remember(Authority authority) {
    if (byLeaf.put(authority.leaf().cid(), authority) != null) {
      return; // two threads found out the same
    }
    bytes += size(authority);
    Iterator<Authority> eldest = byLeaf.values().iterator();
    while (bytes > mostBytes) {
      bytes -= size(eldest.next());
      eldest.remove();
    }
  }

  private static long size(Authority authority) {
    return authority.tokens().stream().mapToLong(token -> token.bytes().length()).sum();
  }
}
