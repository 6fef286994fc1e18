package org.promisegrid.kernel;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.promisegrid.kernel.call.UserCalls;
import org.promisegrid.kernel.content.StorageException;
import org.promisegrid.kernel.journal.Disk;
import org.promisegrid.kernel.journal.JournalException;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.stack.Timer;
import org.promisegrid.kernel.syscall.Body;
import org.promisegrid.kernel.syscall.Caller;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.syscall.Syscall;
import org.promisegrid.kernel.token.Authority;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.SandboxDriverFactory;

/// One interface to everything: a call of a function by its hash, presented with a token. REST
/// operations, CLI verbs and requests from inside a sandbox all come here, and nothing happens
/// otherwise.
///
/// A kernel owns its [Home] until it is closed. Safe for many threads; calls block, and transports
/// make them on virtual threads. Interrupting a call's thread means that its caller left.
public final class Kernel implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Kernel.class.getName());

  /// Functions whose documents are released and whose part isn't built.
  private static final Set<String> UNBUILT = Set.of("offer", "forward");

  /// Functions whose success has an entry of its own in the journal.
  private static final Set<String> WRITING =
      Set.of(
          "content.put",
          "ref.propose",
          "token.revoke",
          "content.pin",
          "content.unpin",
          "secret.put",
          "secret.remove",
          "secret.rekey",
          "service.start",
          "service.stop",
          "service.remove");

  /// Functions whose calls, sent again by somebody who recorded one, could undo what was done
  /// since. Not among them are those that do the same each time, whatever was done: putting content
  /// and revoking a token.
  private static final Set<String> CHANGING =
      Set.of(
          "ref.propose",
          "content.pin",
          "content.unpin",
          "secret.put",
          "secret.remove",
          "secret.rekey",
          "service.start",
          "service.stop",
          "service.restart",
          "service.remove",
          "service.exec");

  /// Functions that read what comes with their calls.
  private static final Set<String> READING = Set.of("content.put", "secret.put");

  /// Of how many principals and reasons refusals are counted apart.
  private static final int MOST_SILENCES = 256;

  private final Parts parts;
  private final Gate gate;
  private final UserCalls calls;
  private final Map<String, Syscall> syscalls;
  private final Set<String> functions;
  private final Denials denials;
  private final Replays replays;
  private final Throttle throttle;
  private final Allowance allowance;
  private volatile boolean draining;
  private volatile boolean closed;

  private Kernel(Parts parts, Allowance allowance, InstantSource clock) {
    this.allowance = allowance;
    this.throttle = new Throttle(allowance, System::nanoTime);
    this.denials = new Denials(clock, MOST_SILENCES);
    this.replays = new Replays(clock);
    this.parts = parts;
    this.gate = parts.gate();
    this.calls = parts.calls();
    this.syscalls = parts.syscalls();
    Set<String> names = new TreeSet<>(syscalls.keySet());
    names.addAll(UNBUILT);
    this.functions = Collections.unmodifiableSet(names);
  }

  /// Opens a home, and a driver on every target of `factories` that the settings don't turn off.
  /// Probing the targets goes on in the background: [#awaitReady].
  ///
  /// @throws HomeException if the home can't be opened
  public static Kernel open(
      Settings settings,
      List<SandboxDriverFactory> factories,
      InstantSource clock,
      SecureRandom random) {
    return open(settings, new Drivers(factories, List.of()), clock, random, (_, _) -> {});
  }

  /// Likewise; what of the drivers was found and can't be used is told with the others.
  ///
  /// @param starting hears how it goes on, if it takes long
  /// @throws HomeException if the home can't be opened
  public static Kernel open(
      Settings settings,
      Drivers drivers,
      InstantSource clock,
      SecureRandom random,
      Starting starting) {
    return open(settings, drivers, clock, random, Disk.real(), starting);
  }

  /// @param disk that the journal is written to
  static Kernel open(
      Settings settings,
      Drivers drivers,
      InstantSource clock,
      SecureRandom random,
      Disk disk,
      Starting starting) {
    return open(settings, drivers, clock, random, disk, starting, Optional.empty());
  }

  /// @param timer that services are looked after by, in place of the clock's own
  static Kernel open(
      Settings settings,
      Drivers drivers,
      InstantSource clock,
      SecureRandom random,
      Disk disk,
      Starting starting,
      Optional<Timer> timer) {
    return new Kernel(
        Parts.open(settings, drivers, clock, random, disk, starting, timer),
        settings.allowance(),
        clock);
  }

  /// Answers a message as it came in, well-formed or not.
  ///
  /// @param body what follows it on its stream, if anything does
  /// @param from which way it came, for the journal
  /// @throws InterruptedException if the caller left
  public Reply handle(byte[] message, Optional<Body> body, String from)
      throws InterruptedException {
    Call call;
    try {
      call = Call.decode(Message.decode(message));
    } catch (MalformedException e) {
      parts.tally().notPromised(Reason.MALFORMED);
      return new Reply(
          Cid.of(message),
          new Payload.NotPromised(Reason.MALFORMED, String.valueOf(e.getMessage())));
    }
    return handle(new Request(call, body, from));
  }

  /// Answers a call. The answer says what went wrong, whoever's fault it was.
  ///
  /// @throws InterruptedException if the caller left
  public Reply handle(Request request) throws InterruptedException {
    Cid name = request.call().cid();
    try {
      return answer(request);
    } catch (Refusal refusal) {
      if (refusal.payload() instanceof Payload.NotPromised notPromised) {
        parts.tally().notPromised(notPromised.reason());
      }
      return new Reply(name, refusal.payload());
    } catch (StorageException e) {
      return failed(name, e.kind() == StorageException.Kind.EXHAUSTED, e);
    } catch (JournalException e) {
      return failed(name, e.kind() == JournalException.Kind.EXHAUSTED, e);
    } catch (RuntimeException e) {
      return failed(name, false, e);
    }
  }

  private Reply answer(Request request) throws Refusal, InterruptedException {
    Call call = request.call();
    Caller caller;
    try {
      caller = gate.identify(call);
    } catch (Refusal refusal) {
      throw denied(request, Optional.empty(), refusal);
    }
    try (Throttle.Entry entry = throttle.enter(caller)) {
      return answer(request, caller, entry);
    } catch (Refusal refusal) {
      throw denied(request, Optional.of(caller.principal()), refusal);
    }
  }

  /// Writes a refusal down, where it is worth it.
  private Refusal denied(Request request, Optional<String> by, Refusal refusal) {
    if (Gate.isDenial(refusal)) {
      String reason = word(refusal.payload());
      write(denials.refused(request.call().cid(), request.from(), by, reason));
    }
    return refusal;
  }

  private void write(List<Denials.Line> lines) {
    for (Denials.Line line : lines) {
      note(() ->
          parts.ledger().denied(line.call(), line.from(), line.reason(), line.by(), line.more()));
    }
  }

  private Reply answer(Request request, Caller caller, Throttle.Entry entry)
      throws Refusal, InterruptedException {
    Call call = request.call();
    Optional<String> document = Protocols.name(call.function());
    if (document.isEmpty()) {
      if (request.body().isPresent()) {
        throw Refusal.invalid("a user function's input is in its call, or content put before");
      }
      return new Reply(
          call.cid(),
          calls.answer(
              caller,
              call,
              request.fresh(),
              () -> gate.take(caller, Optional.empty(), entry),
              request.taken()));
    }
    if (UNBUILT.contains(document.get())) {
      throw Refusal.unsupported("this node doesn't do that yet: " + document.get());
    }
    Syscall syscall = syscalls.get(document.get());
    if (syscall == null) {
      throw Refusal.absent(); // the document of a format, not of a function
    }
    Gate.Admitted admitted = gate.admit(caller, document.get(), call);
    if (!READING.contains(document.get())) {
      requireNothingToRead(request);
    }
    syscall.check(admitted.asked());
    Syscall.Kept kept =
        CHANGING.contains(document.get())
            ? once(request, syscall, admitted, entry)
            : run(request, syscall, admitted, entry);
    if (!WRITING.contains(document.get())) {
      note(() -> parts.ledger().called(call.cid(), caller.principal(), document.get()));
    }
    return new Reply(call.cid(), new Payload.Kept(kept.value()), kept.follow());
  }

  private Syscall.Kept once(
      Request request, Syscall syscall, Gate.Admitted admitted, Throttle.Entry entry)
      throws Refusal, InterruptedException {
    replays.begin(request.call(), admitted.caller());
    try {
      return run(request, syscall, admitted, entry);
    } catch (Refusal refusal) {
      if (!refusal.isLate()) {
        replays.refused(request.call());
      }
      throw refusal;
    }
  }

  private Syscall.Kept run(
      Request request, Syscall syscall, Gate.Admitted admitted, Throttle.Entry entry)
      throws Refusal, InterruptedException {
    Caller caller = admitted.caller();
    if (admitted.counted()) {
      gate.take(caller, Protocols.name(request.call().function()), entry);
    }
    return syscall.run(
        caller, admitted.asked(), caller.isOwner() ? request.body() : bounded(request.body()));
  }

  private static void requireNothingToRead(Request request) throws Refusal {
    if (request.body().isPresent() || !(request.call().input() instanceof Input.None)) {
      throw Refusal.invalid("this function takes no input");
    }
  }

  /// A body that is no longer than is allowed.
  private Optional<Body> bounded(Optional<Body> body) throws Refusal {
    if (body.isEmpty()) {
      return body;
    }
    if (body.get().size().orElse(0) > allowance.size()) {
      throw new Refusal(
          Reason.TOO_LARGE, "one put has at most " + allowance.size() + " bytes here");
    }
    return Optional.of(
        new Body(new Bounded(body.get().bytes(), allowance.size()), body.get().size()));
  }

  /// Writes down what may be lost to a power cut: where even that can't be written, the answer
  /// stands.
  private static void note(Runnable entry) {
    try {
      entry.run();
    } catch (JournalException e) {
      LOG.log(System.Logger.Level.WARNING, "not written to the journal", e);
    }
  }

  private Reply failed(Cid call, boolean exhausted, RuntimeException e) {
    if (closed) {
      return new Reply(call, new Payload.NotPromised(Reason.REFUSED, "the agent is ending"));
    }
    parts.failed(e);
    if (exhausted) {
      parts.tally().notPromised(Reason.EXHAUSTED);
      return new Reply(
          call,
          new Payload.NotPromised(
              Reason.EXHAUSTED,
              "this node has no room left: `grid df` shows what takes it, `grid gc` frees what"
                  + " nobody needs"));
    }
    LOG.log(System.Logger.Level.ERROR, "call " + call + " failed", e);
    return new Reply(call, new Payload.Broken("this call failed by the agent's own fault"));
  }

  private static String word(Payload payload) {
    return payload instanceof Payload.NotPromised notPromised
        ? notPromised.reason().code()
        : "revoked";
  }

  /// The answer message to a reply: signed by the node.
  public byte[] sign(Reply reply) {
    return parts.signer().answer(reply.call(), reply.payload()).message().bytes();
  }

  /// The node that this kernel is.
  public NodeId node() {
    return parts.signer().node();
  }

  /// Who bears a chain, before they call. Allows nothing; tells whether it is worth reading what
  /// comes with it, and whose memory that takes.
  ///
  /// @throws Refusal if any call with it would be refused, and as that would be
  public Authority bearer(List<byte[]> chain) throws Refusal {
    return gate.bearer(chain);
  }

  /// Who makes a call: the same, where the call has been read.
  ///
  /// @throws Refusal if it will be refused whatever it asks
  public Authority caller(Call call) throws Refusal {
    return gate.identify(call).authority();
  }

  /// Names of the functions that are answered.
  public Set<String> functions() {
    return functions;
  }

  /// Whether anything can still be acknowledged, and looked up. If not, the disk of the journal
  /// failed, or the index is damaged: only a new kernel on the same home finds out what stands on
  /// it, and makes the index anew.
  public boolean isAlive() {
    return !parts.ledger().hasFailed() && !parts.indexIsDamaged();
  }

  /// Whether every target has been probed, or took too long, and it isn't ending or past help.
  public boolean isReady() {
    return !draining && isAlive() && parts.targets().ready().isDone();
  }

  /// Waits until it is ready; whether it is.
  public boolean awaitReady(Duration atMost) throws InterruptedException {
    return parts.awaitReady(atMost);
  }

  /// What is counted, for those who watch over the agent.
  public Measures measures() {
    return parts.measures();
  }

  /// Begins no more runs, and lets those that were begun, or wait for their turn, come to their
  /// ends. All else is answered as before, until it is closed.
  ///
  /// @return whether all did within the time
  public boolean drain(Duration atMost) throws InterruptedException {
    draining = true;
    return calls.drain(atMost);
  }

  /// Ends what runs, writes down what isn't yet, and lets go of the home. Idempotent.
  @Override
  public void close() {
    if (!closed) {
      write(denials.rest());
    }
    closed = true;
    parts.close();
  }
}
