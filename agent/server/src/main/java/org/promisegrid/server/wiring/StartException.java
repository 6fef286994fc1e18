package org.promisegrid.server.wiring;

import org.jspecify.annotations.Nullable;

/// Why the agent can't start, as a sentence for its owner: an option, the home, the socket.
public final class StartException extends RuntimeException {

  private static final long serialVersionUID = 1;

  StartException(String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
  }
}
