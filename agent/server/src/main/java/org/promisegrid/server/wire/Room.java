package org.promisegrid.server.wire;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// The memory that requests may take, all together, from before they are read until they are
/// answered. Those for which there is none wait a little for others to be answered. Safe for many
/// threads.
public final class Room {

  /// What a request takes, for each byte of it: as it came, decoded, as a call, and as an input.
  private static final int FOLD = 4;

  private static final int UNIT = 1024;
  private static final long PATIENCE_SECONDS = 10;

  private final int units;
  private final Semaphore free;

  /// @param most bytes of memory at a time
  public Room(long most) {
    this.units = Math.clamp(most / UNIT, 1, Integer.MAX_VALUE);
    this.free = new Semaphore(units, true);
  }

  /// There is none left.
  public static final class NoRoomException extends IOException {
    private static final long serialVersionUID = 1;

    NoRoomException() {
      super("too much is being answered at the moment");
    }
  }

  /// One request's part of it.
  public final class Part implements AutoCloseable {
    private int mine;

    private Part(int mine) {
      this.mine = mine;
    }

    /// The request has been answered. Idempotent; of one thread at a time.
    @Override
    public void close() {
      free.release(mine);
      mine = 0;
    }
  }

  /// Takes room for a request of that many bytes.
  ///
  /// @throws NoRoomException if there is none for too long
  public Part take(long bytes) throws NoRoomException, InterruptedException {
    int wanted = Math.clamp(Math.ceilDiv(bytes * FOLD, UNIT), 1, units);
    if (!free.tryAcquire(wanted, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new NoRoomException();
    }
    return new Part(wanted);
  }

  /// Bytes of memory that nobody has.
  public long free() {
    return (long) free.availablePermits() * UNIT;
  }
}
