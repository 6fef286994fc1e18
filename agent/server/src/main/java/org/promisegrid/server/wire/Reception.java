package org.promisegrid.server.wire;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.kernel.Reply;
import org.promisegrid.kernel.Request;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Words;
import org.promisegrid.kernel.syscall.Body;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.token.Authority;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.NodeId;

/// Where every call comes by on its way to the kernel: it is timed, counted, and told in the log by
/// its name. Never by what is in it.
public final class Reception {

  private static final System.Logger LOG = System.getLogger("org.promisegrid.calls");

  private final Kernel kernel;
  private final MeterRegistry meters;
  private final Map<Kind, Timer> timers = new ConcurrentHashMap<>();

  public Reception(Kernel kernel, MeterRegistry meters) {
    this.kernel = kernel;
    this.meters = meters;
  }

  /// What calls are told apart by: few enough to have a histogram each.
  ///
  /// @param function a kernel function's name; `user` for all others
  private record Kind(String function, String outcome) {}

  /// Has a message answered, well-formed or not.
  ///
  /// @throws InterruptedException if the caller left
  public Reply handle(byte[] message, Optional<Body> body, String from)
      throws InterruptedException {
    long began = System.nanoTime();
    Reply reply = kernel.handle(message, body, from);
    told("none", reply, began);
    return reply;
  }

  /// Has a call answered.
  ///
  /// @throws InterruptedException if the caller left
  public Reply handle(Request request) throws InterruptedException {
    long began = System.nanoTime();
    Reply reply = kernel.handle(request);
    told(function(request.call().function()), reply, began);
    return reply;
  }

  /// The kernel's functions by their names; others are somebody's.
  private String function(Cid function) {
    return Protocols.name(function).filter(kernel.functions()::contains).orElse("user");
  }

  private void told(String function, Reply reply, long began) {
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    Kind kind = new Kind(function, outcome(reply.payload()));
    timers.computeIfAbsent(kind, this::timer).record(took);
    System.Logger.Level level = level(reply.payload());
    if (LOG.isLoggable(level)) {
      LOG.log(
          level,
          "call {0} of {1}: {2} in {3} us",
          reply.call(),
          function,
          kind.outcome(),
          String.valueOf(took.toNanos() / 1000));
    }
  }

  /// Runs are news; what was remembered, looked up or refused is for who looks closer.
  private static System.Logger.Level level(Payload payload) {
    return switch (payload) {
      case Payload.Broken _ -> System.Logger.Level.ERROR;
      case Payload.Receipted receipted ->
          switch (receipted.how()) {
            case RUN -> System.Logger.Level.INFO;
            case JOINED, CACHE, PEER -> System.Logger.Level.DEBUG;
          };
      case Payload.Kept _, Payload.NotPromised _, Payload.Revoked _, Payload.Promised _ ->
          System.Logger.Level.DEBUG;
    };
  }

  private static String outcome(Payload payload) {
    return switch (payload) {
      case Payload.Kept _ -> "kept";
      case Payload.Receipted receipted -> Words.of(receipted.how());
      case Payload.Revoked _ -> "revoked";
      case Payload.NotPromised refusal -> refusal.reason().code();
      case Payload.Broken _ -> "broken";
      case Payload.Promised _ -> "promised";
    };
  }

  private Timer timer(Kind kind) {
    return Timer.builder("grid.call.duration")
        .description("How long calls took to be answered")
        .tag("function", kind.function())
        .tag("outcome", kind.outcome())
        .serviceLevelObjectives(
            Duration.ofNanos(250_000),
            Duration.ofMillis(1),
            Duration.ofMillis(5),
            Duration.ofMillis(25),
            Duration.ofMillis(100),
            Duration.ofMillis(500),
            Duration.ofMillis(2500),
            Duration.ofSeconds(10),
            Duration.ofSeconds(60))
        .register(meters);
  }

  /// The answer message to a reply.
  public byte[] sign(Reply reply) {
    return kernel.sign(reply);
  }

  /// Whose share of the memory for requests one takes that comes with a chain, before there is a
  /// call; nobody's, if it is the owner's.
  ///
  /// @throws Refusal if the chain isn't worth reading on for; the kernel asks more
  public Optional<String> share(List<byte[]> chain) throws Refusal {
    return share(kernel.bearer(chain));
  }

  /// Likewise, of a call.
  ///
  /// @throws Refusal if the kernel will refuse it
  Optional<String> share(Call call) throws Refusal {
    return share(kernel.caller(call));
  }

  private static Optional<String> share(Authority authority) {
    return authority.isUnattenuated() ? Optional.empty() : Optional.of(authority.turn());
  }

  /// Whose agent this is.
  public NodeId node() {
    return kernel.node();
  }
}
