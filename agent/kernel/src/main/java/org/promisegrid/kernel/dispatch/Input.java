package org.promisegrid.kernel.dispatch;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A call's input: complete before the run starts, and readable again when a second target has to
/// be tried.
public interface Input {

  /// From its beginning; the caller closes.
  InputStream open() throws IOException;

  /// Its length in bytes.
  long size();

  /// No bytes.
  static Input none() {
    return of(new byte[0]);
  }

  /// These bytes, which don't change.
  static Input of(byte[] bytes) {
    return new Input() {
      @Override
      public InputStream open() {
        return new ByteArrayInputStream(bytes);
      }

      @Override
      public long size() {
        return bytes.length;
      }
    };
  }
}
