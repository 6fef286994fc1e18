package org.promisegrid.server.wiring;

import org.jspecify.annotations.Nullable;

/// Why the agent can't start, as a sentence for its owner: an option, the home, the socket.
public final class StartException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /// What a start ends with that may do better the next time.
  private static final int TRY_AGAIN = 1;

  /// What a start ends with that no second try mends: `EX_CONFIG` of sysexits(3). The service isn't
  /// started again after it.
  private static final int MEND_IT = 78;

  private final int code;

  private StartException(int code, String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
    this.code = code;
  }

  /// Something that the owner has to mend first.
  StartException(String sentence, @Nullable Throwable cause) {
    this(MEND_IT, sentence, cause);
  }

  /// Something that may pass by itself.
  static StartException passing(String sentence, Throwable cause) {
    return new StartException(TRY_AGAIN, sentence, cause);
  }

  /// What the process ends with.
  int code() {
    return code;
  }
}
