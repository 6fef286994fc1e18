package org.promisegrid.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import org.junit.jupiter.api.Test;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Until;
import org.promisegrid.server.Web;

/// An agent whose journal failed says so to whoever restarts it.
@QuarkusTest
@QuarkusTestResource(Owner.class)
@TestProfile(AliveTest.OfItsOwn.class)
final class AliveTest {

  /// No other test gets this agent.
  public static final class OfItsOwn implements QuarkusTestProfile {}

  private final Web nobody = new Web("");
  private final Web olga = new Web(Owner.everything());

  private int live() throws Exception {
    return nobody.get("/q/health/live").statusCode();
  }

  @Test
  void itIsNotAliveOnceNothingCanBeAcknowledged() throws Exception {
    assertThat(live()).isEqualTo(200);
    assertThat(Web.text(olga.get("/status"), "journal", "failed")).isEqualTo("false");
    byte[] kept = "put before".getBytes(UTF_8);
    String cid = olga.put(kept);

    // What its own thread can't end with is a failure like that of the disk.
    Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("journal"))
        .findAny()
        .orElseThrow()
        .interrupt();

    Until.holds("not alive", () -> live() == 503);
    assertThat(nobody.get("/q/health/ready").statusCode()).isEqualTo(503);
    Until.holds(
        "measured",
        () -> new String(nobody.get("/q/metrics").body(), UTF_8).contains("grid_journal_failed 1"));
    assertThat(Web.text(olga.get("/status"), "journal", "failed")).isEqualTo("true");
    assertThat(olga.post("/content", "put after".getBytes(UTF_8)).statusCode()).isEqualTo(500);
    assertThat(olga.get("/content/" + cid).body()).isEqualTo(kept);
  }
}
