package org.promisegrid.shim;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicLong;

/// So many bytes that come, and that must come back in order, none of which is ever held.
final class Flow {

  private final long size;
  private final AtomicLong given = new AtomicLong();
  private final AtomicLong taken = new AtomicLong();
  private final AtomicLong most = new AtomicLong();

  Flow(long size) {
    this.size = size;
  }

  long taken() {
    return taken.get();
  }

  /// The most that was on its way at once.
  long most() {
    return most.get();
  }

  private static byte at(long index) {
    return (byte) (index * 131 + (index >> 16) + 7);
  }

  InputStream in() {
    return new InputStream() {
      @Override
      public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) {
        long from = given.get();
        int count = (int) Math.min(length, size - from);
        for (int i = 0; i < count; i++) {
          into[offset + i] = at(from + i);
        }
        given.addAndGet(count);
        most.accumulateAndGet(from + count - taken.get(), Math::max);
        return count == 0 && length > 0 ? -1 : count;
      }
    };
  }

  OutputStream out() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        long from = taken.get();
        for (int i = 0; i < length; i++) {
          if (bytes[offset + i] != at(from + i)) {
            throw new IOException("byte " + (from + i) + " is another");
          }
        }
        taken.addAndGet(length);
      }
    };
  }
}
