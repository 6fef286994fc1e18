package org.promisegrid.kernel.call;

import java.util.Optional;
import org.promisegrid.kernel.ledger.CallRecord;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Payload;

/// What is done for a caller who doesn't wait.
interface Errand {
  /// Nothing: they wait.
  Errand NONE = new Errand() {};

  /// It waits for a run, or is about to.
  default void begin() {}

  /// It can be asked for by its name.
  default void waits() {}

  /// It was answered.
  default void came(Payload payload) {}

  /// A call that goes on without its caller: it is written down that it was taken on, and what came
  /// of it. Of one thread.
  final class Left implements Errand {
    private final Wanted wanted;
    private final Ledger ledger;
    private final Runner runner;
    private final Runnable taken;
    private boolean begun;
    private boolean told;

    /// @param taken is told when it waits for a run
    Left(Wanted wanted, Ledger ledger, Runner runner, Runnable taken) {
      this.wanted = wanted;
      this.ledger = ledger;
      this.runner = runner;
      this.taken = taken;
    }

    @Override
    public void begin() {
      if (!begun) {
        begun = true;
        ledger
            .calls()
            .taken(wanted.call(), wanted.function(), wanted.caller().principal(), wanted.came());
      }
    }

    @Override
    public void waits() {
      if (!told) {
        told = true;
        taken.run();
      }
    }

    @Override
    public void came(Payload payload) {
      if (!told) {
        return; // its caller got it
      }
      Optional<CallRecord> record = ledger.calls().find(wanted.call());
      if (record.flatMap(CallRecord::lost).isPresent()) {
        return; // its run began, and the agent ends: the next one says that it was lost
      }
      if (!(payload instanceof Payload.Receipted receipted)) {
        ledger
            .calls()
            .nothing(
                wanted.call(),
                wanted.function(),
                wanted.caller().principal(),
                wanted.came(),
                Answer.payloadBytes(payload));
      } else if (!record.map(CallRecord::hasEnded).orElse(false)) {
        // Answered as the same call was, under another name.
        ledger.calls().answered(runner.answered(wanted, receipted));
      }
    }
  }
}
