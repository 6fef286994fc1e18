package org.promisegrid.cli.client;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// A way to an agent that carries one call after the other.
interface Line extends Closeable {

  /// Sends a call's message, and the body that follows it. Returns the stream that the answer, and
  /// what follows it, is read from; it has to be read to the end of those before the next call.
  InputStream exchange(byte[] message, Optional<Body> body) throws IOException;

  /// Where it leads, for people.
  String to();
}
