package org.promisegrid.kernel.secret;

import java.nio.file.Path;

/// The file of the secrets' key holds none. It is never written over: a person may mend it, or put
/// it back, and has all that it sealed.
public final class DamagedKeyException extends RuntimeException {

  private static final long serialVersionUID = 1;

  DamagedKeyException(Path file) {
    super(
        "the secrets' key is damaged: put it back and start again, or move it elsewhere: " + file);
  }
}
