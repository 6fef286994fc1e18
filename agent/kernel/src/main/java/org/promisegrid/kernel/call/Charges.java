package org.promisegrid.kernel.call;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.sandbox.Cid;

/// Sees to it that one call takes one use, however often it is sent while it is being answered.
final class Charges {

  private final Map<Cid, Shared> shared = new ConcurrentHashMap<>();

  /// What those have in common who send one call.
  private static final class Shared {
    private final ReentrantLock paying = new ReentrantLock();
    private boolean paid;

    /// Guarded by the map.
    private int open;
  }

  /// Begins to answer a call.
  ///
  /// @param identity what makes another the same call, if anything does
  Charge open(Optional<Cid> identity) {
    return identity
        .map(name ->
            new Charge(
                name,
                shared.compute(
                    name,
                    (_, there) -> {
                      Shared one = there == null ? new Shared() : there;
                      one.open++;
                      return one;
                    })))
        .orElseGet(() -> new Charge(null, new Shared()));
  }

  /// One sender's part. Of one thread.
  final class Charge implements AutoCloseable {
    private final @Nullable Cid name;
    private final Shared mine;

    private Charge(@Nullable Cid name, Shared mine) {
      this.name = name;
      this.mine = mine;
    }

    /// Takes a use, unless another sender's was taken.
    void pay(UserCalls.Use use) throws Refusal {
      mine.paying.lock();
      try {
        if (!mine.paid) {
          use.take();
          mine.paid = true;
        }
      } finally {
        mine.paying.unlock();
      }
    }

    /// The call is answered, or its sender left.
    @Override
    public void close() {
      if (name != null) {
        shared.computeIfPresent(name, (_, one) -> --one.open == 0 ? null : one);
      }
    }
  }
}
