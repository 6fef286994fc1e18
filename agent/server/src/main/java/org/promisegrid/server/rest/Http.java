package org.promisegrid.server.rest;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.server.wire.Room;
import org.promisegrid.server.wire.Visit;
import org.promisegrid.server.wire.Visits;

/// What there is to know and to do about the connection that a request came by.
public final class Http implements MeterBinder {

  private final Visits visits;

  private final Room bodies;
  private final Room frames;

  /// @param bodies room for requests of those who have a token
  /// @param frames room for messages, of which nobody knows whose they are before they are read
  public Http(Visits visits, Room bodies, Room frames) {
    this.visits = visits;
    this.bodies = bodies;
    this.frames = frames;
  }

  /// Room for a message of that many bytes, until it is answered.
  Room.Part frame(long bytes) throws InterruptedException {
    return room(frames, Math.min(bytes, Message.MAX_SIZE), Optional.empty());
  }

  /// Room for a request's body, until it is answered.
  ///
  /// @param most bytes that it can have
  /// @param by whose share it takes
  Room.Part room(RoutingContext request, long most, Optional<String> by)
      throws InterruptedException {
    String length = request.request().getHeader("Content-Length");
    long bytes = length == null ? most : Math.min(most, Ask.whole("Content-Length", length));
    return room(bodies, bytes, by);
  }

  private static Room.Part room(Room room, long bytes, Optional<String> by)
      throws InterruptedException {
    try {
      return room.take(bytes, by);
    } catch (Room.NoRoomException e) {
      throw Problem.of(e.refusal());
    }
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Map.of("json", bodies, "message", frames)
        .forEach((kind, room) -> {
          Gauge.builder("grid.requests.free.bytes", room, Room::free)
              .description("Memory that requests can still take")
              .tag("kind", kind)
              .register(registry);
          Gauge.builder("grid.requests.waiting", room, Room::waiting)
              .description("Requests that wait for memory before they are read")
              .tag("kind", kind)
              .register(registry);
        });
  }

  /// A visit that ends when the client hangs up. A response has room for one who is told: what
  /// writes to it takes that room when it begins to, and so does whoever asks for a visit after it.
  ///
  /// @throws InterruptedException if the agent is ending
  Visit visit(RoutingContext request) throws InterruptedException {
    Visit visit = visits.begin(() -> cut(request));
    var _ = request.response().closeHandler(_ -> visit.leave());
    return visit;
  }

  /// Cuts the connection off, so that nobody takes a part of an answer for the whole.
  void cut(RoutingContext request) {
    var _ = request.request().connection().close();
  }

  /// Which way a request came, for the journal.
  String from(RoutingContext request) {
    SocketAddress address = request.request().remoteAddress();
    return "http " + address.hostAddress() + ":" + address.port();
  }

  /// Whether the agent is ending.
  boolean isEnding() {
    return visits.isEnding();
  }
}
