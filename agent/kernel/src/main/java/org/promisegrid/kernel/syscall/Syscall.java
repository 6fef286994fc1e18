package org.promisegrid.kernel.syscall;

import java.util.Optional;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Item;

/// One function of the kernel. Its protocol document says what it takes, gives and refuses.
@FunctionalInterface
public interface Syscall {

  /// Does what the call asks for; that the caller may call this function is settled.
  ///
  /// @throws Refusal with the answer, if it can't be done
  Kept run(Caller caller, Call.Request call, Optional<Body> body)
      throws Refusal, InterruptedException;

  /// What was asked for.
  ///
  /// @param value of the answer
  /// @param follow what comes after the answer
  record Kept(Item value, Follow follow) {
    public Kept(Item value) {
      this(value, Follow.none());
    }
  }
}
