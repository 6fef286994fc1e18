package org.promisegrid.server.rest;

import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import org.promisegrid.server.wire.Room;
import org.promisegrid.server.wire.Visit;
import org.promisegrid.server.wire.Visits;

/// What there is to know and to do about the connection that a request came by.
public final class Http {

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
    return room(frames, bytes);
  }

  /// Room for a request's body, until it is answered.
  ///
  /// @param most bytes that it can have
  Room.Part room(RoutingContext request, long most) throws InterruptedException {
    String length = request.request().getHeader("Content-Length");
    long bytes = length == null ? most : Math.min(most, Ask.whole("Content-Length", length));
    return room(bodies, bytes);
  }

  private static Room.Part room(Room room, long bytes) throws InterruptedException {
    try {
      return room.take(bytes);
    } catch (Room.NoRoomException e) {
      throw Problem.busy(e);
    }
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
