package org.promisegrid.server.rest;

import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Function;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.server.wire.Pieces;
import org.promisegrid.server.wire.Visit;

/// What follows an answer, as the body of a response: constant memory however long it is, and no
/// faster than the client takes it.
public final class Streams {

  private static final System.Logger LOG = System.getLogger(Streams.class.getName());
  private static final int PIECE = 64 << 10;

  /// How long to wait for an event before looking whether the agent is ending.
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Http http;
  private final Duration heartbeat;

  /// @param heartbeat how long it is quiet before a sign of life: proxies cut connections off that
  ///   are silent for a minute
  public Streams(Http http, Duration heartbeat) {
    this.http = http;
    this.heartbeat = heartbeat;
  }

  /// Sends content. Where it turns out to be damaged, or the client is too slow, the connection is
  /// cut off.
  StreamingOutput bytes(Follow.Bytes content, RoutingContext request) {
    return out -> {
      try (InputStream bytes = content.bytes();
          Visit visit = http.visit(request)) {
        if (!visit.attend(() -> copy(bytes, content.size(), out, visit))) {
          http.cut(request);
        }
      } catch (InterruptedException e) {
        http.cut(request);
      } catch (IOException e) {
        LOG.log(System.Logger.Level.DEBUG, "a reader left: {0}", e.getMessage());
        http.cut(request);
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.ERROR, "sending content failed", e);
        http.cut(request);
      }
    };
  }

  private static boolean copy(InputStream bytes, long size, OutputStream out, Visit visit)
      throws IOException {
    byte[] piece = new byte[PIECE];
    long left = size;
    while (left > 0) {
      int read = Pieces.read(bytes, piece, left, visit);
      if (read == 0) {
        return false;
      }
      left -= read;
      visit.send();
      out.write(piece, 0, read);
      visit.sent();
    }
    return true;
  }

  /// Sends events as server-sent events, with a comment now and then so that both ends notice when
  /// the other is gone. A reader that is too slow is cut off, and resumes where it was.
  ///
  /// @param ids how each is called, to resume after it
  StreamingOutput events(
      Follow.EventStream events, Function<Event, String> ids, RoutingContext request) {
    return out -> {
      try (events;
          Visit visit = http.visit(request)) {
        visit.attend(() -> follow(events, ids, out, visit));
      } catch (InterruptedException e) {
        http.cut(request);
      } catch (IOException e) {
        LOG.log(System.Logger.Level.DEBUG, "a follower left: {0}", e.getMessage());
        http.cut(request);
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.ERROR, "following events failed", e);
        http.cut(request);
      }
    };
  }

  private boolean follow(
      Follow.EventStream events, Function<Event, String> ids, OutputStream out, Visit visit)
      throws IOException, InterruptedException {
    send("retry: 1000\n\n", out, visit);
    Duration look = LOOK.compareTo(heartbeat) < 0 ? LOOK : heartbeat;
    long quiet = 0;
    while (true) {
      switch (events.next(look)) {
        case Follow.Next.Came(Event event) -> {
          quiet = 0;
          send(text(event, ids.apply(event)), out, visit);
        }
        case Follow.Next.Quiet _ -> {
          if (http.isEnding()) {
            return true;
          }
          quiet += look.toNanos();
          if (quiet >= heartbeat.toNanos()) {
            quiet = 0;
            send(":\n\n", out, visit);
          }
        }
        case Follow.Next.Over _ -> {
          return true;
        }
      }
    }
  }

  private static void send(String text, OutputStream out, Visit visit) throws IOException {
    visit.send();
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
    visit.sent();
  }

  private static String text(Event event, String id) {
    Item data =
        Item.table()
            .put("offset", event.offset())
            .put("time", event.time().toEpochMilli())
            .put("kind", event.kind())
            .put("detail", event.detail())
            .build();
    return "id: " + id + "\nevent: " + event.kind() + "\ndata: " + Json.write(data) + "\n\n";
  }
}
