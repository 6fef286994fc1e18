package org.promisegrid.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Until;
import org.promisegrid.server.Web;

/// One principal sends more than there is memory for, and another gets in.
@QuarkusTest
@QuarkusTestResource(Owner.class)
final class FloodTest {

  /// What the longest JSON body takes, as it is read and made a call.
  private static final int LONGEST = 4 * Bodies.MOST;

  @Inject MeterRegistry meters;

  private double gauge(String name) {
    return meters.get(name).tag("kind", "json").gauge().value();
  }

  /// A call of which the body doesn't come.
  private static Socket begin(String token) throws IOException {
    URI base = URI.create(Owner.agent("url"));
    Socket client = new Socket(base.getHost(), base.getPort());
    client
        .getOutputStream()
        .write(
            ("POST /calls HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Prefer: respond-async\r\nAuthorization: Bearer "
                    + token
                    + "\r\nContent-Length: "
                    + Bodies.MOST
                    + "\r\n\r\n{")
                .getBytes(UTF_8));
    return client;
  }

  @Test
  void whoSendsManyLongBodiesSlowlyWaitsForThemselvesAlone() throws Exception {
    Web other = new Web(Owner.everything());
    String status = Web.object(Map.of("function", Protocols.cid("agent.status").toString()));
    String flooding = Owner.everything();
    int more = (int) (gauge("grid.requests.free.bytes") / LONGEST) + 1;
    List<Socket> flood = new ArrayList<>();
    try {
      for (int i = 0; i < more; i++) {
        flood.add(begin(flooding));
      }
      Until.holds("one waits for memory", () -> gauge("grid.requests.waiting") > 0);

      var answer = other.json("POST", "/calls", status);

      assertThat(answer.statusCode()).as(new String(answer.body(), UTF_8)).isEqualTo(200);
    } finally {
      for (Socket client : flood) {
        client.close();
      }
    }
    Until.holds("nobody waits", () -> gauge("grid.requests.waiting") == 0);
  }
}
