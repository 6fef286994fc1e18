package org.promisegrid.kernel.stack;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.ledger.ServiceBook;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServicePlace;
import org.promisegrid.sandbox.service.ServiceState;

/// What a reconciler knows of one replica. Only its own thread touches it.
final class Replica {

  /// Where it is.
  enum Phase {
    /// It has no sandbox.
    NONE,
    /// It has one, and its target hasn't told of it.
    UNSEEN,
    /// Something is being done: [#doing].
    BUSY,
    /// Its sandbox was made, and nothing was started in it.
    CREATED,
    RUNNING,
    ENDED
  }

  /// What is being done.
  enum Doing {
    STARTING,
    STOPPING,
    REMOVING,
    LOOKING
  }

  final ServicePlace place;
  Phase phase = Phase.NONE;
  Doing doing = Doing.LOOKING;

  // What stands in the journal.
  long generation;
  @Nullable Target target;
  @Nullable Cid source;
  @Nullable SandboxId sandbox;
  Optional<ServiceBook.Started> started = Optional.empty();
  Optional<ServiceBook.Ended> recorded = Optional.empty();

  // What is so now.
  @Nullable Service service;
  Optional<ServiceState.Running> running = Optional.empty();
  Optional<ServiceExit> exit = Optional.empty();
  boolean asked;
  int restarts;
  int tries;
  final Deque<Instant> recent = new ArrayDeque<>();

  /// When it is started again; empty if that is no matter of time.
  Optional<Instant> again = Optional.empty();

  /// When what failed is tried again.
  Optional<Instant> notBefore = Optional.empty();

  /// It ended, and isn't started again by itself.
  boolean over;

  /// It is to be stopped and started once.
  boolean renew;

  @Nullable Checking checking;
  Optional<String> why = Optional.empty();
  Optional<Early> early = Optional.empty();

  /// Counts what would make news of before void.
  long epoch;

  Replica(ServicePlace place) {
    this.place = place;
  }

  /// One as it stands in the journal.
  Replica(ServicePlace place, ServiceBook.Placed placed) {
    this(place);
    generation = placed.generation();
    if (!placed.removed()) {
      phase = Phase.UNSEEN;
      target = placed.target();
      source = placed.source();
      sandbox = placed.sandbox();
      started = placed.started();
      recorded = placed.ended();
      exit = placed.ended().map(ServiceBook.Ended::exit);
      asked = placed.ended().filter(ServiceBook.Ended::asked).isPresent();
      started.ifPresent(it -> {
        restarts = it.restarts();
        tries = it.tries();
        recent.addAll(Collections.nCopies(it.restarts(), it.at()));
      });
    }
  }

  /// Whether it was made from that.
  boolean isOf(Declaration wanted) {
    Cid made = source;
    return made != null && made.equals(wanted.source());
  }

  /// Whether this is its sandbox.
  boolean has(Target on, SandboxId id) {
    return on.equals(target) && id.equals(sandbox);
  }

  /// Its sandbox is gone.
  void clear() {
    phase = Phase.NONE;
    epoch++;
    service = null;
    running = Optional.empty();
    started = Optional.empty();
    recorded = Optional.empty();
    checking = null;
    restarts = 0;
  }
}
