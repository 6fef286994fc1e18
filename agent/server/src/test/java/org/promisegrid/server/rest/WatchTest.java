package org.promisegrid.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.server.Examples;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Until;
import org.promisegrid.server.Web;

/// What those see who watch over the agent: no token needed, nothing told of anybody.
@QuarkusTest
@QuarkusTestResource(Owner.class)
final class WatchTest {

  private final Web nobody = new Web("");

  private String metrics() throws Exception {
    return new String(nobody.get("/q/metrics").body(), UTF_8);
  }

  @Test
  void itIsLiveAndSoonReady() throws Exception {
    assertThat(nobody.get("/q/health/live").statusCode()).isEqualTo(200);
    Until.holds("ready", () -> nobody.get("/q/health/ready").statusCode() == 200);
  }

  @Test
  void whatTheKernelCountsIsShown() throws Exception {
    assertThat(metrics())
        .contains("grid_calls_answered_total{how=\"run\"}")
        .contains("grid_runs_broken_total{what=\"time\"}")
        .contains("grid_calls_not_promised_total{reason=\"unauthorized\"}")
        .contains("grid_runs_running")
        .contains("grid_target_healthy{target=\"wasm:local\"}")
        .contains("grid_target_runs_waiting{target=\"wasm:local\"}")
        .contains("grid_content_free_bytes")
        .contains("grid_journal_bytes");
  }

  @Test
  void aRunIsCounted() throws Exception {
    Cid function = Examples.wordcount(new Web(Owner.everything()), false);
    Web web = new Web(Owner.everything(function));
    double before = runs();

    web.json("POST", "/calls", Web.object(Map.of("function", function.toString())));

    Until.holds("the run is counted", () -> runs() == before + 1);
  }

  private double runs() throws Exception {
    return metrics()
        .lines()
        .filter(line -> line.startsWith("grid_calls_answered_total{how=\"run\"}"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
        .findAny()
        .orElseThrow();
  }
}
