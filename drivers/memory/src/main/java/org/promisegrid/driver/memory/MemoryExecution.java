package org.promisegrid.driver.memory;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.SynchronousQueue;
import org.promisegrid.sandbox.service.ExecSpec;
import org.promisegrid.sandbox.service.Execution;

/// A program beside a service: one of the target's, on a thread of its own. Who doesn't read stalls
/// it.
final class MemoryExecution implements Execution {

  /// What is handed over: some output, or that there is no more.
  private record Handed(Optional<Piece> piece) {}

  private final SynchronousQueue<Handed> handed = new SynchronousQueue<>();
  private final PipedOutputStream input = new PipedOutputStream();
  private final PipedInputStream read;
  private final Thread thread;
  private boolean over;
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
    int ended;
    try {
      ended = body.run(read, stream(false), stream(true));
    } catch (InterruptedException | InterruptedIOException _) {
      ended = MemoryService.KILLED;
    } catch (Exception _) {
      ended = MemoryService.FAULT; // the program's own, as a signal ends others
    }
    code = ended;
    try {
      read.close();
      handed.put(new Handed(Optional.empty()));
    } catch (InterruptedException | IOException _) {
      Thread.currentThread().interrupt(); // it was closed: nobody waits for more
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
        byte[] copy = Arrays.copyOfRange(bytes, offset, offset + length);
        try {
          handed.put(new Handed(Optional.of(new Piece(error, ByteBuffer.wrap(copy)))));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("ended while writing");
        }
      }
    };
  }

  @Override
  public OutputStream input() {
    return input;
  }

  @Override
  public Optional<Piece> next() throws IOException {
    if (over) {
      return Optional.empty();
    }
    try {
      Optional<Piece> piece = handed.take().piece();
      over = piece.isEmpty();
      return piece;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading a program's output");
    }
  }

  @Override
  public void resize(ExecSpec.Size size) {} // it has no terminal

  @Override
  public int code() throws InterruptedException {
    thread.join();
    return code;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
