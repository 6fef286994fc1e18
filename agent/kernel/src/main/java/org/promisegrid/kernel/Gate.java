package org.promisegrid.kernel;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.promisegrid.kernel.call.Functions;
import org.promisegrid.kernel.index.Readers;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.syscall.Caller;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.token.Authority;
import org.promisegrid.kernel.token.CallView;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.kernel.token.Token;
import org.promisegrid.kernel.token.Verdict;
import org.promisegrid.kernel.token.Verifier;
import org.promisegrid.sandbox.Cid;

/// Where authority is checked: who calls, and whether they may call this function. Nothing gets
/// past it, and nothing behind it asks again; what they may *read* is told by
/// [org.promisegrid.kernel.syscall.Access].
final class Gate {

  /// Functions that look after what one's calls led to. Whoever may call anything here may call
  /// these, and then they show a caller nothing but their own. A token that names one of them is
  /// another matter: it says what may be read or done with it, and how often.
  private static final Set<String> IMPLIED =
      Set.of(
          "content.get", "content.has", "call.await", "call.cancel", "call.watch", "token.revoke");

  /// Functions that stop something, or make room: their callers' tokens are written down on a disk
  /// that is nearly full, too.
  private static final Set<String> FREEING =
      Set.of(
          "token.revoke",
          "agent.gc",
          "content.unpin",
          "call.cancel",
          "service.stop",
          "service.remove");

  private static final Item NONCE = Item.of("nonce");

  private final Verifier verifier;
  private final Functions functions;
  private final Readers readers;
  private final Ledger ledger;
  private final InstantSource clock;

  Gate(
      Verifier verifier, Functions functions, Readers readers, Ledger ledger, InstantSource clock) {
    this.clock = clock;
    this.verifier = verifier;
    this.functions = functions;
    this.readers = readers;
    this.ledger = ledger;
  }

  /// Who calls.
  ///
  /// @throws Refusal `unauthorized`, the same for whatever is wrong, or `revoked`
  Caller identify(Call call) throws Refusal {
    Chain chain = chain(call.chain());
    return switch (verifier.verify(chain, call.signature(), call.function(), call.payload())) {
      case Verdict.Granted(Authority authority, var until) -> {
        Names names = new Names(authority, functions, readers, ledger);
        yield new Caller(call.cid(), authority, until, names::lead);
      }
      case Verdict.Refusal refusal -> throw Refusal.of(refusal);
    };
  }

  /// What whoever bears a chain may do, before they call.
  ///
  /// @throws Refusal as [#identify] does
  Authority bearer(List<byte[]> links) throws Refusal {
    return switch (verifier.bearer(chain(links))) {
      case Verdict.Granted granted -> granted.authority();
      case Verdict.Refusal refusal -> throw Refusal.of(refusal);
    };
  }

  private static Chain chain(List<byte[]> links) throws Refusal {
    try {
      return Chain.of(links.stream().map(Item::of).toList());
    } catch (MalformedException e) {
      throw Refusal.of(new Verdict.Unauthorized(String.valueOf(e.getMessage())));
    }
  }

  /// A call of a kernel function that may be made.
  ///
  /// @param caller with what they may do in this call
  /// @param asked with the parameters that the token binds
  /// @param counted whether it takes a use of the caller's token: [#take]
  record Admitted(Caller caller, Call.Request asked, boolean counted) {}

  /// Lets a call of a kernel function in, if the caller may make it.
  Admitted admit(Caller caller, String name, Call call) throws Refusal {
    Authority authority = caller.authority();
    Input input = call.input();
    if (!call.terms().toItem().entries().keySet().stream().allMatch(NONCE::equals)) {
      throw Refusal.unsupported("a kernel function takes no terms but a nonce");
    }
    if (input instanceof Input.Pending) {
      throw Refusal.unsupported("this node doesn't do that yet: the result of another call");
    }
    if (IMPLIED.contains(name) && !caller.isOwner() && !isFor(authority, call.function())) {
      return new Admitted(
          caller.withoutNames(),
          new Call.Request(call.function(), call.params(), input, call.terms()),
          false);
    }
    Item.Table params = authority.withBound(call.params());
    Optional<Verdict.Refusal> refusal =
        authority.refusal(
            new CallView(
                call.function(),
                Set.of(),
                params,
                input.name().orElse(Input.EMPTY),
                call.terms().toItem()));
    if (refusal.isPresent()) {
      throw Refusal.of(refusal.get());
    }
    return new Admitted(
        caller, new Call.Request(call.function(), params, input, call.terms()), true);
  }

  /// Whether the chain covers a function because it is named there, not because all are meant.
  private static boolean isFor(Authority authority, Cid function) {
    return authority.leaf().claims().functions().isPresent()
        && authority.covers(function, Set.of());
  }

  /// Takes a use of the caller's token, for a call that it covers. Only now the token is written
  /// down: anybody can make any number that are good for nothing.
  ///
  /// @param function the kernel function that is called; empty for another
  /// @param entry of the caller
  void take(Caller caller, Optional<String> function, Throttle.Entry entry) throws Refusal {
    if (!caller.isOwner()) {
      long unseen = ledger.tokens().unseen(caller.authority().tokens());
      boolean counted =
          caller.authority().limits().stream().anyMatch(link -> link.use().calls().isPresent());
      // What is written of them must go on where it serves what must: nobody else takes that room.
      if ((unseen > 0 || counted)
          && function.filter(FREEING::contains).isEmpty()
          && ledger.isLow()) {
        throw new Refusal(
            Reason.EXHAUSTED, "this node has no room left to write down that a token is used");
      }
      if (unseen > 0) {
        entry.write(unseen);
      }
    }
    Optional<Verdict.Exhausted> spent = verifier.take(caller.authority());
    if (spent.isPresent()) {
      throw Refusal.of(spent.get());
    }
    Instant now = clock.instant();
    for (Token token : caller.authority().tokens().reversed()) {
      ledger.tokens().seen(token);
      ledger.tokens().lastUsed(token.cid(), now);
    }
  }

  /// Whether a refusal is worth an entry in the journal.
  static boolean isDenial(Refusal refusal) {
    return switch (refusal.payload()) {
      case Payload.Revoked _ -> true;
      case Payload.NotPromised(Reason reason, _, _) ->
          reason == Reason.UNAUTHORIZED || reason == Reason.ABSENT || reason == Reason.REFUSED;
      case Payload.Kept _, Payload.Receipted _, Payload.Broken _, Payload.Promised _ -> false;
    };
  }
}
