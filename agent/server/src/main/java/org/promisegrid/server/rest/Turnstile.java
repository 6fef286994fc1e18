package org.promisegrid.server.rest;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.promisegrid.kernel.Bucket;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.server.wire.Heads;

/// Holds each connection to a number of requests in a second, whoever sends them: also those who
/// have no token.
public final class Turnstile {

  private final long rate;
  private final Map<HttpConnection, Bucket> buckets = new ConcurrentHashMap<>();

  /// @param rate requests in a second
  public Turnstile(long rate) {
    this.rate = rate;
  }

  /// Passes a request on, or answers it.
  public void check(RoutingContext request) {
    if (request.request().connection() instanceof ConnectionBase connection) {
      Heads.arrived(connection.channel());
      var _ = request.addEndHandler(_ -> Heads.answered(connection.channel()));
    }
    Duration wait = bucket(request.request().connection()).take();
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

  private Bucket bucket(HttpConnection connection) {
    return buckets.computeIfAbsent(
        connection,
        one -> {
          var _ = one.closeHandler(_ -> buckets.remove(one));
          return new Bucket(rate, System::nanoTime);
        });
  }
}
