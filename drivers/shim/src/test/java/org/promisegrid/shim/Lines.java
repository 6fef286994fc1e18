package org.promisegrid.shim;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What was written, for whoever waits for a line of it.
final class Lines extends OutputStream {

  private final StringBuilder text = new StringBuilder();

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    text.append(new String(bytes, offset, length, StandardCharsets.ISO_8859_1));
    notifyAll();
  }

  synchronized void await(String line) throws InterruptedException {
    while (!Arrays.asList(text.toString().split("\n")).contains(line)) {
      wait();
    }
  }
}
