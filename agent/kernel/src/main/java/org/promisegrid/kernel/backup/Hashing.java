package org.promisegrid.kernel.backup;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import org.promisegrid.sandbox.Cid;

/// A file's bytes, as many as its entry says, with their hash. Of one thread.
final class Hashing extends InputStream {

  private final Tar.Entry entry;
  private final InputStream in;
  private final MessageDigest sha256 = Cid.sha256();
  private long left;

  Hashing(Tar.Entry entry, InputStream in) {
    this.entry = entry;
    this.in = in;
    this.left = entry.size();
  }

  Tar.Entry entry() {
    return entry;
  }

  /// Of all that was read; ends the use of this object.
  byte[] digest() {
    return sha256.digest();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    if (left == 0) {
      return -1;
    }
    int n = in.read(bytes, from, (int) Math.min(length, left));
    if (n < 0) {
      throw new EOFException(entry.name() + " ends early");
    }
    sha256.update(bytes, from, n);
    left -= n;
    return n;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
