package org.promisegrid.kernel.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.promisegrid.sandbox.Cid;

/// Who may read what, apart from a home's owner, who may read all of it.
///
/// A principal may read content that
/// 1. it put, or was answered with: a row of `GRANTS` (principal, a zero byte, digest); or
/// 2. its valid tokens name; or
/// 3. is reached, in any number of steps, from what its tokens name, by edges that *count*.
///
/// An edge counts if somebody who could read its target then put the message it is in (see
/// [Graph]). So nobody comes to read what they couldn't by putting a message that links to it,
/// whether the link is followed for them or for others; what is behind a message that one merely
/// put isn't followed at all. What was reached through a token ends with it; what was granted
/// doesn't.
///
/// Callers count as named, and as reached, only what those could read who named it: the issuers of
/// a chain, each for themselves.
///
/// Whether content is here isn't asked. *No* is the answer for what is forbidden, absent or unknown
/// alike.
public final class Readers {

  private static final int REMEMBERED = 1024;

  /// Ways from more than that aren't remembered.
  private static final int MOST_STARTS = 64;

  /// Ways that were found, and how often edges had been taken out before: new ones only add ways.
  private final Cache<Way, Long> found =
      Caffeine.newBuilder().maximumSize(REMEMBERED).executor(Runnable::run).build();

  private final Index index;

  /// From any of some content to another.
  private record Way(Set<Cid> from, Cid to) {}

  public Readers(Index index) {
    this.index = index;
  }

  /// Whether `principal` put `cid` or was answered with it.
  public boolean isGranted(String principal, Cid cid) {
    return index.get(Table.GRANTS, key(principal, cid)).isPresent();
  }

  /// Those of `cids` that `principal` put or was answered with.
  public Set<Cid> granted(String principal, List<Cid> cids) {
    List<Optional<byte[]>> rows =
        index.all(Table.GRANTS, cids.stream().map(cid -> key(principal, cid)).toList());
    Set<Cid> granted = new HashSet<>();
    for (int i = 0; i < rows.size(); i++) {
      if (rows.get(i).isPresent()) {
        granted.add(cids.get(i));
      }
    }
    return granted;
  }

  /// Whether `cid` is among `named`, or reached from there.
  ///
  /// The search goes from both ends at once and ends when either is exhausted. Others can lengthen
  /// only the upper end, by linking to what they can read themselves, and not what is below the
  /// named: so nobody can make it too long for somebody whose tokens name few things. One that is
  /// too long says no.
  public boolean reaches(Set<Cid> named, Cid cid) {
    if (named.contains(cid)) {
      return true;
    }
    if (named.size() > MOST_STARTS) {
      return new Search(index, named, cid).connected();
    }
    long cuts = index.cuts();
    Way way = new Way(Set.copyOf(named), cid);
    Long known = found.getIfPresent(way);
    if (known != null && known == cuts) {
      return true;
    }
    boolean connected = new Search(index, named, cid).connected();
    if (connected) {
      found.put(way, cuts);
    }
    return connected;
  }

  static byte[] key(String principal, Cid cid) {
    byte[] name = principal.getBytes(UTF_8);
    for (byte b : name) {
      if (b == 0) {
        throw new IllegalArgumentException("a principal with a zero byte");
      }
    }
    return ByteBuffer.allocate(name.length + 1 + Graph.DIGEST)
        .put(name)
        .put((byte) 0)
        .put(cid.digest())
        .array();
  }
}
