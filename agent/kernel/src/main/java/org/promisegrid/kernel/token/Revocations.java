package org.promisegrid.kernel.token;

import java.util.List;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;

/// The tokens that were taken back. Asked at each use; safe for many threads.
@FunctionalInterface
public interface Revocations {

  /// The first of `links` that was revoked.
  Optional<Cid> revokedAmong(List<Cid> links);
}
