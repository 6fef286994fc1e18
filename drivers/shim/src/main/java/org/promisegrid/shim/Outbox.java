package org.promisegrid.shim;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What goes to a shim, frame by frame, written by one thread. Control goes before input, and waits
/// for none of it; what can't be sent yet makes its sender wait, interruptibly.
final class Outbox {

  private static final int MOST = 64;

  private final OutputStream to;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<byte[]> control = new ArrayDeque<>();
  private byte @Nullable [] input;
  private boolean runTaken;
  private boolean closed;
  private long given;
  private long allowed;

  Outbox(OutputStream to) {
    this.to = to;
  }

  /// Sends a frame of control. Once it is closed nothing is sent.
  ///
  /// @return false if it is closed
  boolean post(byte[] frame) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed && control.size() >= MOST) {
        changed.await();
      }
      return enqueue(frame);
    } finally {
      lock.unlock();
    }
  }

  /// Sends it without waiting for room; for what is said once.
  void urge(byte[] frame) {
    lock.lock();
    try {
      enqueue(frame);
    } finally {
      lock.unlock();
    }
  }

  /// Sends it unless something is about to be sent anyway.
  void remind(byte[] frame) {
    lock.lock();
    try {
      if (control.isEmpty()) {
        enqueue(frame);
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean enqueue(byte[] frame) {
    if (!closed) {
      control.add(frame);
      changed.signalAll();
    }
    return !closed;
  }

  /// The shim has room for input up to this many bytes, counted from the input's beginning.
  void allow(long until) {
    lock.lock();
    try {
      allowed = until;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void allowMore(long bytes) {
    lock.lock();
    try {
      allowed = Math.addExact(allowed, bytes);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// So many bytes of input were received from an earlier connection.
  void begin(long input) {
    lock.lock();
    try {
      given = input;
    } finally {
      lock.unlock();
    }
  }

  /// How much input was sent, an earlier connection's with it.
  long given() {
    lock.lock();
    try {
      return given;
    } finally {
      lock.unlock();
    }
  }

  /// Waits until the shim takes input.
  ///
  /// @return how much; 0 once it is closed
  long room() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed && (input != null || allowed <= given)) {
        changed.await();
      }
      return closed ? 0 : allowed - given;
    } finally {
      lock.unlock();
    }
  }

  /// Sends input that there was [#room] for.
  void give(byte[] frame, int bytes) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed && input != null) {
        changed.await();
      }
      if (!closed) {
        input = frame;
        given += bytes;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Whether the frame RUN was handed to the stream.
  boolean runTaken() {
    lock.lock();
    try {
      return runTaken;
    } finally {
      lock.unlock();
    }
  }

  /// Nothing is sent any more.
  void close() {
    lock.lock();
    try {
      closed = true;
      control.forEach(Frame::forget);
      control.clear();
      input = null;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Writes until it is closed.
  ///
  /// @throws IOException what the stream throws
  void write() throws IOException, InterruptedException {
    while (true) {
      byte[] frame = take();
      if (frame == null) {
        return;
      }
      to.write(frame);
      to.flush();
      Frame.forget(frame);
    }
  }

  private byte @Nullable [] take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed && control.isEmpty() && input == null) {
        changed.await();
      }
      byte[] frame = control.poll();
      if (frame == null) {
        frame = input;
        input = null;
      } else if (frame[4] == Frame.RUN) {
        runTaken = true;
      }
      changed.signalAll();
      return frame;
    } finally {
      lock.unlock();
    }
  }
}
