package org.promisegrid.cli;

import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Spans;

/// What an agent says of services, for people: document `service.list`.
final class ServiceLines {

  private ServiceLines() {}

  /// A line for each replica, and for each service that has none.
  static String of(List<Told> services, ZoneId zone) {
    Rows rows = new Rows("service", "state", "health", "since", ">restarts", "ports", "target");
    for (Told service : services) {
      List<Told> replicas = service.list("replicas");
      if (replicas.isEmpty()) {
        rows.add(service.text("name"), service.text("state"), "", "", "", "", "");
      }
      for (Told replica : replicas) {
        rows.add(
            service.text("name")
                + (service.number("wanted") > 1 || replicas.size() > 1
                    ? "/" + replica.number("replica")
                    : ""),
            state(replica),
            replica.maybeText("health").orElse(""),
            replica.maybeNumber("since").stream()
                .mapToObj(since -> Spans.text(Instant.ofEpochMilli(since), zone))
                .findFirst()
                .orElse(""),
            replica.number("restarts"),
            ports(replica),
            replica.maybeText("target").orElse(""));
      }
    }
    return rows.text();
  }

  private static String state(Told replica) {
    String state = replica.text("state");
    return !state.equals("running") && replica.names().contains("exit")
        ? state + " (" + exit(replica.map("exit")) + ")"
        : state;
  }

  private static String exit(Told exit) {
    return "code " + exit.number("code") + (exit.is("memory") ? ", out of memory" : "");
  }

  private static String ports(Told replica) {
    if (!replica.names().contains("ports")) {
      return "";
    }
    List<String> ports = new ArrayList<>();
    for (Told port : replica.list("ports")) {
      String transport =
          port.maybeText("transport")
              .filter(it -> !it.equals("tcp"))
              .map(it -> "/" + it)
              .orElse("");
      String address = port.maybeText("address").orElse("127.0.0.1");
      ports.add(
          (address.contains(":") ? "[" + address + "]" : address)
              + ":"
              + port.maybeNumber("port").stream().mapToObj(Long::toString).findFirst().orElse("?")
              + "->"
              + port.number("inside")
              + transport);
    }
    return String.join(" ", ports);
  }

  /// Says what is wrong with a service that was to run, and returns how the process shall end.
  static int report(Session session, Told service) {
    String state = service.text("state");
    boolean ended = explain(session, service);
    if (!ended && !state.equals("running")) {
      session
          .err()
          .println(
              "grid: it doesn't run yet: " + Plain.line(service.maybeText("why").orElse(state)));
    }
    return state.equals("failed") || ended ? Failure.Kind.NO.exit() : 0;
  }

  /// Says how those of its replicas ended that don't run, and returns whether there are any.
  static boolean explain(Session session, Told service) {
    boolean ended = false;
    for (Told replica : service.list("replicas")) {
      boolean ends = Set.of("waiting", "ended").contains(replica.text("state"));
      if (ends && replica.names().contains("exit")) {
        ended = true;
        say(session, service, replica);
      }
    }
    return ended;
  }

  private static void say(Session session, Told service, Told replica) {
    String name = service.text("name");
    session
        .err()
        .println(
            "grid: "
                + Plain.line(name)
                + " ended"
                + (replica.names().contains("exit") ? " with " + exit(replica.map("exit")) : "")
                + replica.maybeText("why").map(why -> ": " + Plain.line(why)).orElse(""));
    replica
        .maybeText("log")
        .ifPresent(
            log -> Plain.lines(log).lines().forEach(line -> session.err().println("  | " + line)));
    replica.maybeText("hint").ifPresent(hint -> session.err().println("  " + Plain.line(hint)));
  }
}
