package org.promisegrid.server.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.promisegrid.kernel.Reply;
import org.promisegrid.kernel.Request;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Framing;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.syscall.Body;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.sandbox.Cid;

/// Answers calls that come as frames on a stream, with what follows each, as `stream` says.
public final class Session {

  /// How long a follower waits for an event before it looks whether anybody is still there.
  private static final Duration LOOK = Duration.ofSeconds(1);

  private static final int PIECE = 64 << 10;

  /// Functions whose bytes follow their calls.
  private static final Set<Cid> PUTS =
      Set.of(Protocols.cid("content.put"), Protocols.cid("secret.put"));

  /// Longest call that is kept in memory for a caller who has gone.
  private static final int LONGEST_LATER = 1 << 20;

  private static final Payload MORE =
      new Payload.NotPromised(Reason.MALFORMED, "more follows the call than belongs to it");

  private final Reception reception;
  private final Errands errands;
  private final Visits visits;

  public Session(Reception reception, Errands errands, Visits visits) {
    this.reception = reception;
    this.errands = errands;
    this.visits = visits;
  }

  /// Answers one call, and sends what follows the answer.
  ///
  /// @param frame a message, or what was meant as one
  /// @param in the stream, right behind the frame
  /// @param dropped how much of what follows a call that was refused is read for nothing, so that
  ///   another can come after it
  /// @param alone whether nothing else may follow on the stream
  /// @param part what the frame takes: handed over to a call that goes on without its caller
  /// @return whether another frame may follow: what came with the call was read, and what goes with
  ///   the answer was sent
  /// @throws IOException if the stream broke
  /// @throws InterruptedException if the caller left
  public boolean answer(
      byte[] frame,
      InputStream in,
      OutputStream out,
      String from,
      long dropped,
      boolean alone,
      Visit visit,
      Room.Part part)
      throws IOException, InterruptedException {
    Optional<Call> call = call(frame);
    OptionalLong size = call.map(Session::following).orElse(OptionalLong.empty());
    if (size.isEmpty()) {
      if (alone && in.read() >= 0) {
        send(reception.sign(new Reply(Cid.of(frame), MORE, Follow.none())), out, visit);
        return in.skip(dropped) < dropped;
      }
      if (call.isPresent() && isForLater(call.get())) {
        Request request = new Request(call.get(), from);
        return send(visit.attend(() -> promise(request, part)), out, visit);
      }
      Reply reply =
          visit.attend(() ->
              call.isPresent()
                  ? reception.handle(new Request(call.get(), from))
                  : reception.handle(frame, Optional.empty(), from));
      return send(reply, out, visit);
    }
    Exact behind = new Exact(in, size.getAsLong(), alone);
    Optional<Body> body = Optional.of(new Body(behind, size));
    Reply reply = visit.attend(() -> reception.handle(new Request(call.orElseThrow(), body, from)));
    if (behind.isCutOff()) {
      return false; // nobody waits for an answer
    }
    boolean sent = send(reply, out, visit);
    if (behind.left() > dropped) {
      return false; // what was refused isn't read to its end
    }
    behind.drop();
    return sent;
  }

  /// Has a call answered that goes on without its caller: the promise, or the answer where there is
  /// one at once. The memory that it takes for so long is its caller's own share, who is known now.
  private Reply promise(Request request, Room.Part part) throws InterruptedException {
    Cid name = request.call().cid();
    Optional<Reply> answered;
    try {
      answered = errands.begin(request, part.handOver(reception.share(request.call())));
    } catch (Refusal _) {
      return reception.handle(request); // refuses it, and writes that down
    } catch (Room.NoRoomException e) {
      return new Reply(name, e.refusal(), Follow.none());
    }
    return answered.orElseGet(() -> new Reply(name, new Payload.Promised(), Follow.none()));
  }

  /// Whether its caller would go with a promise. A kernel function is done at once.
  private static boolean isForLater(Call call) {
    return call.terms().later().orElse(false)
        && Protocols.name(call.function()).isEmpty()
        && call.message().bytes().length <= LONGEST_LATER;
  }

  /// Says what is wrong with bytes that aren't even a frame.
  public void refuse(MalformedException why, OutputStream out) throws IOException {
    refuse(new Payload.NotPromised(Reason.MALFORMED, String.valueOf(why.getMessage())), out);
  }

  /// Says why a call isn't even looked at.
  void refuse(Payload payload, OutputStream out) throws IOException {
    Framing.write(out, reception.sign(new Reply(Cid.of(new byte[0]), payload, Follow.none())));
    out.flush();
  }

  private static Optional<Call> call(byte[] frame) {
    try {
      return Optional.of(Call.decode(Message.decode(frame)));
    } catch (MalformedException _) {
      return Optional.empty(); // the kernel reads it once more, and says what is wrong
    }
  }

  /// How many raw bytes follow a call: only a put that carries none itself says so.
  private static OptionalLong following(Call call) {
    return PUTS.contains(call.function())
            && call.input() instanceof Input.None
            && call.params().get("size").orElse(Item.NULL) instanceof Item.Int(long size)
            && size >= 0
        ? OptionalLong.of(size)
        : OptionalLong.empty();
  }

  private boolean send(Reply reply, OutputStream out, Visit visit)
      throws IOException, InterruptedException {
    byte[] answer = reception.sign(reply);
    return switch (reply.follow()) {
      case Follow.None _ -> {
        send(answer, out, visit);
        yield true;
      }
      case Follow.Bytes(InputStream bytes, long size) -> {
        try (bytes) {
          yield send(answer, bytes, size, out, visit);
        }
      }
      case Follow.Events(Follow.EventStream events) -> {
        try (events) {
          send(answer, out, visit);
          follow(events, out, visit);
          yield true;
        }
      }
    };
  }

  private static void send(byte[] answer, OutputStream out, Visit visit) throws IOException {
    visit.send();
    Framing.write(out, answer);
    out.flush();
    visit.sent();
  }

  /// Content, behind its answer; small content in one write with it.
  private static boolean send(
      byte[] answer, InputStream bytes, long size, OutputStream out, Visit visit)
      throws IOException {
    byte[] piece = new byte[PIECE];
    ByteArrayOutputStream first = new ByteArrayOutputStream(PIECE + answer.length);
    Framing.write(first, answer);
    long left = size;
    while (left > 0) {
      int read = Pieces.read(bytes, piece, left, visit);
      if (read == 0) {
        return false; // what was promised isn't all there: cut off, so that nobody takes it for
        // whole
      }
      left -= read;
      visit.send();
      if (first.size() > 0) {
        first.write(piece, 0, read);
        first.writeTo(out);
        first.reset();
      } else {
        out.write(piece, 0, read);
      }
      visit.sent();
    }
    visit.send();
    first.writeTo(out);
    out.flush();
    visit.sent();
    return true;
  }

  private void follow(Follow.EventStream events, OutputStream out, Visit visit)
      throws IOException, InterruptedException {
    while (true) {
      switch (visit.attend(() -> events.next(LOOK))) {
        case Follow.Next.Came(var event) -> {
          visit.send();
          Framing.write(out, event.toMessage());
          out.flush();
          visit.sent();
        }
        case Follow.Next.Quiet _ -> {
          if (visits.isEnding()) {
            return;
          }
        }
        case Follow.Next.Over _ -> {
          return;
        }
      }
    }
  }
}
