package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.ByteBuffer;

/// The bytes of a segment, however they are kept.
interface Source extends AutoCloseable {

  /// Reads what fits into `buffer` from `offset` on, or some of it; -1 at the end.
  ///
  /// @throws DamagedException if what is kept isn't what was written
  int read(ByteBuffer buffer, long offset) throws IOException;

  long size() throws IOException;

  @Override
  void close() throws IOException;

  /// What is kept doesn't give back the bytes.
  final class DamagedException extends IOException {
    private static final long serialVersionUID = 1;

    DamagedException(String how) {
      super(how);
    }
  }
}
