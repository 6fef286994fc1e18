package org.promisegrid.kernel.stack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.syscall.Caller;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.syscall.Syscall;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.service.ExecSpec;
import org.promisegrid.sandbox.service.Execution;
import org.promisegrid.sandbox.service.Service;

/// Programs that run beside services, by the calls that began them.
final class Executions {

  private static final int MOST = 64;

  private final Stacks stacks;
  private final Semaphore room = new Semaphore(MOST);
  private final Map<Cid, Running> running = new ConcurrentHashMap<>();

  Executions(Stacks stacks) {
    this.stacks = stacks;
  }

  /// One of them.
  ///
  /// @param by whose it is
  private record Running(String name, String by, Execution execution) {}

  Syscall.Kept exec(Caller caller, Asked.Exec asked) throws Refusal, InterruptedException {
    return switch (asked) {
      case Asked.Exec.Begin begin -> begin(caller, begin);
      case Asked.Exec.More more -> more(caller, more);
    };
  }

  private Syscall.Kept begin(Caller caller, Asked.Exec.Begin asked)
      throws Refusal, InterruptedException {
    if (stacks.find(asked.name()).isEmpty()) {
      throw Refusal.absent();
    }
    View.Held held =
        stacks
            .of(asked.name())
            .view()
            .held(asked.name(), asked.replica())
            .orElseThrow(Refusal::absent);
    Service service =
        held.service()
            .filter(_ -> held.runs())
            .orElseThrow(() -> new Refusal(Reason.CONFLICT, asked.name() + " doesn't run"));
    if (!room.tryAcquire()) {
      throw new Refusal(Reason.EXHAUSTED, "there run " + MOST + " programs beside services");
    }
    Execution execution;
    try {
      execution = service.exec(asked.spec());
    } catch (DriverException e) {
      room.release();
      throw refusal(e).late(); // it may have begun
    } catch (InterruptedException | RuntimeException | Error e) {
      room.release();
      throw e;
    }
    running.put(caller.call(), new Running(asked.name(), caller.principal(), execution));
    return new Syscall.Kept(
        Item.table().put("exec", caller.call()).build(),
        new Follow.Events(new Output(caller.call(), execution)));
  }

  private static Refusal refusal(DriverException e) {
    return switch (e.kind()) {
      case UNSUPPORTED -> Refusal.invalid(String.valueOf(e.getMessage()));
      case CONFLICT, UNAVAILABLE, BROKEN ->
          new Refusal(Reason.CONFLICT, String.valueOf(e.getMessage()));
      case EXHAUSTED -> new Refusal(Reason.EXHAUSTED, String.valueOf(e.getMessage()));
    };
  }

  private Syscall.Kept more(Caller caller, Asked.Exec.More more)
      throws Refusal, InterruptedException {
    Running begun = running.get(more.call());
    if (begun == null
        || !begun.name().equals(more.name())
        || !begun.by().equals(caller.principal())) {
      throw Refusal.absent();
    }
    Execution execution = begun.execution();
    Optional<ExecSpec.Size> size = more.size();
    if (size.isPresent()) {
      execution.resize(size.get());
    }
    try {
      if (more.input().isPresent()) {
        execution.input().write(more.input().get());
        execution.input().flush();
      }
      if (more.end()) {
        execution.input().close();
      }
    } catch (IOException e) {
      throw new Refusal(Reason.CONFLICT, "the program takes no more input: " + e.getMessage())
          .late(); // it may have got a part
    }
    return new Syscall.Kept(Item.table().put("exec", more.call()).build());
  }

  /// What a program writes, as events. It is read by a thread of its own, one piece ahead of
  /// whoever reads the events: who doesn't read stalls the program.
  private final class Output implements Follow.EventStream {

    private record Told(String kind, Item.Table detail) {}

    private final Cid call;
    private final Execution execution;
    private final SynchronousQueue<Told> told = new SynchronousQueue<>();
    private final Thread reader;
    private long next;
    private boolean over;

    Output(Cid call, Execution execution) {
      this.call = call;
      this.execution = execution;
      this.reader = Thread.ofVirtual().name("exec " + call).start(this::read);
    }

    private void read() {
      try {
        Item.TableBuilder end = Item.table();
        try {
          for (Optional<Execution.Piece> piece = execution.next();
              piece.isPresent();
              piece = execution.next()) {
            told.put(
                new Told(
                    piece.get().error() ? "error" : "output",
                    Item.table().put("bytes", bytes(piece.get().bytes())).build()));
          }
          end.put("code", execution.code());
        } catch (IOException | DriverException e) {
          end.put("why", String.valueOf(e.getMessage()));
        }
        told.put(new Told("ended", end.build()));
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt(); // whoever read has left
      }
    }

    @Override
    public Follow.Next next(Duration atMost) throws InterruptedException {
      if (over) {
        return new Follow.Next.Over();
      }
      Told came = told.poll(atMost.toNanos(), TimeUnit.NANOSECONDS);
      if (came == null) {
        return new Follow.Next.Quiet();
      }
      over = came.kind().equals("ended");
      Instant now = stacks.hands().clock().instant();
      return new Follow.Next.Came(new Event(next++, now, came.kind(), came.detail()));
    }

    @Override
    public void close() {
      if (running.remove(call) != null) {
        room.release();
      }
      reader.interrupt();
      execution.close();
    }
  }

  static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
