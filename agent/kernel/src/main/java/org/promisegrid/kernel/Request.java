package org.promisegrid.kernel;

import java.util.Optional;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.syscall.Body;

/// A call as it came in.
///
/// @param body what follows the call, if its function takes that
/// @param from which way it came, for the journal: `socket`, `http 127.0.0.1:5123`
/// @param fresh whether its nonce was drawn for it just now, and is told to nobody: no other call
///   has it, before or after
/// @param taken there, if it goes on without its caller: is told when a run is under way for it,
///   and it can be asked for by its name
public record Request(
    Call call, Optional<Body> body, String from, boolean fresh, Optional<Runnable> taken) {

  /// A call that nobody asks for by its name before it is answered.
  public Request(Call call, Optional<Body> body, String from) {
    this(call, body, from, false, Optional.empty());
  }

  /// A call that nothing follows.
  public Request(Call call, String from) {
    this(call, Optional.empty(), from);
  }

  /// The same call, of which whoever makes it knows that nobody else can.
  public Request withFreshNonce() {
    return new Request(call, body, from, true, taken);
  }

  /// The same call, which goes on by itself and tells `listener` when it is under way.
  public Request whenTaken(Runnable listener) {
    return new Request(call, body, from, fresh, Optional.of(listener));
  }
}
