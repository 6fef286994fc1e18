package org.promisegrid.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Until;
import org.promisegrid.server.Web;
import org.promisegrid.server.wire.Visits;

@QuarkusTest
@QuarkusTestResource(Owner.class)
final class EventsTest {

  @Inject Visits visits;

  private final Web web = new Web(Owner.everything());

  private List<String> ids(HttpRequest.Builder request) throws Exception {
    List<String> ids = new ArrayList<>();
    try (var lines = lines(request)) {
      lines
          .lines()
          .filter(line -> line.startsWith("id: "))
          .map(it -> it.substring(4))
          .forEach(ids::add);
    }
    return ids;
  }

  private BufferedReader lines(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    var response = web.open(request);
    assertThat(response.statusCode()).isEqualTo(200);
    return new BufferedReader(new InputStreamReader(response.body(), UTF_8));
  }

  @Test
  void theJournalIsToldAndResumedByOffset() throws Exception {
    web.put("something happens".getBytes(UTF_8));

    List<String> all = ids(web.request("/events").GET());
    List<String> after = ids(web.request("/events?after=" + all.get(1)).GET());
    List<String> resumed = ids(web.request("/events").header("Last-Event-ID", all.get(1)).GET());

    assertThat(all).hasSizeGreaterThan(3);
    assertThat(after).startsWith(all.get(2)).doesNotContain(all.get(1));
    assertThat(resumed).startsWith(all.get(2));
  }

  @Test
  void aFollowerIsToldWhatHappensNext() throws Exception {
    String last = ids(web.request("/events").GET()).getLast();

    try (var lines = lines(web.request("/events?follow=true&after=" + last).GET())) {
      String cid = web.put("news".getBytes(UTF_8));
      web.json("PUT", "/refs/news", Web.object(Map.of("head", cid)));
      String line = lines.readLine();
      while (line != null && !(line.startsWith("data: ") && line.contains("\"news\""))) {
        line = lines.readLine();
      }
      assertThat(line).contains(cid);
    }
  }

  @Test
  void aFollowerWhoLeavesIsNotWaitedFor() throws Exception {
    try (var lines = lines(web.request("/events?follow=true").GET())) {
      assertThat(lines.readLine()).startsWith("retry:");
      assertThat(visits.size()).isPositive();
    }

    Until.holds("nobody is served", () -> visits.size() == 0);
  }

  @Test
  void anOffsetThatIsNoneIsRefused() throws Exception {
    assertThat(web.get("/events?after=3").statusCode()).isEqualTo(422);
    assertThat(web.get("/events?after=x").statusCode()).isEqualTo(400);
    assertThat(web.get("/events?follow=maybe").statusCode()).isEqualTo(400);
    assertThat(web.send(web.request("/events").header("Last-Event-ID", "-1").GET()).statusCode())
        .isEqualTo(422);
  }
}
