package org.promisegrid.server.wire;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.promisegrid.kernel.Reply;
import org.promisegrid.kernel.Request;

/// Calls that go on without whoever made them. Only the agent's end ends one.
public final class Errands {

  private static final System.Logger LOG = System.getLogger(Errands.class.getName());

  private final Reception reception;
  private final Visits visits;

  public Errands(Reception reception, Visits visits) {
    this.reception = reception;
    this.visits = visits;
  }

  /// Has a call answered by a thread of its own, and returns as soon as it is taken on: from then
  /// on it can be asked for by its name. The answer, where there is one before that.
  ///
  /// @param part what the call takes: closed when it is answered
  public Optional<Reply> begin(Request request, Room.Part part) throws InterruptedException {
    CompletableFuture<Optional<Reply>> first = new CompletableFuture<>();
    var _ =
        Thread.ofVirtual()
            .name("call " + request.call().cid())
            .start(() -> answer(request, first, part));
    try {
      return first.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("call " + request.call().cid() + " came to nothing", e);
    }
  }

  private void answer(Request request, CompletableFuture<Optional<Reply>> first, Room.Part part) {
    try (part;
        Visit visit = visits.begin(() -> {})) {
      Reply reply =
          visit.attend(
              () -> reception.handle(request.whenTaken(() -> first.complete(Optional.empty()))));
      first.complete(Optional.of(reply));
    } catch (InterruptedException | RuntimeException e) {
      if (!first.completeExceptionally(e)) {
        LOG.log(System.Logger.Level.DEBUG, "a call ended with the agent", e);
      }
    } finally {
      // An error goes on to where this thread's end is told; nobody may wait for what won't come.
      first.completeExceptionally(new IllegalStateException("no answer was made"));
    }
  }
}
