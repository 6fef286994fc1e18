package org.promisegrid.kernel.content;

import java.security.MessageDigest;
import java.util.List;
import org.promisegrid.sandbox.Cid;

/// Hashes content as it passes, and compares it at the end with what was expected.
final class Sums {

  private final Expected expected;
  private final MessageDigest name = Cid.sha256();
  private final List<Hasher> hashers;
  private long size;

  Sums(Expected expected) {
    this.expected = expected;
    this.hashers = expected.sums().stream().map(sum -> Hasher.of(sum.algorithm())).toList();
  }

  long size() {
    return size;
  }

  /// Takes the next bytes.
  ///
  /// @throws MismatchException as soon as there are more than expected
  void update(byte[] bytes, int length) throws MismatchException {
    size += length;
    if (expected.size().isPresent() && size > expected.size().getAsLong()) {
      throw new MismatchException("size", expected.size().getAsLong() + " bytes", "more");
    }
    name.update(bytes, 0, length);
    for (Hasher hasher : hashers) {
      hasher.update(bytes, 0, length);
    }
  }

  /// The name of what passed, all of which is as expected. Ends the use of this object.
  Cid finish() throws MismatchException {
    if (expected.size().isPresent() && size != expected.size().getAsLong()) {
      throw new MismatchException("size", expected.size().getAsLong() + " bytes", size + " bytes");
    }
    Cid cid = Cid.ofDigest(name.digest());
    if (expected.cid().isPresent() && !expected.cid().get().equals(cid)) {
      throw new MismatchException("cid", expected.cid().get().toString(), cid.toString());
    }
    for (int i = 0; i < hashers.size(); i++) {
      Multihash found = hashers.get(i).finish();
      if (!found.equals(expected.sums().get(i))) {
        throw new MismatchException("expect", expected.sums().get(i).toString(), found.toString());
      }
    }
    return cid;
  }
}
