package org.promisegrid.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.server.Impatience;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Until;
import org.promisegrid.server.Web;
import org.promisegrid.server.wire.Visits;

/// Readers of events over real connections, who read too slowly or not at all.
@QuarkusTest
@QuarkusTestResource(Owner.class)
@QuarkusTestResource(value = Impatience.class, restrictToAnnotatedClass = true)
final class SlowReaderTest {

  private static final int LINKS = 4000;

  @Inject Visits visits;

  private final Web web = new Web(Owner.everything());

  /// Whole events, by their ids, until there are no more or the connection is cut off.
  private static List<String> ids(InputStream body) throws IOException {
    List<String> ids = new ArrayList<>();
    try (var lines = new BufferedReader(new InputStreamReader(body, UTF_8))) {
      String id = "";
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.isEmpty() && !id.isEmpty()) {
          ids.add(id);
          id = "";
        }
      }
    } catch (IOException cutOff) {
      assertThat(cutOff).isNotNull(); // as it is to be
    }
    return ids;
  }

  private List<String> ids(HttpRequest.Builder request) throws Exception {
    return ids(web.open(request.GET()).body());
  }

  /// At least so many that came after an event. A reader who is held up for a second is cut off as
  /// well, and goes on where they were.
  private List<String> after(String id, int least) throws Exception {
    List<String> all = new ArrayList<>();
    while (all.size() < least) {
      all.addAll(
          ids(web.request("/events").header("Last-Event-ID", all.isEmpty() ? id : all.getLast())));
    }
    return all;
  }

  /// A message whose entry in the journal is long: it links much that isn't here.
  private static byte[] large(int number) {
    Item links =
        Item.array(
            IntStream.range(0, LINKS)
                .mapToObj(i -> Item.of(Cid.of((number + " " + i).getBytes(UTF_8))))
                .map(Item.class::cast)
                .toList());
    return Message.of(Cid.of(new byte[] {1}), links).bytes();
  }

  @Test
  void aReaderWhoDoesNotReadIsDisconnectedAndMissesNothingWhenTheyComeBack() throws Exception {
    String before = ids(web.request("/events")).getLast();
    var response = web.open(web.request("/events?follow=true&after=" + before).GET());
    Until.holds("somebody follows", () -> visits.size() == 1);

    // More and more, until it is more than sockets and buffers hold, whatever that is here.
    int puts = 0;
    while (visits.size() > 0) {
      web.put(large(puts));
      puts++;
    }

    List<String> seen = ids(response.body());
    assertThat(seen.size()).isLessThan(puts);
    List<String> both = new ArrayList<>(seen);
    both.addAll(after(seen.isEmpty() ? before : seen.getLast(), puts - seen.size()));
    List<String> all = after(before, puts);

    assertThat(both.subList(0, puts)).isEqualTo(all.subList(0, puts));
  }

  @Test
  void aQuietStreamGivesSignsOfLife() throws Exception {
    String last = ids(web.request("/events")).getLast();
    var response = web.open(web.request("/events?follow=true&after=" + last).GET());
    try (var lines = new BufferedReader(new InputStreamReader(response.body(), UTF_8))) {
      assertThat(lines.lines().filter(":"::equals).limit(3)).hasSize(3);
    }
  }
}
