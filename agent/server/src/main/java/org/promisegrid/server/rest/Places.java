package org.promisegrid.server.rest;

import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Item;

/// How far somebody has read of what a run writes, as the ids of server-sent events tell it:
/// `run-output-log`, the places in the output and the log of the run that has begun so often. Of
/// one thread.
final class Places implements Function<Event, String> {

  private static final Pattern ID = Pattern.compile("(\\d{1,9})-(\\d{1,18})-(\\d{1,18})");

  private long run;
  private long output;
  private long log;

  private Places(long run, long output, long log) {
    this.run = run;
    this.output = output;
    this.log = log;
  }

  /// After the event of that id; from the beginning, if there is none.
  ///
  /// @throws Problem if it is none
  static Places after(@Nullable String id) {
    if (id == null) {
      return new Places(0, 0, 0);
    }
    Matcher matcher = ID.matcher(id.strip());
    if (!matcher.matches()) {
      throw Problem.malformed("Last-Event-ID is no id of this call's events");
    }
    return new Places(
        Long.parseLong(matcher.group(1)),
        Long.parseLong(matcher.group(2)),
        Long.parseLong(matcher.group(3)));
  }

  /// Asks for what comes after.
  Ask into(Ask ask) {
    return ask.item("run", Item.of(run)).item("output", Item.of(output)).item("log", Item.of(log));
  }

  /// Reads an event, and tells its id.
  @Override
  public String apply(Event event) {
    switch (event.kind()) {
      case "again" -> {
        run++;
        output = 0;
        log = 0;
      }
      case "output" -> output = end(event);
      case "log" -> log = end(event);
      default -> {
        // It moves nothing.
      }
    }
    return run + "-" + output + "-" + log;
  }

  private static long end(Event event) {
    return event.detail().get("at").orElse(Item.NULL) instanceof Item.Int(long at)
            && event.detail().get("bytes").orElse(Item.NULL) instanceof Item.Bytes bytes
        ? at + bytes.value().length
        : 0;
  }
}
