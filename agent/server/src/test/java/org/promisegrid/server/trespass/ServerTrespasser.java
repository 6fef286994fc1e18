package org.promisegrid.server.trespass;

import java.util.Optional;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.syscall.Caller;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.syscall.Syscall;

/// Does what the server may not: FencesTest must notice.
interface ServerTrespasser {
  Ledger looksAtTheState();

  static Syscall.Kept asksNobody(Syscall function, Caller caller, Call.Request call)
      throws Refusal, InterruptedException {
    return function.run(caller, call, Optional.empty());
  }
}
