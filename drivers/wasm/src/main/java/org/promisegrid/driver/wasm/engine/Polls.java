package org.promisegrid.driver.wasm.engine;

/// `poll_oneoff`: waiting for streams and clocks.
///
/// The input is complete before a run starts, so all streams are always ready, and whoever waits
/// for one of them waits no time. Who waits for clocks alone sleeps until the first of them; in a
/// pure run, where time stands still, that takes no time either.
final class Polls {

  private static final int SUBSCRIPTION = 48;
  private static final int EVENT = 32;
  private static final int ABSOLUTE = 1;

  private static final int CLOCK = 0;
  private static final int FD_READ = 1;
  private static final int FD_WRITE = 2;

  private final Wasi wasi;
  private final LinearMemory memory;
  private final int in;
  private final int count;
  private final long realtime;
  private final long monotonic;
  private int out;
  private int events;

  private Polls(Wasi wasi, LinearMemory memory, int in, int out, int count) {
    this.wasi = wasi;
    this.memory = memory;
    this.in = in;
    this.out = out;
    this.count = count;
    this.realtime = wasi.clocks.read(Clocks.REALTIME);
    this.monotonic = wasi.clocks.read(Clocks.MONOTONIC);
  }

  static int poll(Wasi wasi, LinearMemory memory, long[] arguments) throws InterruptedException {
    int in = (int) arguments[0];
    int out = (int) arguments[1];
    int count = (int) arguments[2];
    if (count <= 0) {
      return Wasi.EINVAL;
    }
    if ((long) count * SUBSCRIPTION > Integer.MAX_VALUE) {
      throw new LinearMemory.OutOfBoundsException();
    }
    memory.range(in, count * SUBSCRIPTION);
    memory.range(out, count * EVENT);
    Polls poll = new Polls(wasi, memory, in, out, count);
    int result = poll.run();
    if (result == Wasi.SUCCESS) {
      memory.writeI32((int) arguments[3], poll.events);
    }
    return result;
  }

  private int run() throws InterruptedException {
    long first = Long.MAX_VALUE;
    for (int i = 0; i < count; i++) {
      int at = in + i * SUBSCRIPTION;
      int type = memory.read(at + 8);
      switch (type) {
        case CLOCK -> {
          if (!Clocks.has(memory.readInt(at + 16))) {
            return Wasi.EINVAL;
          }
          first = Math.min(first, left(at));
        }
        case FD_READ, FD_WRITE -> ready(at, type);
        default -> {
          return Wasi.EINVAL;
        }
      }
    }
    if (events == 0) {
      if (first > 0 && !wasi.surroundings.pure()) {
        wasi.surroundings.sleep(first);
      }
      for (int i = 0; i < count; i++) {
        int at = in + i * SUBSCRIPTION;
        if (left(at) <= first) {
          event(at, CLOCK, Wasi.SUCCESS);
        }
      }
    }
    return Wasi.SUCCESS;
  }

  /// Nanoseconds from the beginning of this wait to the time that a clock's subscription names.
  private long left(int at) {
    long timeout = memory.readLong(at + 24);
    if (timeout < 0) {
      return Long.MAX_VALUE; // an unsigned number beyond 292 years
    }
    if ((memory.readShort(at + 40) & ABSOLUTE) == 0) {
      return timeout;
    }
    return timeout - (memory.readInt(at + 16) == Clocks.REALTIME ? realtime : monotonic);
  }

  private void ready(int at, int type) {
    Wasi.Stream stream = wasi.stream(memory.readInt(at + 16));
    boolean fits = type == FD_READ ? stream == Wasi.Stream.IN : stream != Wasi.Stream.IN;
    event(at, type, stream != null && fits ? Wasi.SUCCESS : Wasi.EBADF);
  }

  private void event(int at, int type, int error) {
    long userData = memory.readLong(at);
    memory.fill((byte) 0, out, out + EVENT);
    memory.writeLong(out, userData);
    memory.writeShort(out + 8, (short) error);
    memory.writeByte(out + 10, (byte) type);
    if (type != CLOCK && error == Wasi.SUCCESS) {
      memory.writeLong(out + 16, 1); // at least a byte, or the end, can be had at once
    }
    out += EVENT;
    events++;
  }
}
