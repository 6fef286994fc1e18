package org.promisegrid.sandbox;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Makes sandboxes of one kind on one target: an engine, a hypervisor URI, an SSH host, this
/// process.
///
/// Every driver MUST
/// - be safe for many threads at once; calls block, and the agent makes them on virtual threads;
/// - leave the target as it was when [#create] fails;
/// - end what it started when the calling thread is interrupted, then throw [InterruptedException];
/// - give a workload what its spec fills and nothing else: no network, files, variables, clock;
/// - enforce the limits of its spec;
/// - tell what the *workload* did as an [Outcome]; a [DriverException] is the driver's own failure;
/// - see only sandboxes of its [Host#node]; two agents on one engine never meet.
///
/// The life of a sandbox is `create → start → await → close`, with `stop` at any time after
/// `start`. The kernel has checked, coerced and authorised everything before it comes here, and it
/// times, caches and logs; drivers only drive.
public interface SandboxDriver extends AutoCloseable {

  /// The target this instance was opened on.
  Target target();

  /// What this driver can ever do. Constant; does not look at the target.
  Set<Trait> traits();

  /// Kinds of [Form] it runs. Constant.
  Set<String> forms();

  /// Whether the target can work now, with capacity and labels. A missing daemon is an answer.
  Fitness probe() throws InterruptedException;

  /// Promises, about this target only, to honour `spec`, or why not. No side effects, no I/O.
  Quote offers(SandboxSpec spec);

  /// Makes a sandbox, ready to start; nothing of the workload has executed yet.
  ///
  /// @throws DriverException `CONFLICT` if `id` exists (it is *already done*), `EXHAUSTED`,
  ///   `UNSUPPORTED` if the code can't run here or the spec is one that [#offers] declines,
  ///   `UNAVAILABLE`, `BROKEN`, also if the code can't be read from [Host#content]
  Sandbox create(SandboxId id, SandboxSpec spec, Offer offer) throws InterruptedException;

  /// This node's sandboxes on the target, whichever process made them, told from the target itself.
  List<Found> list() throws InterruptedException;

  /// Takes charge of a sandbox that outlived the process that made it; empty if there is none.
  Optional<Sandbox> adopt(SandboxId id) throws InterruptedException;

  /// The tiny workload that tells what a call costs here.
  Sample sample();

  /// An optional power; present exactly when its trait is.
  <P extends Power> Optional<P> power(Class<P> type);

  /// Lets go of connections and threads. Sandboxes that can live on do, to be adopted; others end.
  /// Idempotent. Whether something of a sandbox is still being removed that was closed. A driver
  /// may remove what has ended behind whoever closed it; the place that it had isn't free before.
  default boolean isLeaving(SandboxId id) {
    return false;
  }

  /// Returns once nothing of that sandbox is being removed any more.
  default void awaitLeft(SandboxId id) throws InterruptedException {}

  @Override
  void close();
}
