package org.promisegrid.driver.wasm;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Lets as many workloads compute at once as there are processors, in the order they came.
final class Turns {

  /// How long a workload that comes back from waiting may go before those that queue.
  private static final long SLICE = TimeUnit.MILLISECONDS.toNanos(10);

  private final Semaphore free;

  Turns(int count) {
    this.free = new Semaphore(count, true);
  }

  Turn turn() {
    return new Turn();
  }

  /// One workload's. All its methods are called by the workload's own thread.
  final class Turn {

    private boolean held;
    private long since;

    /// Waits for its turn.
    void take() throws InterruptedException {
      free.acquire();
      held = true;
      since = System.nanoTime();
    }

    /// Gives the turn to others; nothing happens if it isn't held.
    void give() {
      if (held) {
        held = false;
        free.release();
      }
    }

    /// Takes the turn again after a wait that may have been none: without queueing at first, so
    /// that a workload that writes much isn't put behind all others with each piece.
    void resume() throws InterruptedException {
      if (System.nanoTime() - since < SLICE && free.tryAcquire()) {
        held = true;
      } else {
        take();
      }
    }
  }
}
