package org.promisegrid.server.rest;

import io.netty.channel.Channel;
import io.netty.util.Attribute;
import io.netty.util.AttributeKey;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import org.promisegrid.kernel.Bucket;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.server.wire.Heads;

/// Holds each connection to a number of requests in a second, whoever sends them: also those who
/// have no token.
public final class Turnstile {

  /// On the channel, with which it goes. A connection has one place for a handler of its end, and
  /// that is taken: what counts the connections stands there.
  private static final AttributeKey<Bucket> BUCKET = AttributeKey.valueOf("grid.rate");

  private final long rate;

  /// @param rate requests in a second
  public Turnstile(long rate) {
    this.rate = rate;
  }

  /// Passes a request on, or answers it.
  public void check(RoutingContext request) {
    Channel channel = ((ConnectionBase) request.request().connection()).channel();
    Heads.arrived(channel);
    var _ = request.addEndHandler(_ -> Heads.answered(channel));
    Duration wait = bucket(channel).take();
    if (wait.isZero()) {
      request.next();
    } else {
      Origins.refuse(
          request,
          Problem.of(
              new Payload.NotPromised(
                  Reason.EXHAUSTED,
                  "more than " + rate + " requests in a second by one connection",
                  Item.table()
                      .put("limit", "rate")
                      .put("retry_after", Math.max(1, wait.toMillis()))
                      .build())));
    }
  }

  /// Of a connection's requests, one comes after the other.
  private Bucket bucket(Channel channel) {
    Attribute<Bucket> place = channel.attr(BUCKET);
    if (place.get() == null) {
      place.set(new Bucket(rate, System::nanoTime));
    }
    return place.get();
  }
}
