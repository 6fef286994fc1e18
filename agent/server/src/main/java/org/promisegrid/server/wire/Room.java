package org.promisegrid.server.wire;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Item;

/// The memory that requests may take, all together, from before they are read until they are
/// answered. Those for which there is none wait a little for others to be answered. One principal
/// has at most a share of it, so that nobody takes it all. Safe for many threads.
public final class Room {

  /// What a request takes, for each byte of it: as it came, decoded, as a call, and as an input.
  private static final int FOLD = 4;

  private static final int UNIT = 1024;
  private static final int SHARES = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final int units;
  private final int most;
  private final Duration patience;
  private final Semaphore free;
  private final Map<String, Share> shares = new ConcurrentHashMap<>();

  /// @param most bytes of memory at a time
  public Room(long most) {
    this(most, PATIENCE);
  }

  /// @param patience how long at most one waits
  Room(long most, Duration patience) {
    this.units = Math.clamp(most / UNIT, 1, Integer.MAX_VALUE);
    this.most = Math.max(1, units / SHARES);
    this.patience = patience;
    this.free = new Semaphore(units, true);
  }

  /// There is none left.
  public static final class NoRoomException extends IOException {
    private static final long serialVersionUID = 1;

    private final boolean own;

    private NoRoomException(boolean own) {
      super("too much " + (own ? "of yours " : "") + "is being answered at the moment");
      this.own = own;
    }

    /// What its caller is told: which limit it was, if it is their own.
    public Payload.NotPromised refusal() {
      Item.TableBuilder more = Item.table().put("retry_after", 1000);
      if (own) {
        more.put("limit", "calls");
      }
      return new Payload.NotPromised(Reason.EXHAUSTED, String.valueOf(getMessage()), more.build());
    }
  }

  /// What one principal may have; known as long as they have some, or wait for it.
  private static final class Share {
    private final String by;
    private final Semaphore free;

    /// Changed within the map alone.
    private int requests;

    private Share(String by, int most) {
      this.by = by;
      this.free = new Semaphore(most, true);
    }
  }

  /// One request's part of it.
  public final class Part implements AutoCloseable {
    private final Optional<Share> share;
    private int mine;

    private Part(int mine, Optional<Share> share) {
      this.mine = mine;
      this.share = share;
    }

    /// The same part, for whoever goes on with the request: from now on they are to close it, and
    /// closing this one does nothing.
    public Part handOver() {
      Part next = new Part(mine, share);
      mine = 0;
      return next;
    }

    /// Likewise, of a part that was nobody's, and now counts as `by`'s; nobody's, if that is empty.
    ///
    /// @throws NoRoomException if they have too much for too long
    public Part handOver(Optional<String> by) throws NoRoomException, InterruptedException {
      Part next = new Part(mine, of(by, mine, System.nanoTime() + patience.toNanos()));
      mine = 0;
      return next;
    }

    /// The request has been answered. Idempotent; of one thread at a time.
    @Override
    public void close() {
      if (mine > 0) {
        free.release(mine);
        share.ifPresent(theirs -> giveBack(theirs, mine));
        mine = 0;
      }
    }
  }

  /// Takes room for a request of that many bytes.
  ///
  /// @param by whose share it takes; empty for one that is nobody's
  /// @throws NoRoomException if there is none for too long
  public Part take(long bytes, Optional<String> by) throws NoRoomException, InterruptedException {
    int wanted = Math.clamp(Math.ceilDiv(bytes * FOLD, UNIT), 1, units);
    long end = System.nanoTime() + patience.toNanos();
    // First their own: who waits for that is in nobody's way.
    Optional<Share> share = of(by, wanted, end);
    boolean taken = false;
    try {
      taken = free.tryAcquire(wanted, end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (!taken) {
        throw new NoRoomException(false);
      }
      return new Part(wanted, share);
    } finally {
      if (!taken) {
        share.ifPresent(theirs -> giveBack(theirs, wanted));
      }
    }
  }

  /// A part for what nobody counts.
  static Part nothing() {
    return new Room(0).new Part(0, Optional.empty());
  }

  private Optional<Share> of(Optional<String> by, int wanted, long end)
      throws NoRoomException, InterruptedException {
    if (by.isEmpty() || wanted == 0) {
      return Optional.empty();
    }
    Share share =
        shares.compute(
            by.get(),
            (name, there) -> {
              Share theirs = there == null ? new Share(name, most) : there;
              theirs.requests++;
              return theirs;
            });
    boolean taken = false;
    try {
      taken = share.free.tryAcquire(within(wanted), end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (!taken) {
        throw new NoRoomException(true);
      }
      return Optional.of(share);
    } finally {
      if (!taken) {
        forget(share);
      }
    }
  }

  /// A request that is larger than a share takes all of it.
  private int within(int wanted) {
    return Math.min(wanted, most);
  }

  private void giveBack(Share share, int taken) {
    share.free.release(within(taken));
    forget(share);
  }

  private void forget(Share share) {
    shares.computeIfPresent(share.by, (_, there) -> --there.requests == 0 ? null : there);
  }

  /// Bytes of memory that nobody has.
  public long free() {
    return (long) free.availablePermits() * UNIT;
  }

  /// How many wait for some.
  public int waiting() {
    return free.getQueueLength()
        + shares.values().stream().mapToInt(share -> share.free.getQueueLength()).sum();
  }
}
