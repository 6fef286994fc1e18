package org.promisegrid.cli.client;

import java.io.IOException;
import java.io.OutputStream;
import org.promisegrid.kernel.content.Hasher;
import org.promisegrid.kernel.content.Multihash;

/// Passes bytes on, and sums them up.
final class Summed extends OutputStream {

  private final OutputStream to;
  private final Hasher hasher;

  Summed(OutputStream to, Multihash.Algorithm algorithm) {
    this.to = to;
    this.hasher = Hasher.of(algorithm);
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] piece, int from, int length) throws IOException {
    hasher.update(piece, from, length);
    to.write(piece, from, length);
  }

  /// The sum of all that was written.
  Multihash finish() {
    return hasher.finish();
  }
}
