package org.promisegrid.kernel.call;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.secret.SecretStore;
import org.promisegrid.kernel.storage.Renewals;
import org.promisegrid.kernel.syscall.Access;
import org.promisegrid.kernel.syscall.Caller;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.syscall.Syscall;
import org.promisegrid.sandbox.Cid;

/// Everything about calls of user functions, behind one door.
public final class UserCalls implements AutoCloseable {

  private final Access access;
  private final Renewals renewals;
  private final Preparation preparation;
  private final Calls calls;
  private final CallSyscalls syscalls;

  public UserCalls(
      Functions functions,
      Access access,
      SecretStore secrets,
      ContentStore content,
      Ledger ledger,
      Renewals renewals,
      Runner runner,
      Signer signer,
      Path scratch,
      InstantSource clock,
      Ceiling ceiling,
      Tally tally) {
    this.access = access;
    this.renewals = renewals;
    this.preparation =
        new Preparation(
            functions, access, new Slots(signer.node(), secrets), content, clock, ceiling);
    this.calls = new Calls(ledger, runner, scratch, clock, tally);
    this.syscalls =
        new CallSyscalls(signer.node(), preparation, calls, runner, ledger, access, signer, clock);
  }

  /// Tells those who watch calls that wait for this code how far it is.
  public void bringing(Cid code, String far) {
    calls.bringing(code, far);
  }

  /// Gives an end to calls that an agent before this one didn't answer.
  public void settle(Survivors survivors) {
    calls.settle(survivors);
  }

  /// Takes a use of a token.
  @FunctionalInterface
  public interface Use {
    void take() throws Refusal;
  }

  /// Answers a call; see [Calls#answer].
  ///
  /// @param fresh whether nobody else can have made this call, nor can again
  public Payload answer(Caller caller, Call call, boolean fresh, Use use, Optional<Runnable> taken)
      throws Refusal, InterruptedException {
    try (Holds.Hold hold = access.hold()) {
      Wanted wanted = preparation.check(caller, Preparation.Asked.of(call, fresh), hold);
      renewals.used(wanted.named());
      return calls.answer(wanted, use, taken);
    }
  }

  /// The kernel functions that look after calls, by name.
  public Map<String, Syscall> syscalls() {
    return syscalls.all();
  }

  /// How many runs are under way.
  public int running() {
    return calls.flying();
  }

  /// Begins nothing more, and lets what was begun come to its end.
  ///
  /// @return whether all did within the time
  public boolean drain(Duration atMost) throws InterruptedException {
    return calls.drain(atMost);
  }

  /// Ends every run.
  @Override
  public void close() {
    calls.close();
  }
}
