package org.promisegrid.shim;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;

/// One direction of a line within this process, which either end can cut.
final class Cable implements AutoCloseable {

  final InputStream from;
  final OutputStream to;
  private final Pipe pipe;

  Cable() throws IOException {
    this.pipe = Pipe.open();
    this.from = Channels.newInputStream(pipe.source());
    this.to = Channels.newOutputStream(pipe.sink());
  }

  /// Nothing more comes; what is on its way is still read.
  void end() {
    try {
      pipe.sink().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      pipe.sink().close();
      pipe.source().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
