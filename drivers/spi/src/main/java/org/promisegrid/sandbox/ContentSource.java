package org.promisegrid.sandbox;

import java.io.IOException;
import java.io.InputStream;

/// Content that a driver may read: what the specs it is given name.
public interface ContentSource {

  /// Opens content; the caller closes. Bytes are verified as they are read: a mismatch ends the
  /// stream with an [IOException], never with wrong bytes taken for right ones at its end.
  ///
  /// @throws java.io.FileNotFoundException if the agent doesn't hold it
  InputStream open(Cid cid) throws IOException;

  /// Its length in bytes.
  ///
  /// @throws java.io.FileNotFoundException if the agent doesn't hold it
  long size(Cid cid) throws IOException;
}
