package org.promisegrid.sandbox.service;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/// A program that runs beside a service's workload.
public interface Execution extends AutoCloseable {

  /// Its standard input; closing it is the input's end.
  OutputStream input();

  /// What it writes, in order; empty once it has ended and all was told. Who doesn't read stalls
  /// it.
  Optional<Piece> next() throws IOException;

  /// Tells its terminal another size; nothing happens if it has none.
  void resize(ExecSpec.Size size) throws InterruptedException;

  /// Its exit code, once [#next] was empty; 128 and the number of a signal that ended it.
  int code() throws InterruptedException;

  /// Ends it if it runs, as far as the target can.
  @Override
  void close();

  /// Some of what it wrote.
  ///
  /// @param error whether to standard error
  /// @param bytes the reader's, from position to limit
  record Piece(boolean error, ByteBuffer bytes) {}
}
