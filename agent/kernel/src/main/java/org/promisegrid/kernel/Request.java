package org.promisegrid.kernel;

import java.util.Optional;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.syscall.Body;

/// A call as it came in.
///
/// @param body what follows the call, if its function takes that
/// @param from which way it came, for the journal: `socket`, `http 127.0.0.1:5123`
public record Request(Call call, Optional<Body> body, String from) {

  /// A call that nothing follows.
  public Request(Call call, String from) {
    this(call, Optional.empty(), from);
  }
}
