package org.promisegrid.sandbox.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/// What a service wrote, piece by piece. For one thread; closed by another, [#next] ends.
public interface ServiceLog extends AutoCloseable {

  /// The next piece, usually a line; empty at the end. A thread that is interrupted gets an
  /// [java.io.InterruptedIOException] and stays interrupted.
  ///
  /// @throws IOException if the target can't be read any more
  Optional<Piece> next() throws IOException;

  @Override
  void close();

  /// Some of what it wrote.
  ///
  /// @param at when it was written, by the target's clock
  /// @param error whether to standard error; of a terminal, all is output
  /// @param bytes the reader's, from position to limit
  record Piece(Instant at, boolean error, ByteBuffer bytes) {}
}
