package org.promisegrid.kernel.message;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/// Something that happened: `grid([42(event), offset, time, kind, detail])`.
///
/// @param offset its place in the stream that it belongs to; a reader resumes after it
/// @param time when, in whole milliseconds
/// @param kind what kind of thing, a word
/// @param detail all else, by name
public record Event(long offset, Instant time, String kind, Item.Table detail) {

  /// @throws IllegalArgumentException if the offset is negative or the kind empty, or the details
  ///   are not [plain][Plain]
  public Event {
    Plain.check(detail, "an event's details");
    if (offset < 0 || kind.isEmpty()) {
      throw new IllegalArgumentException("an event has an offset from 0 and a kind");
    }
    time = time.truncatedTo(ChronoUnit.MILLIS);
  }

  public Message toMessage() {
    return Message.of(
        Protocols.EVENT, Item.of(offset), Item.of(time.toEpochMilli()), Item.of(kind), detail);
  }

  /// Reads a message as an event.
  ///
  /// @throws MalformedException if it isn't one
  public static Event decode(Message message) throws MalformedException {
    if (!message.function().equals(Optional.of(Protocols.EVENT))) {
      throw new MalformedException("not an event: slot 0 names something else");
    }
    List<Item> slots = message.slots();
    if (slots.size() != 4
        || !(slots.get(0) instanceof Item.Int(long offset))
        || !(slots.get(1) instanceof Item.Int(long time))
        || !(slots.get(2) instanceof Item.Text(String kind))
        || !(slots.get(3) instanceof Item.Table detail)) {
      throw new MalformedException("an event is not offset, time, kind and detail");
    }
    Plain.require(detail, "an event's details");
    if (offset < 0 || kind.isEmpty()) {
      throw new MalformedException("an event with a negative offset or without a kind");
    }
    try {
      return new Event(offset, Instant.ofEpochMilli(time), kind, detail);
    } catch (DateTimeException e) {
      throw new MalformedException("an event's time is out of range", e);
    }
  }
}
