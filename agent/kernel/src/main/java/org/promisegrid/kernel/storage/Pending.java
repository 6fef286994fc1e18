package org.promisegrid.kernel.storage;

import java.util.Arrays;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;

/// Names that are still to be looked at, last in first out, 32 bytes each. Of one thread.
final class Pending {

  private static final int DIGEST = 32;

  private byte[] digests = new byte[DIGEST << 8];
  private int size;

  void push(Cid cid) {
    if (size == digests.length) {
      digests = Arrays.copyOf(digests, Math.multiplyExact(size, 2));
    }
    System.arraycopy(cid.digest(), 0, digests, size, DIGEST);
    size += DIGEST;
  }

  Optional<Cid> pop() {
    if (size == 0) {
      return Optional.empty();
    }
    size -= DIGEST;
    return Optional.of(Cid.ofDigest(Arrays.copyOfRange(digests, size, size + DIGEST)));
  }
}
