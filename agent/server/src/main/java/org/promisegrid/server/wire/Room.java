package org.promisegrid.server.wire;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicLong;

/// The bytes that requests may hold in memory, all together: as they arrive, and until they are
/// answered. Safe for many threads.
public final class Room {

  private final long most;
  private final AtomicLong taken = new AtomicLong();

  /// @param most bytes at a time
  public Room(long most) {
    this.most = most;
  }

  /// There is none left.
  public static final class NoRoomException extends IOException {
    private static final long serialVersionUID = 1;

    NoRoomException() {
      super("too much is being read at the moment");
    }
  }

  /// One request's part of it, given back when it is closed. Of one thread.
  public final class Part implements AutoCloseable {
    private long mine;

    /// Takes more.
    public void take(long bytes) throws NoRoomException {
      if (taken.addAndGet(bytes) > most) {
        taken.addAndGet(-bytes);
        throw new NoRoomException();
      }
      mine += bytes;
    }

    /// A stream of which every byte that is read takes its room.
    public InputStream of(InputStream in) {
      return new FilterInputStream(in) {
        @Override
        public int read() throws IOException {
          int one = super.read();
          if (one >= 0) {
            take(1);
          }
          return one;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
          int read = super.read(bytes, offset, length);
          if (read > 0) {
            take(read);
          }
          return read;
        }
      };
    }

    @Override
    public void close() {
      taken.addAndGet(-mine);
      mine = 0;
    }
  }

  /// Nothing taken yet.
  public Part part() {
    return new Part();
  }

  /// How much is taken.
  public long taken() {
    return taken.get();
  }
}
