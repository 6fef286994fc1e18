package org.promisegrid.driver.docker.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// How an engine that isn't behind a socket of this host's is connected to.
@FunctionalInterface
public interface Dial {

  /// A connection of its own.
  ///
  /// @throws IOException if there is none to be had, and why
  Far open() throws IOException;

  /// The engine's end of a connection.
  interface Far extends AutoCloseable {

    InputStream input() throws IOException;

    OutputStream output() throws IOException;

    /// Tells the engine that no more comes; what it sends still arrives.
    void endOutput() throws IOException;

    /// Ends reads and writes that are under way. Idempotent.
    @Override
    void close() throws IOException;
  }
}
