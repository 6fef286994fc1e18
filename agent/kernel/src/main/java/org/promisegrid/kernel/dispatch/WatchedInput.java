package org.promisegrid.kernel.dispatch;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/// A run's input on its way to the driver: remembers how reading failed, which the workload isn't
/// to blame for.
final class WatchedInput extends FilterInputStream {

  private volatile @Nullable IOException failure;
  private volatile boolean over;

  WatchedInput(InputStream input) {
    super(input);
  }

  @Override
  public int read() throws IOException {
    try {
      return in.read();
    } catch (IOException e) {
      throw noted(e);
    }
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    try {
      return in.read(bytes, offset, length);
    } catch (IOException e) {
      throw noted(e);
    }
  }

  @Override
  public long skip(long count) throws IOException {
    try {
      return in.skip(count);
    } catch (IOException e) {
      throw noted(e);
    }
  }

  /// What fails from now on isn't the input's failure: it is being closed.
  void end() {
    over = true;
  }

  @Nullable IOException failure() {
    return failure;
  }

  private IOException noted(IOException e) {
    if (!over && !Interruptions.are(e)) {
      failure = e;
    }
    return e;
  }
}
