package org.promisegrid.sandbox.service;

import java.util.List;
import java.util.Optional;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.SandboxId;

/// A driver that keeps services: present exactly when its driver has
/// [org.promisegrid.sandbox.Trait#SERVICES].
///
/// Every driver that has it MUST
/// - let services live on when the agent ends or is killed, with what they write;
/// - never start one by itself, whatever it ended of: the agent does that;
/// - leave the target as it was when [#create] fails;
/// - give a service what its spec says and nothing else;
/// - see and touch only what it made for its own node; what a spec calls `external` it uses, and
///   neither makes nor removes;
/// - refuse what the owner's settings don't allow (folders of the host, devices) in [#offers] and
///   again in [#create], before anything is made.
///
/// The life of a service's sandbox is `create → start → (ends) → remove`; it can be started again
/// once it ended. All of them block.
public interface Services extends Power {

  /// Promises, about this target only, to keep `spec`, or why not. No side effects, no I/O.
  Quote offers(ServiceSpec spec);

  /// Makes a sandbox, ready to start; with it, where they are missing, its stack's networks and its
  /// volumes.
  ///
  /// @throws org.promisegrid.sandbox.DriverException `CONFLICT` if `id` exists (it is *already
  ///   done*), or a port is taken and the message names it; `EXHAUSTED`, `UNSUPPORTED`,
  ///   `UNAVAILABLE`, `BROKEN`
  Service create(SandboxId id, ServiceSpec spec, Offer offer) throws InterruptedException;

  /// This node's services on the target, told from the target itself, by whichever process made
  /// them.
  List<FoundService> services() throws InterruptedException;

  /// Takes charge of one; empty if there is none. The workload notices nothing.
  Optional<Service> adopt(SandboxId id) throws InterruptedException;

  /// This node's volumes on the target.
  List<FoundVolume> volumes() throws InterruptedException;

  /// Removes a volume with all that is in it; nothing happens if there is none.
  ///
  /// @throws org.promisegrid.sandbox.DriverException `CONFLICT` if a service has it
  void remove(FoundVolume volume) throws InterruptedException;

  /// Removes what a process left half made that was ended in the midst, of this node's: [#services]
  /// tells nothing of it. What is being made or started by this driver stays.
  ///
  /// @return how many things
  int tidy() throws InterruptedException;

  /// Removes the networks of a stack that has no service here any more; idempotent.
  void leave(String stack) throws InterruptedException;
}
