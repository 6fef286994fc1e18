package org.promisegrid.driver.memory;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.service.ExecSpec;
import org.promisegrid.sandbox.service.Execution;

/// A program beside a service: one of the target's, on a thread of its own. Who doesn't read stalls
/// it.
final class MemoryExecution implements Execution {

  private final PipedOutputStream input = new PipedOutputStream();
  private final PipedInputStream read;
  private final Thread thread;
  private @Nullable Piece handed;
  private boolean over;
  private boolean closed;
  private volatile int code;

  /// Runs a program with a workload made of its streams.
  interface Body {
    int run(PipedInputStream in, OutputStream out, OutputStream error) throws Exception;
  }

  MemoryExecution(String name, Body body) {
    try {
      this.read = new PipedInputStream(input);
    } catch (IOException e) {
      throw new IllegalStateException("a new pipe is connected to nothing", e);
    }
    this.thread = Thread.ofPlatform().daemon().name(name).start(() -> run(body));
  }

  private void run(Body body) {
    try {
      code = body.run(read, stream(false), stream(true));
    } catch (InterruptedException | InterruptedIOException _) {
      code = MemoryService.KILLED;
    } catch (
        Throwable _) { // whatever a program throws, it is the program's: as a signal ends others
      code = MemoryService.FAULT;
    } finally {
      ended();
    }
  }

  private void ended() {
    synchronized (this) {
      over = true;
      notifyAll();
    }
    try {
      read.close(); // whoever still writes hears of it
    } catch (IOException e) {
      throw new IllegalStateException("a pipe that can't be closed", e);
    }
  }

  private OutputStream stream(boolean error) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        if (length > 0) {
          byte[] copy = Arrays.copyOfRange(bytes, offset, offset + length);
          hand(new Piece(error, ByteBuffer.wrap(copy)));
        }
      }
    };
  }

  private synchronized void hand(Piece piece) throws IOException {
    try {
      while (handed != null && !closed) {
        wait();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("ended while writing");
    }
    if (closed) {
      throw new InterruptedIOException("nobody reads any more");
    }
    handed = piece;
    notifyAll();
  }

  @Override
  public OutputStream input() {
    return input;
  }

  @Override
  public synchronized Optional<Piece> next() throws IOException {
    try {
      while (handed == null && !over && !closed) {
        wait();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading a program's output");
    }
    Piece piece = closed ? null : handed;
    handed = null;
    notifyAll();
    return Optional.ofNullable(piece);
  }

  @Override
  public void resize(ExecSpec.Size size) {} // it has no terminal

  @Override
  public int code() throws InterruptedException {
    thread.join();
    return code;
  }

  /// Whether it has ended.
  synchronized boolean isOver() {
    return over;
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    thread.interrupt();
  }
}
