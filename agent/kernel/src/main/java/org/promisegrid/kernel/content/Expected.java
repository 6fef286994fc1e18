package org.promisegrid.kernel.content;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.promisegrid.sandbox.Cid;

/// What content must turn out to be, if it is to be kept.
///
/// @param cid its name
/// @param size its length in bytes
/// @param sums hashes that it must have, each of which is then *also known as* its CID
public record Expected(Optional<Cid> cid, OptionalLong size, List<Multihash> sums) {

  /// Whatever comes.
  public static final Expected ANYTHING =
      new Expected(Optional.empty(), OptionalLong.empty(), List.of());

  /// Most sums that are computed for one put: two of each algorithm are one too many already.
  public static final int MAX_SUMS = 8;

  /// Checks the numbers.
  ///
  /// @throws IllegalArgumentException if the size is negative, or there are too many sums
  public Expected {
    sums = List.copyOf(sums);
    if (size.isPresent() && size.getAsLong() < 0) {
      throw new IllegalArgumentException("a size of " + size.getAsLong());
    }
    if (sums.size() > MAX_SUMS) {
      throw new IllegalArgumentException("more than " + MAX_SUMS + " sums");
    }
  }

  /// The same, and this name.
  public Expected cid(Cid name) {
    return new Expected(Optional.of(name), size, sums);
  }

  /// The same, and this length.
  public Expected size(long length) {
    return new Expected(cid, OptionalLong.of(length), sums);
  }

  /// The same, and this sum.
  public Expected sum(Multihash sum) {
    List<Multihash> all = new ArrayList<>(sums);
    all.add(sum);
    return new Expected(cid, size, all);
  }
}
