package org.promisegrid.driver.wasm.engine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import org.promisegrid.sandbox.Cid;

/// What a workload's randomness comes from.
@FunctionalInterface
interface RandomBytes {

  /// Fills all of `into`.
  void fill(byte[] into);

  /// The machine's randomness, or for a pure run a stream that depends on its seed alone.
  static RandomBytes of(Surroundings surroundings) {
    if (surroundings.pure()) {
      return new Seeded(surroundings.invocation().seed().map(Cid::bytes).orElse(new byte[0]));
    }
    return new SecureRandom()::nextBytes;
  }

  /// Block `i` of the stream is SHA-256 over a label, the seed and `i` as 64 bits, big-endian.
  final class Seeded implements RandomBytes {

    private static final byte[] LABEL = "grid/wasm/random".getBytes(StandardCharsets.US_ASCII);

    private final byte[] seed;
    private ByteBuffer block = ByteBuffer.allocate(0);
    private long blocks;

    Seeded(byte[] seed) {
      this.seed = seed;
    }

    @Override
    public void fill(byte[] into) {
      int at = 0;
      while (at < into.length) {
        if (!block.hasRemaining()) {
          MessageDigest digest = Cid.sha256();
          digest.update(LABEL);
          digest.update(seed);
          digest.update(ByteBuffer.allocate(Long.BYTES).putLong(blocks++).flip());
          block = ByteBuffer.wrap(digest.digest());
        }
        int size = Math.min(block.remaining(), into.length - at);
        block.get(into, at, size);
        at += size;
      }
    }
  }
}
