package org.promisegrid.driver.docker;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;

/// Input whose rest was lost with the connection, or the process, that had it: it neither comes nor
/// ends, so that no workload takes a part for the whole.
final class NoMoreInput extends InputStream {

  @Override
  public int read() throws IOException {
    try {
      new CountDownLatch(1).await();
      return -1;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("there is no input any more");
    }
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    return length == 0 ? 0 : read();
  }
}
